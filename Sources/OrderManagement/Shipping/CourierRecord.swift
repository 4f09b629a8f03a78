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

    public let way: Way
    public let parcels: Int64
    public let onTime: Int64

    /// Fewer parcels than these say nothing.
    public static let parcelsMin: Int64 = 20

    /// The area of sums over all ways, which have no origin either.
    static let everywhere = ""

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
    /// What is known of couriers between a location and an address, for commands that asked: on that very way, and on
    /// all ways together.
    func courierRecords(from origin: String, to address: Address?) -> [CourierRecord] {
        let sums = rows.courierRecords[CourierRecord.everywhere]?[""] ?? []
        guard let address, !sums.isEmpty else { return [] }
        return sums + (rows.courierRecords[CourierRecord.area(of: address)]?[origin] ?? [])
    }

    /// A parcel has ended its way, or otherwise than was counted: what is known of couriers there is read anew.
    mutating func count(_ way: CourierRecord.Way, _ body: @escaping (any Connection) throws -> Void) {
        rows.countedAreas.formUnion([way.area, CourierRecord.everywhere])
        write(body)
    }
}

extension Needs {
    /// How punctual couriers are on their ways to an address.
    mutating func courierRecords(to address: Address, given work: Work) {
        guard !work.configuration.sortedCouriers.isEmpty else { return }
        courierRecords(into: CourierRecord.everywhere)
        courierRecords(into: CourierRecord.area(of: address))
    }

    /// The same where it may decide on who sends an order: where being late costs its channel something, and somebody
    /// was late. Where nobody was, nobody is on any way.
    mutating func punctuality(to address: Address?, on channel: String, given work: Work) {
        guard let address, !work.configuration.sortedCouriers.isEmpty,
            let policy = work.configuration.channels[channel]?.policy.shipping, policy.latePerDay > 0
        else { return }
        courierRecords(into: CourierRecord.everywhere)
        let sums = work.rows.courierRecords[CourierRecord.everywhere]?[""] ?? []
        guard sums.contains(where: { $0.onTime < $0.parcels }) else { return }
        courierRecords(into: CourierRecord.area(of: address))
    }

    /// The same of what an order is to send to another address; nothing where it stays, or the order is not there.
    mutating func punctuality(to address: Address?, ofOrder id: OrderID, given work: Work) {
        guard let channel = work.peek(id)?.channel else { return }
        punctuality(to: address, on: channel, given: work)
    }

    /// The same for an order that may be sourced again.
    mutating func punctuality(of order: Order, given work: Work) {
        guard order.delivery.method == .ship else { return }
        punctuality(to: order.delivery.address, on: order.channel, given: work)
    }
}

/// Counts of parcels that arrived, in their table.
public enum CourierRecordStore {
    private static let ofArea = Statement(
        """
        SELECT origin, area, courier, service, parcels, on_time FROM courier_records
        WHERE area = :area AND parcels >= #least ORDER BY origin, courier, service
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

    /// Those into some areas of which there are enough parcels to say something, by area and origin.
    static func records(
        into areas: Set<String>, in db: any Connection
    ) throws -> [String: [String: [CourierRecord]]] {
        guard !areas.isEmpty else { return [:] }
        var found = Dictionary(uniqueKeysWithValues: areas.map { ($0, [String: [CourierRecord]]()) })
        try db.query(ofArea, areas.sorted().map { [.text($0), .integer(CourierRecord.parcelsMin)] }) { row in
            let record = try record(row)
            found[record.way.area]?[record.way.origin, default: []].append(record)
        }
        return found
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
