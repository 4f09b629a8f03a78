/// How punctual a courier's service is between two places: parcels that arrived or were lost, and those of them that
/// arrived within the days that the service says.
public struct CourierRecord: Hashable, Sendable {
    /// The way that is counted: a service, from a location, into an area: a country and the beginning of a postcode.
    public struct Way: Hashable, Sendable {
        public let courier: String
        public let service: String
        public let origin: String
        public let area: String

        public init(courier: String, service: String, origin: String, area: String) {
            (self.courier, self.service, self.origin, self.area) = (courier, service, origin, area)
        }
    }

    /// Where a way begins and ends.
    public struct Ends: Hashable, Sendable {
        public let origin: String
        public let area: String
    }

    public let way: Way
    public let parcels: Int64
    public let onTime: Int64

    /// Fewer parcels than these say nothing.
    public static let parcelsMin: Int64 = 20

    public var onTimePercent: Int64? { parcels < Self.parcelsMin ? nil : onTime * 100 / parcels }

    /// What is known of a service: on this very way, or else on all of its ways together.
    static func best(of records: [CourierRecord], for courier: String, _ service: String) -> CourierRecord? {
        records.filter { $0.way.courier == courier && $0.way.service == service && $0.onTimePercent != nil }
            .min { ($0.way.area.isEmpty ? 1 : 0) < ($1.way.area.isEmpty ? 1 : 0) }
    }

    /// Where an address is, for counting: `GB-LS`, `DE-10`.
    public static func area(of address: Address) -> String {
        let postcode = address.postcode.uppercased()
        let letters = postcode.prefix { $0.isLetter }
        return address.country + "-" + (letters.isEmpty ? postcode.prefix(2) : letters)
    }
}

extension Work {
    /// What is known of couriers between a location and an address, for commands that asked.
    func courierRecords(from origin: String, to address: Address?) -> [CourierRecord] {
        guard let address else { return [] }
        return rows.courierRecords[.init(origin: origin, area: CourierRecord.area(of: address))] ?? []
    }
}

/// Counts of parcels that arrived, in their table.
public enum CourierRecordStore {
    private static let ofEnds = Statement(
        """
        SELECT origin, area, courier, service, parcels, on_time FROM courier_records
        WHERE origin = :origin AND area = :area ORDER BY origin, area, courier, service
        """)
    private static let count = Statement(
        """
        INSERT INTO courier_records (origin, area, courier, service, parcels, on_time)
        VALUES (:origin, :area, :courier, :service, 1, #on_time)
        ON CONFLICT (origin, area, courier, service) DO UPDATE
        SET parcels = courier_records.parcels + 1, on_time = courier_records.on_time + excluded.on_time
        """)
    private static let correct = Statement(
        """
        UPDATE courier_records SET parcels = parcels + #parcels, on_time = on_time + #on_time
        WHERE origin = :origin AND area = :area AND courier = :courier AND service = :service
        """)
    private static let page = Statement(
        """
        SELECT origin, area, courier, service, parcels, on_time FROM courier_records
        WHERE (origin, area, courier, service) > (:origin, :area, :courier, :service)
        ORDER BY origin, area, courier, service LIMIT #limit
        """)

    /// Those between some ends, each with the sums over all ways.
    static func records(
        of ends: Set<CourierRecord.Ends>, in db: any Connection
    ) throws -> [CourierRecord.Ends: [CourierRecord]] {
        guard !ends.isEmpty else { return [:] }
        let sums = CourierRecord.Ends(origin: "", area: "")
        var found: [CourierRecord.Ends: [CourierRecord]] = [:]
        let keys = ends.union([sums]).map { [SQLValue.text($0.origin), .text($0.area)] }
        try db.query(ofEnds, keys) { row in
            let record = try record(row)
            found[.init(origin: record.way.origin, area: record.way.area), default: []].append(record)
        }
        return ends.reduce(into: [:]) { $0[$1] = (found[sums] ?? []) + (found[$1] ?? []) }
    }

    /// Those behind one, in the order of origin, area, courier and service.
    public static func page(
        after way: CourierRecord.Way, limit: Int, in db: any Connection
    ) throws -> [CourierRecord] {
        try db.rows(
            page,
            [.text(way.origin), .text(way.area), .text(way.courier), .text(way.service), SQLValue(limit)], record)
    }

    /// One more parcel has ended its way: on that way, and on all ways of its service together.
    static func count(_ way: CourierRecord.Way, isOnTime: Bool, in db: any Connection) throws {
        let onTime = SQLValue(isOnTime ? 1 : 0)
        try db.change(
            count,
            [(way.origin, way.area), ("", "")].map { origin, area in
                [.text(origin), .text(area), .text(way.courier), .text(way.service), onTime]
            })
    }

    /// A parcel that was counted ended its way otherwise, or not at all.
    ///
    /// - Parameters:
    ///   - parcels: How many more are counted: 0 or -1.
    ///   - onTime: How many more were on time: from -1 to 1.
    static func correct(
        _ way: CourierRecord.Way, parcels: Int64, onTime: Int64, in db: any Connection
    ) throws {
        try db.change(
            correct,
            [(way.origin, way.area), ("", "")].map { origin, area in
                [
                    SQLValue(parcels), SQLValue(onTime), .text(origin), .text(area), .text(way.courier),
                    .text(way.service),
                ]
            })
    }

    private static func record(_ row: Row) throws -> CourierRecord {
        CourierRecord(
            way: .init(
                courier: try row.text(2), service: try row.text(3), origin: try row.text(0), area: try row.text(1)),
            parcels: try row.integer(4), onTime: try row.integer(5))
    }
}
