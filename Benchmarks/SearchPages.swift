import Databases
import Foundation
import OrderManagement

/// Pages of orders in a small and in a large database: a page must cost the same however many orders there are.
struct SearchPages {
    let file: RetailerFile
    let rounds: Int
    let small: Int
    let large: Int

    static let wantedRatio = 1.5
    static let pageSize = 50
    private static let pagesPerRound = 60

    /// A database with orders, and what to look for in it.
    private struct Filled {
        let database: SQLiteDatabase
        /// Orders at some distances from the newest.
        let cursors: [OrderID]
        let numbers: [String]
    }

    /// The next page to ask for.
    private struct Question {
        let filled: Filled
        let turn: Int

        func with(_ change: (inout OrderSearch) -> Void) -> Page {
            var search = OrderSearch()
            change(&search)
            return Page(search: search)
        }
    }

    private struct Page {
        var search = OrderSearch()
        var cursor: String?
    }

    /// One kind of page.
    private struct Kind {
        let name: String
        let page: @Sendable (Question) -> Page
        init(_ name: String, _ page: @escaping @Sendable (Question) -> Page) {
            self.name = name
            self.page = page
        }
    }

    func run(into report: inout Report) throws {
        let names = try prepare()
        let databases = try names.map { try SQLiteDatabase.open(path: file.scratch.path(of: $0), mode: .readWrite) }
        let filled = try databases.map(Self.look)
        var table = ReportTable(
            "A page of \(Self.pageSize) at \(Figure.text(Double(small))) and at \(Figure.text(Double(large))) orders",
            note: """
                Search and summaries as `GET /v1/orders` gives them, in process, milliseconds per page. What is \
                looked for fills a page equally in both databases. \
                \(Self.pagesPerRound) pages per round, medians, both databases in turn.
                """,
            columns: ["page", "at \(Figure.text(Double(small)))", "at \(Figure.text(Double(large)))", "ratio"])
        for kind in Self.kinds {
            Progress.say("search: \(kind.name)")
            var times: [[Double]] = [[], []]
            for round in 1...rounds {
                for (place, entry) in filled.enumerated() {
                    times[place].append(try Self.milliseconds(kind, in: entry, round: round))
                }
            }
            let ratios = zip(times[1], times[0]).map { $0 / $1 }
            table.rows.append([
                kind.name, times[0].spread(decimals: 2), times[1].spread(decimals: 2),
                Figure.text(ratios.median, decimals: 2),
            ])
            report.record("page \(kind.name), \(small) orders", "milliseconds", times[0])
            report.record("page \(kind.name), \(large) orders", "milliseconds", times[1])
            report.goals.append(
                Goal(
                    name: "page \(kind.name)", wanted: "≤ 1.5 × at a tenth of the orders",
                    found: Figure.text(ratios.median, decimals: 2) + " ×", isMet: ratios.median <= Self.wantedRatio))
        }
        report.tables.append(table)
        for database in databases { try database.close() }
        try measureStart(names[1], into: &report)
        for name in names { try file.scratch.removeDatabase(name) }
    }

    // MARK: Filling

    /// Makes both databases: the large one goes on from a copy of the small one.
    private func prepare() throws -> [String] {
        let first = try file.copyName()
        try fill(first, from: 0, to: small)
        let second = "large.db"
        try FileManager.default.copyItem(atPath: file.scratch.path(of: first), toPath: file.scratch.path(of: second))
        try fill(second, from: small, to: large)
        return [first, second]
    }

    private func fill(_ name: String, from start: Int, to end: Int) throws {
        let database = try Retailer.open(file.scratch.path(of: name))
        let waybill = OrderManagement(database: database)
        let samples = SampleOrders(Shape(lines: 3, spread: .uniform), count: 20_000, seed: UInt64(start + 2)).samples
        var number = start
        while number < end {
            if number % 10_240 == 0 { Progress.say("search: placing orders, \(number) of \(end)") }
            let group = (number..<min(number + 256, end)).map { next in
                var order = placed(next, like: samples[next % samples.count])
                order.contentDigest = "\(next)"
                return (command: order as any Command, principal: Principal.system, key: IdempotencyKey?.none)
            }
            for result in waybill.performNow(group) { _ = try result.get() }
            number += group.count
        }
        try cancelSome(of: waybill, from: start, to: end)
        waybill.stop()
        try database.close()
    }

    /// An order of which a customer places five and each of twenty popular SKUs has every twentieth, so that a page is
    /// equally full in both databases and only the number of other orders differs.
    private func placed(_ number: Int, like sample: SampleOrders.Sample) -> PlaceOrder {
        let popular = SampleOrders.Line(sku: 1 + number % Self.popularSKUs, quantity: 1, price: 1_250)
        let others = sample.lines.filter { $0.sku > Self.popularSKUs }
        let customers = small / 5
        let customer = number / small * customers + number * 17 % customers
        return SampleOrders.Sample(lines: [popular] + others, customer: customer)
            .command(externalID: "S\(100_000_000 + number)")
    }
    private static let popularSKUs = 20

    /// One order of fifty, so that statuses differ.
    private func cancelSome(of waybill: OrderManagement, from start: Int, to end: Int) throws {
        for number in stride(from: start, to: end, by: 50) {
            let found = try waybill.readNow { db in
                try OrderStore.id(ofNumber: "WEB-\(1001 + number)", in: db)
            }
            guard let found else { throw BenchmarkFailure("an order is missing") }
            _ = try waybill.performNow(CancelOrder(order: found, reason: .customer), as: .system)
        }
    }

    private static let idByDistance = Statement("SELECT id, number FROM orders ORDER BY id DESC LIMIT #count")

    private static func look(_ database: SQLiteDatabase) throws -> Filled {
        try database.read { db in
            let all = try db.rows(idByDistance, [.integer(1_000_000)]) { (OrderID(try $0.integer(0)), try $0.text(1)) }
            // Deep in the list: behind four fifths of it.
            let deep = all.dropFirst(all.count * 4 / 5).prefix(200)
            return Filled(
                database: database, cursors: deep.map(\.0),
                numbers: stride(from: 0, to: all.count, by: max(1, all.count / 200)).map { all[$0].1 })
        }
    }

    // MARK: Pages

    private static let kinds: [Kind] = [
        Kind("newest") { _ in Page() },
        Kind("deep in the list") { Page(cursor: $0.filled.cursors[$0.turn % $0.filled.cursors.count].description) },
        Kind("by status open") { $0.with { $0.status = "open" } },
        Kind("by status cancelled") { $0.with { $0.status = "cancelled" } },
        Kind("by warehouse") { $0.with { $0.location = Retailer.warehouses[0] } },
        Kind("by customer") { question in
            question.with { $0.customer = "customer.\(question.turn * 17 % 400)@example.com" }
        },
        Kind("by SKU") { question in
            question.with { $0.sku = SampleOrders.sku(1 + question.turn % popularSKUs) }
        },
        Kind("by SKU and status") { question in
            question.with {
                $0.sku = SampleOrders.sku(1 + question.turn % popularSKUs)
                $0.status = "open"
            }
        },
        Kind("by name") { question in question.with { $0.text = "number \(question.turn * 17 % 400)" } },
        Kind("by postcode") { question in
            question.with { $0.text = "LS\(question.turn % 9 + 1)\(question.turn % 8 + 1)AP" }
        },
        Kind("by number") { question in
            question.with { $0.number = question.filled.numbers[question.turn % question.filled.numbers.count] }
        },
    ]

    private static func milliseconds(_ kind: Kind, in filled: Filled, round: Int) throws -> Double {
        var times: [Double] = []
        for turn in 0..<pagesPerRound {
            let asked = kind.page(Question(filled: filled, turn: round * pagesPerRound + turn))
            let start = ContinuousClock.now
            let found = try filled.database.read { db in
                let page = try asked.search.page(after: asked.cursor, limit: pageSize, in: db)
                var json = JSONWriter(reservingCapacity: 32_768)
                let summaries = try OrderSummary.of(page.ids, in: db)
                json.array { list in for summary in summaries { summary.write(to: &list) } }
                // A search that looked at as many rows as it may has a cursor instead of orders.
                return json.text.utf8.count > 2 || page.next != nil
            }
            times.append((ContinuousClock.now - start).seconds * 1000)
            guard found else { throw BenchmarkFailure("the page \(kind.name) is empty") }
        }
        return times.median
    }

    // MARK: Start

    /// How soon the real server takes requests on the large database.
    private func measureStart(_ name: String, into report: inout Report) throws {
        let path = file.scratch.path(of: name)
        let gigabytes = Double(try file.scratch.bytes(of: name)) / 1e9
        var seconds: [Double] = []
        for _ in 1...max(3, rounds) {
            let start = ContinuousClock.now
            let server = try RunningServer(["shop-server", "--database", path])
            seconds.append((ContinuousClock.now - start).seconds)
            server.process.stop()
        }
        let size = Figure.text(gigabytes, decimals: 2) + " GB"
        report.record("server ready", "seconds", seconds)
        report.goals.append(
            Goal(
                name: "server ready on a database of \(size)", wanted: "< 1 s",
                found: seconds.spread(decimals: 2) + " s", isMet: seconds.median < 1))
    }
}
