/// Job: a location that was paused, or whose days were full, takes work again. Whoever waits for what it has is served.
struct ResumeLocation: Command {
    static let name = "resume-location"
    /// SKUs that it has and that somebody waits for.
    let skus: [String]
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        for sku in skus { needs.backorders(sku) }
        if !work.configuration.countingLocations.isEmpty { needs.workDays(from: [work.now], given: work) }
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let asked = try work.end(job)
        for sku in skus { work.serveBackorders(of: sku) }
        // Where days are full, there may be none for them yet.
        if !skus.isEmpty, let location = work.configuration.locations[asked.payload], location.countsDays {
            work.resumeOnNextDay(location)
        }
        return Reply(body: "{}")
    }
}

extension BackorderQueue {
    private static let there = Statement(
        """
        SELECT sku FROM stock_levels WHERE location = :location AND sku > :after AND available > safety
        ORDER BY sku LIMIT #limit
        """)

    /// The SKUs that a location has and that somebody waits for.
    static func awaited(at location: String, in db: any Connection) throws -> [String] {
        let pageMax = 2_000
        var found: [String] = []
        var after = ""
        while true {
            let page = try db.rows(there, [.text(location), .text(after), SQLValue(pageMax)]) { try $0.text(0) }
            try awaited(page, in: db) { found.append($0) }
            guard let last = page.last, page.count == pageMax else { return found }
            after = last
        }
    }
}
