/// Who carries parcels: its services, what they charge, and how its labels are bought.
public struct Courier: Hashable, Sendable {
    public let code: String
    public var name: String
    /// Who sells its labels: a `CourierConnection` by its name, or `tariff` for nobody: the retailer prints them.
    public var connection: String
    /// Which account of the retailer the connection uses; nil where it has one only.
    public var account: String?
    public var isActive: Bool
    /// Where it collects; nil for everywhere.
    public var origins: CourierOrigins?
    /// Where parcels start that its zones of postcodes are of, by country: how postcodes there begin.
    public var zoneStarts: [String: String] = [:]
    /// Days on which it neither collects nor delivers, counted from 1970-01-01.
    public var holidays: Set<Int64> = []
    /// What its services charge. With a connection that is what they are expected to charge, before it is asked.
    public var tariff: Tariff
    /// What its own words for a parcel's way mean.
    public var words: CourierWords

    /// Labels without anybody being asked: own vans, and contracts whose labels the retailer may print.
    public static let ownConnection = "tariff"
    public static let servicesMax = 500
    public static let bandsMax = 20_000
    public static let holidaysMax = 1_000

    public init(
        code: String, name: String, connection: String = ownConnection, account: String? = nil, isActive: Bool = true,
        origins: CourierOrigins? = nil, tariff: Tariff, words: CourierWords = CourierWords()
    ) {
        self.origins = origins
        (self.code, self.name, self.connection) = (code, name, connection)
        (self.account, self.isActive, self.tariff, self.words) = (account, isActive, tariff, words)
    }

    /// As it is compared, and as a file has it.
    public var document: JSON { .written { write(to: &$0) } }

    public func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    public func writeMembers(to json: inout JSONWriter) {
        json.member("code", code)
        json.member("name", name)
        json.member("connection", connection)
        json.member("account", account)
        json.member("active", isActive)
        if let origins {
            json.name("origins")
            origins.write(to: &json)
        }
        if !holidays.isEmpty {
            json.array("holidays") { list in
                for day in holidays.sorted() { list.value(BusinessCalendar.date(ofDay: day)) }
            }
        }
        if !zoneStarts.isEmpty {
            json.array("zone_starts") { list in
                for (country, postcode) in zoneStarts.sorted(by: { $0.key < $1.key }) {
                    list.object {
                        $0.member("country", country)
                        $0.member("postcode", postcode)
                    }
                }
            }
        }
        tariff.write(to: &json)
        words.write(to: &json)
    }

    init(stored json: JSON) throws {
        self.init(
            code: try json.text("code"), name: try json.text("name"), connection: try json.text("connection"),
            account: json["account"]?.string, isActive: json["active"]?.bool ?? true, tariff: try Tariff(stored: json),
            words: try CourierWords(stored: json["words"]))
        origins = json["origins"].map(CourierOrigins.init(stored:))
        holidays = try Set(
            (json["holidays"]?.array ?? []).map { date in
                guard let day = date.string.flatMap(BusinessCalendar.day(ofDate:)) else {
                    throw BrokenInvariant("a stored holiday of a courier is no date: \(date.text)")
                }
                return day
            })
        for row in json["zone_starts"]?.array ?? [] { zoneStarts[try row.text("country")] = try row.text("postcode") }
    }
}

/// Couriers, in their table.
enum CourierStore {
    private static let all = Statement("SELECT document FROM couriers ORDER BY code")
    private static let upsert = Statement(
        """
        INSERT INTO couriers (code, document) VALUES (:code, :document)
        ON CONFLICT (code) DO UPDATE SET document = excluded.document
        """)

    private static let one = Statement("SELECT document FROM couriers WHERE code = :code")

    /// One courier, without all else that is configured.
    static func courier(_ code: String, in db: any Connection) throws -> Courier? {
        try db.first(one, [.text(code)]) { try Courier(stored: try JSON.stored(try $0.text(0))) }
    }

    static func all(in db: any Connection) throws -> [Courier] {
        try db.rows(all) { try Courier(stored: try JSON.stored(try $0.text(0))) }
    }

    static func save(_ couriers: [Courier], in db: any Connection) throws {
        try db.change(upsert, couriers.map { [.text($0.code), .text($0.document.text)] })
    }
}

extension Courier {
    /// Whether it has a service that a rule names; `*` is all of them.
    func offers(_ service: String) -> Bool {
        service == "*" || tariff.services.contains { $0.code == service }
    }
}

extension Configuration {
    /// What is wrong with a courier that somebody names; nil for one that is set up. Where none is, a shop sends by
    /// hand, and names whom it likes: nothing else goes by that name.
    public func objection(toCourier code: String, at pointer: String) -> Refusal.Detail? {
        guard !couriers.isEmpty, couriers[code] == nil else { return nil }
        return .init(
            pointer, .unknownCourier,
            "\(words(withoutCourier: code)). News and hand-over lists go by that code: set up another courier by PUT "
                + "/v1/couriers/{code} first")
    }

    /// That there is no courier of a code, and which there are.
    public func words(withoutCourier code: String) -> String { "there is no courier \(code); \(courierWords)" }

    /// Which couriers there are.
    public var courierWords: String {
        couriers.isEmpty ? "none is set up" : "couriers are: \(couriers.keys.sorted().joined(separator: ", "))"
    }
}
