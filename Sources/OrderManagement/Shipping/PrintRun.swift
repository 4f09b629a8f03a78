/// Labels that were printed at once: which, at which location, when and by whom.
public struct PrintRun: Hashable, Sendable {
    /// What one run takes at most.
    public static let labelsMax = 1_000

    /// A label by its parcel and its number within it.
    public struct Listed: Hashable, Sendable {
        public let parcel: ParcelID
        public let label: Int
    }

    public let id: PrintRunID
    public let location: String
    /// Only its labels were asked for; nil for those of all couriers.
    public let courier: String?
    public let labels: Int64
    public let printedAt: Timestamp
    public let printedBy: String

    /// - Parameter more: Writes members that stand behind its own.
    public func write(to json: inout JSONWriter, _ more: (inout JSONWriter) -> Void = { _ in }) {
        json.object {
            $0.member("id", id.description)
            $0.member("location", location)
            $0.member("courier", courier)
            $0.member("labels", labels)
            $0.member("printed_at", printedAt)
            $0.member("printed_by", printedBy)
            more(&$0)
        }
    }

    /// Its labels, one by one.
    public static func write(_ listed: [Listed], to list: inout JSONWriter) {
        for entry in listed {
            list.object {
                $0.member("parcel", entry.parcel.description)
                $0.member("label", entry.label)
            }
        }
    }
}

extension Label {
    /// The run that took it to be printed, and when.
    public struct Print: Hashable, Sendable {
        public let run: PrintRunID
        public let at: Timestamp
    }
}

extension Parcel {
    /// The label that it bears and that can be printed before it leaves; nil for none.
    public var printableLabel: Label? {
        guard !state.isSent, !lines.isEmpty, let label, label.state == .bought else { return nil }
        return label
    }

    /// Whether a label is on it that no run has taken to be printed.
    public var hasNewLabel: Bool { printableLabel.map { $0.print == nil } ?? false }
}

extension Order {
    /// Whether a parcel bears a label that no run has taken, and nothing keeps it from leaving.
    public func isToBePrinted(_ parcel: Parcel) -> Bool {
        parcel.hasNewLabel && hold(on: parcel.lines.map(\.line)) == nil
    }
}

/// Print runs, in their table.
public enum PrintRunStore {
    private static let byID = Statement(
        "SELECT id, location, courier, labels, printed_at, printed_by FROM print_runs WHERE id = #id")
    private static let ofLocation = Statement(
        """
        SELECT id, location, courier, labels, printed_at, printed_by FROM print_runs
        WHERE location = :location AND id < #before ORDER BY id DESC LIMIT #limit
        """)
    private static let listedOf = Statement("SELECT listed FROM print_runs WHERE id = #id")
    private static let insert = Statement(
        """
        INSERT INTO print_runs (id, location, courier, labels, printed_at, printed_by, listed)
        VALUES (#id, :location, :courier, #labels, #printed_at, :printed_by, :listed)
        """)

    public static func run(_ id: PrintRunID, in db: any Connection) throws -> PrintRun? {
        try db.first(byID, [.integer(id.value)], run)
    }

    /// What was printed at a location, the newest first.
    public static func page(
        of location: String, before: PrintRunID, limit: Int, in db: any Connection
    ) throws -> [PrintRun] {
        try db.rows(ofLocation, [.text(location), .integer(before.value), SQLValue(limit)], run)
    }

    /// The labels of a run, in the order in which they were printed.
    public static func listed(_ id: PrintRunID, in db: any Connection) throws -> [PrintRun.Listed] {
        guard let text = try db.first(listedOf, [.integer(id.value)], { try $0.text(0) }) else { return [] }
        return try (try JSON.stored(text).array ?? []).map { entry in
            guard let parcel = ParcelID(try entry.text("parcel")) else {
                throw BrokenInvariant("the list of \(id) cannot be read")
            }
            return PrintRun.Listed(parcel: parcel, label: Int(try entry.integer("label")))
        }
    }

    static func insert(_ run: PrintRun, _ listed: [PrintRun.Listed], in db: any Connection) throws {
        var json = JSONWriter(reservingCapacity: 64 + 64 * listed.count)
        json.array { PrintRun.write(listed, to: &$0) }
        try db.change(
            insert,
            [
                [
                    .integer(run.id.value), .text(run.location), SQLValue(run.courier), .integer(run.labels),
                    .integer(run.printedAt.milliseconds), .text(run.printedBy), .text(json.text),
                ]
            ])
    }

    private static func run(_ row: Row) throws -> PrintRun {
        PrintRun(
            id: PrintRunID(try row.integer(0)), location: try row.text(1), courier: row.optionalText(2),
            labels: try row.integer(3), printedAt: Timestamp(milliseconds: try row.integer(4)),
            printedBy: try row.text(5))
    }
}
