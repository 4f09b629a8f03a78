import Foundation

/// What a courier took along at once from a location, and the courier's own list of it: its manifest.
public struct ClosedHandOver: Hashable, Sendable {
    public enum ManifestState: String, Lifecycle {
        /// The courier is being asked for it.
        case pending
        case made
        /// The courier makes none: the retailer's own list serves.
        case forgone
        /// The courier said no, for a reason that can be seen to.
        case refused
        public enum Action: String, CaseIterable, Sendable { case make, forgo, refuse, ask }
        public static let noun = "manifest"
        public var exits: [Action: ManifestState] {
            switch self {
            case .pending: [.make: .made, .forgo: .forgone, .refuse: .refused]
            case .refused: [.ask: .pending]
            case .made, .forgone: [:]
            }
        }
    }

    public let id: HandOverID
    public let location: String
    public let courier: String
    /// How many parcels; each of them names it.
    public let parcels: Int64
    public let closedAt: Timestamp
    public let closedBy: String
    public private(set) var manifest: ManifestState
    /// The courier's own name for its manifest.
    public var reference: String?
    /// Why it makes none.
    public var reason: String?
    /// What has shown a person that it makes none.
    public var exception: ExceptionID?
    /// What was handed over, as it was then; empty for one that was read: its list is looked up by itself.
    private(set) var listed: [Listed] = []

    /// A parcel by the label that it bore as it was handed over: it may go by another one later.
    struct Listed: Hashable, Sendable {
        let parcel: ParcelID
        let service: String?
        let tracking: String?
        let weightGrams: Int64
    }

    init(
        id: HandOverID, location: String, courier: String, parcels: Int64, _ listed: [Listed] = [], at now: Timestamp,
        by principal: String, manifest: ManifestState
    ) {
        (self.id, self.location, self.courier, self.parcels, self.listed) = (id, location, courier, parcels, listed)
        (closedAt, closedBy, self.manifest) = (now, principal, manifest)
    }

    /// - Throws: `.illegalTransition`.
    mutating func apply(_ action: ManifestState.Action) throws(Refusal) { manifest = try manifest.after(action) }

    /// - Parameter more: Writes members that stand behind its own.
    public func write(to json: inout JSONWriter, _ more: (inout JSONWriter) -> Void = { _ in }) {
        json.object {
            $0.member("id", id.description)
            $0.member("location", location)
            $0.member("courier", courier)
            $0.member("parcels", parcels)
            $0.member("closed_at", closedAt)
            $0.member("closed_by", closedBy)
            $0.object("manifest") {
                $0.member("status", manifest.rawValue)
                $0.member("reference", reference)
                $0.member("reason", reason)
            }
            more(&$0)
        }
    }
}

/// Closed hand-overs and the manifests of couriers, in their tables.
public enum ClosedHandOverStore {
    private static let byID = Statement(
        """
        SELECT id, location, courier, parcels, closed_at, closed_by, manifest, reference, reason, exception_id
        FROM hand_overs WHERE id = #id
        """)
    private static let ofLocation = Statement(
        """
        SELECT id, location, courier, parcels, closed_at, closed_by, manifest, reference, reason, exception_id
        FROM hand_overs WHERE location = :location AND id < #before ORDER BY id DESC LIMIT #limit
        """)
    private static let ofCourier = Statement(
        """
        SELECT id, location, courier, parcels, closed_at, closed_by, manifest, reference, reason, exception_id
        FROM hand_overs WHERE location = :location AND courier = :courier AND id < #before
        ORDER BY id DESC LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO hand_overs (id, location, courier, parcels, closed_at, closed_by, manifest, listed)
        VALUES (#id, :location, :courier, #parcels, #closed_at, :closed_by, :manifest, :listed)
        """)
    private static let listedOf = Statement("SELECT listed FROM hand_overs WHERE id = #id")
    private static let update = Statement(
        """
        UPDATE hand_overs SET manifest = :manifest, reference = :reference, reason = :reason,
            exception_id = #exception_id
        WHERE id = #id AND manifest = :before
        """)
    private static let insertDocument = Statement(
        "INSERT INTO manifests (hand_over_id, format, content) VALUES (#hand_over_id, :format, :content)")
    private static let document = Statement("SELECT format, content FROM manifests WHERE hand_over_id = #id")

    public static func handOver(_ id: HandOverID, in db: any Connection) throws -> ClosedHandOver? {
        try db.first(byID, [.integer(id.value)], closed)
    }

    static func load(_ ids: [HandOverID], in db: any Connection, _ visit: (ClosedHandOver) -> Void) throws {
        guard !ids.isEmpty else { return }
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try closed($0)) }
    }

    /// What left a location, the newest first.
    /// - Parameter courier: nil for all.
    public static func page(
        of location: String, _ courier: String?, before: HandOverID, limit: Int, in db: any Connection
    ) throws -> [ClosedHandOver] {
        guard let courier else {
            return try db.rows(ofLocation, [.text(location), .integer(before.value), SQLValue(limit)], closed)
        }
        return try db.rows(
            ofCourier, [.text(location), .text(courier), .integer(before.value), SQLValue(limit)], closed)
    }

    static func save(_ changes: [(before: ClosedHandOver?, now: ClosedHandOver)], in db: any Connection) throws {
        try db.change(
            insert,
            changes.filter { $0.before == nil }.map(\.now).map { new in
                [
                    .integer(new.id.value), .text(new.location), .text(new.courier), .integer(new.parcels),
                    .integer(new.closedAt.milliseconds), .text(new.closedBy), .text(new.manifest.rawValue),
                    .text(text(of: new.listed)),
                ]
            })
        try db.changeGuarded(
            update,
            changes.compactMap { before, now in
                before.map { before in
                    [
                        .text(now.manifest.rawValue), SQLValue(now.reference), SQLValue(now.reason),
                        SQLValue(now.exception?.value), .integer(now.id.value), .text(before.manifest.rawValue),
                    ]
                }
            })
    }

    /// What was handed over, as it was then; empty for lists that were closed before that was kept.
    static func listed(_ handOver: HandOverID, in db: any Connection) throws -> [ClosedHandOver.Listed] {
        guard let text = try db.first(listedOf, [.integer(handOver.value)], { $0.optionalText(0) }) ?? nil else {
            return []
        }
        return try (try JSON.stored(text).array ?? []).map { entry in
            guard let parcel = ParcelID(try entry.text("parcel")) else {
                throw BrokenInvariant("the list of \(handOver) cannot be read")
            }
            return ClosedHandOver.Listed(
                parcel: parcel, service: entry["service"]?.string, tracking: entry["tracking"]?.string,
                weightGrams: try entry.integer("weight_g"))
        }
    }

    private static func text(of listed: [ClosedHandOver.Listed]) -> String {
        var json = JSONWriter(reservingCapacity: 64 + 96 * listed.count)
        json.array { list in
            for entry in listed {
                list.object {
                    $0.member("parcel", entry.parcel.description)
                    if let service = entry.service { $0.member("service", service) }
                    if let tracking = entry.tracking { $0.member("tracking", tracking) }
                    $0.member("weight_g", entry.weightGrams)
                }
            }
        }
        return json.text
    }

    static func insert(_ manifest: LabelDocument, of handOver: HandOverID, in db: any Connection) throws {
        try db.change(
            insertDocument,
            [
                [
                    .integer(handOver.value), .text(manifest.format.rawValue),
                    .text(Data(manifest.content).base64EncodedString()),
                ]
            ])
    }

    /// The courier's own list; nil where the retailer's serves.
    public static func manifest(of handOver: HandOverID, in db: any Connection) throws -> LabelDocument? {
        try db.first(document, [.integer(handOver.value)]) { row in
            guard let format = LabelDocument.Format(rawValue: try row.text(0)),
                let content = Data(base64Encoded: try row.text(1))
            else { throw BrokenInvariant("the manifest of \(handOver) cannot be read") }
            return LabelDocument(format: format, content: Array(content))
        }
    }

    private static func closed(_ row: Row) throws -> ClosedHandOver {
        let text = try row.text(6)
        guard let state = ClosedHandOver.ManifestState(rawValue: text) else {
            throw BrokenInvariant("a manifest in the state \(text)")
        }
        var closed = ClosedHandOver(
            id: HandOverID(try row.integer(0)), location: try row.text(1), courier: try row.text(2),
            parcels: try row.integer(3), at: Timestamp(milliseconds: try row.integer(4)), by: try row.text(5),
            manifest: state)
        closed.reference = row.optionalText(7)
        closed.reason = row.optionalText(8)
        closed.exception = row.optionalInteger(9).map { ExceptionID($0) }
        return closed
    }
}
