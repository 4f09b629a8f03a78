/// What parcels are made of, and numbered by: the retailer's boxes, and its numbers from GS1.
public struct Packaging: Hashable, Sendable {
    /// A box that the locations have in store.
    public struct Box: Hashable, Sendable {
        public let code: String
        /// What fits in, in millimetres.
        public let inner: Tariff.Size
        /// Of the empty box, with what fills it.
        public let weightGrams: Int64
        /// With goods; nil for as much as a courier takes.
        public let gramsMax: Int64?

        public init(code: String, inner: Tariff.Size, weightGrams: Int64 = 0, gramsMax: Int64? = nil) {
            (self.code, self.inner, self.weightGrams, self.gramsMax) = (code, inner, weightGrams, gramsMax)
        }
    }

    public static let boxesMax = 100

    /// The company prefix that GS1 leased to the retailer: parcels get an SSCC. nil: they are numbered by their order.
    public var companyPrefix: String?
    public var extensionDigit = 0
    public var boxes: [Box] = []

    public init() {}

    public var document: JSON { .written { write(to: &$0) } }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("gs1_company_prefix", companyPrefix)
            $0.member("sscc_extension_digit", extensionDigit)
            $0.array("boxes") { list in
                for box in boxes {
                    list.object {
                        $0.member("code", box.code)
                        $0.array("inner_mm") { for edge in box.inner.edges { $0.value(edge) } }
                        $0.member("weight_g", box.weightGrams)
                        $0.member("weight_g_max", box.gramsMax)
                    }
                }
            }
        }
    }

    init(stored json: JSON) throws {
        companyPrefix = json["gs1_company_prefix"]?.string
        extensionDigit = Int(json["sscc_extension_digit"]?.integer ?? 0)
        boxes = try (json["boxes"]?.array ?? []).map { box in
            let edges = (box["inner_mm"]?.array ?? []).compactMap(\.integer)
            guard edges.count == 3 else { throw BrokenInvariant("a box without its measures") }
            return Box(
                code: try box.text("code"), inner: Tariff.Size(edges[0], edges[1], edges[2]),
                weightGrams: try box.integer("weight_g"), gramsMax: box["weight_g_max"]?.integer)
        }
    }
}

/// Says what parcels are made of and numbered by.
///
/// - Throws: `.invalidInput` for a prefix that is none of GS1's.
public struct SavePackaging: Command {
    public static let name = "save-packaging"
    public static var isAlone: Bool { true }
    public let packaging: Packaging

    public init(packaging: Packaging) { self.packaging = packaging }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        try packaging.save(in: &work)
        return Reply(body: packaging.document.text)
    }
}

extension Packaging {
    /// - Throws: `.invalidInput`.
    func check(at pointer: String = "") throws(Refusal) {
        if let companyPrefix, SSCC.serialMax(companyPrefix: companyPrefix) == nil {
            throw Refusal([
                .init(
                    pointer + "/gs1_company_prefix", .invalidInput,
                    "\(companyPrefix) is no company prefix: GS1 gives out 4 to 12 digits")
            ])
        }
    }

    func save(in work: inout Work) throws {
        try check()
        guard self != work.configuration.packaging else { return }
        let saved = self
        work.write { try PackagingStore.save(saved, in: $0) }
        work.changeConfiguration()
        work.record(.configurationChanged) { $0.member("kind", "packaging") }
    }
}

/// The packaging, in its table of one row.
enum PackagingStore {
    private static let row = Statement("SELECT document FROM packaging WHERE id = 1")
    private static let upsert = Statement(
        """
        INSERT INTO packaging (id, document) VALUES (1, :document)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document
        """)

    static func load(in db: any Connection) throws -> Packaging {
        try db.rows(row) { try Packaging(stored: try JSON.stored(try $0.text(0))) }.first ?? Packaging()
    }

    static func save(_ packaging: Packaging, in db: any Connection) throws {
        try db.change(upsert, [[.text(packaging.document.text)]])
    }
}
