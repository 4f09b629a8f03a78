/// What couriers took along: each list has as many parcels as name it, and a manifest that is asked for has a job.
enum HandOverBook {
    private static let page = Statement(
        """
        SELECT h.id, h.parcels, h.manifest, m.hand_over_id, e.id
        FROM hand_overs AS h LEFT JOIN manifests AS m ON m.hand_over_id = h.id
            LEFT JOIN exceptions AS e ON e.id = h.exception_id
        WHERE h.id > #after ORDER BY h.id LIMIT #limit
        """)
    private static let counts = Statement(
        """
        SELECT p.hand_over, h.id, COUNT(*) FROM parcels AS p LEFT JOIN hand_overs AS h ON h.id = p.hand_over
        WHERE p.hand_over > #after GROUP BY p.hand_over, h.id ORDER BY p.hand_over LIMIT #limit
        """)
    private static let jobs = Statement("SELECT payload FROM jobs WHERE order_id IS NULL AND kind = 'make_manifest'")

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let asked = Set(try examination.db.rows(jobs) { try $0.text(0) })
        var counted = try counts(&examination)
        var after = Int64.min
        while true {
            var found = 0
            try examination.db.query(page, [[.integer(after), SQLValue(Doctor.rowsMax)]]) { row in
                found += 1
                after = try row.integer(0)
                let name = HandOverID(after).description
                examination.compare(
                    .handOvers, name, "parcels", expected: try row.integer(1), found: counted[after] ?? 0,
                    "Each parcel of a list names it.")
                counted[after] = nil
                examine(
                    try row.text(2), name, hasDocument: !row.isNull(3), isShown: !row.isNull(4),
                    isAsked: asked.contains(name), in: &examination)
            }
            examination.count(.handOvers, found)
            if found < Doctor.rowsMax { break }
        }
    }

    /// Parcels by the list that they name.
    private static func counts(_ examination: inout Examination) throws -> [Int64: Int64] {
        var counted: [Int64: Int64] = [:]
        var after = Int64.min
        while true {
            var (found, strays) = (0, [Int64]())
            try examination.db.query(counts, [[.integer(after), SQLValue(Doctor.rowsMax)]]) { row in
                found += 1
                after = try row.integer(0)
                counted[after] = try row.integer(2)
                if row.isNull(1) { strays.append(after) }
            }
            for stray in strays {
                examination.finding(
                    .handOvers, HandOverID(stray).description, "a list", "none", "Parcels name a list that is there.")
            }
            if found < Doctor.rowsMax { return counted }
        }
    }

    private static func examine(
        _ text: String, _ name: String, hasDocument: Bool, isShown: Bool, isAsked: Bool,
        in examination: inout Examination
    ) {
        guard let state = ClosedHandOver.ManifestState(rawValue: text) else {
            examination.finding(.handOvers, name, "a known state", text, "Nobody would ask for its manifest.")
            return
        }
        examination.compare(
            .handOvers, name, "the job", expected: state == .pending ? "there" : "none",
            found: isAsked ? "there" : "none", "A manifest is asked for by a job, and by no other.")
        if hasDocument, state != .made {
            examination.finding(.handOvers, name, "no manifest", "one", "What is not made cannot be printed.")
        }
        if state == .refused, !isShown {
            examination.finding(
                .handOvers, name, "an exception", "none", "What a courier refuses is shown to a person.")
        }
    }
}
