import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Databases

/// Statements of these files speak to one engine: its settings, its catalogue, its transactions.
private let ofOneEngine = "Sources/Databases/"

/// Files whose composed statements are collected by running them, and how many places they have.
private let composedPlaces: [String: Int] = [
    "Sources/OrderManagement/Orders/OrderSearch.swift": 3,  // run in every combination of filters
    "Sources/OrderManagement/Exceptions/ExceptionStore.swift": 1,  // the same
    "Sources/OrderManagement/Inventory/TransferStore.swift": 1,  // the same
    "Sources/OrderManagement/Inventory/InboundStore.swift": 1,  // the same
    "Sources/OrderManagement/Doctor/RowBook.swift": 2,  // run by an examination
]

private let postgresURL = ProcessInfo.processInfo.environment["WAYBILL_POSTGRES_URL"]

@Suite("The one SQL dialect")
struct SQLContractTests {
    private func literals() throws -> [StatementTexts.Found] {
        try StatementTexts.sources().filter { !$0.path.hasPrefix(ofOneEngine) }.flatMap { file in
            StatementTexts.uses(in: file.text, of: file.path).compactMap { use in
                if case .literal(let found) = use { found } else { nil }
            }
        }
    }

    @Test("Every statement of the sources can be collected: it is a literal, or composed where this test knows")
    func complete() throws {
        var composed: [String: Int] = [:]
        for file in try StatementTexts.sources() where !file.path.hasPrefix(ofOneEngine) {
            for use in StatementTexts.uses(in: file.text, of: file.path) {
                switch use {
                case .literal: break
                case .composed(let path, _): composed[path, default: 0] += 1
                case .unknown(let path, let line, let text): Issue.record("\(path):\(line): \(text)")
                }
            }
        }
        #expect(composed == composedPlaces)
        #expect(try literals().count > 100)
    }

    @Test(
        "Every statement is prepared by PostgreSQL, for one row and for many, on its own schema",
        .enabled(if: postgresURL != nil))
    func postgres() throws {
        let postgres = try PostgresPreparer(url: try #require(postgresURL))
        for migration in MigrationFiles.all { try postgres.run(PostgresDatabase.dialect(migration.sql)) }
        for found in try literals() {
            do { try postgres.prepare(Statement(composed: found.sql)) } catch {
                Issue.record("\(found.file):\(found.line): \(error)")
            }
        }
        for text in try SearchCombinations.texts().union(try examinationTexts()).sorted() {
            do { try postgres.prepare(Statement(composed: text)) } catch { Issue.record("\(error)") }
        }
    }

    @Test("Every statement of the sources with parameters has a form for many rows")
    func many() throws {
        for found in try literals() {
            let statement = Statement(composed: found.sql)
            let isMissing = !statement.parameters.isEmpty && PostgresStatement(statement).many == nil
            #expect(!isMissing, "\(found.file):\(found.line): \(found.sql)")
        }
    }

    /// What an examination runs on an empty database, where each of its queries is run once.
    private func examinationTexts() throws -> Set<String> {
        let connection = RecordingConnection()
        _ = try Doctor.examine(in: connection)
        return connection.texts
    }

    @Test("Every statement is prepared by SQLite")
    func sqlite() throws {
        let shop = try TestSystem()
        for found in try literals() {
            let statement = Statement(composed: "EXPLAIN " + found.sql)
            do {
                try shop.database.read { try $0.query(statement, [values(for: statement)]) { _ in } }
            } catch {
                Issue.record("\(found.file):\(found.line): \(error)")
            }
        }
    }

    private func values(for statement: Statement) -> [SQLValue] {
        statement.parameters.map { parameter in
            switch parameter.kind {
            case .text: .text("open")
            case .integer: .integer(1)
            }
        }
    }

    // MARK: Plans

    /// Files whose queries answer people, or run in every commit: each must be led by an index.
    private static let searched = [
        "Orders/OrderSearch", "Orders/OrderNames", "Returns/ReturnSearch", "Orders/OrderStore", "Orders/OrderSummary",
        "Fulfillment/FulfillmentStore", "Shipping/ParcelStore", "Shipping/ClosedHandOver", "Shipping/CourierPickup",
        "Payments/PaymentStore", "Returns/ReturnStore",
        "Inventory/StockReading", "Inventory/StockLedger", "Inventory/BackorderQueue", "Events/EventLog",
        "Exceptions/ExceptionStore", "Jobs/JobQueue", "Storage/Idempotency", "Catalog/ItemStore", "Access/APIKey",
        "Access/User",
    ].map { "Sources/OrderManagement/\($0).swift" }

    /// Walks that are right, by a part of their text, with the reason.
    private static let excused: [(sql: String, reason: String)] = [
        ("SELECT DISTINCT code FROM channels", "a few rows: one per version of a channel"),
        ("SELECT id FROM users ORDER BY id LIMIT 1", "stops at the first row"),
        (
            "WHERE name = :name AND ended_at IS NULL ORDER BY id LIMIT 1",
            "a row per person who works here, walked when one is named"
        ),
        ("FROM exceptions WHERE state = 'open' GROUP BY kind, owner", "the index holds nothing but what is open"),
        ("kind = 'fill_backorders' GROUP BY payload", "the index holds nothing but what is about to be served"),
        ("AS i UNION SELECT id FROM", "both sides are led by their index, and bounded before they are merged"),
        ("WHERE ended_at IS NULL ORDER BY id LIMIT 10000", "all people of a retailer, when an approval is asked for"),
        ("FROM stock_levels WHERE shortage > 0", "the index holds nothing but what is short"),
    ]

    /// The steps of SQLite's plan that walk a whole table or index, or sort.
    private func badSteps(_ sql: String, in shop: TestSystem) throws -> [String] {
        if Self.excused.contains(where: { sql.contains($0.sql) }) { return [] }
        let statement = Statement(composed: "EXPLAIN QUERY PLAN " + sql)
        // A search sorts the page of ids that it walked, at most 2,000: the one step outside of the walk `d`.
        let isPaged = sql.contains(") AS d JOIN orders")
        return try shop.database.read { db in
            try db.rows(statement, values(for: statement)) { (parent: try $0.int(1), step: try $0.text(3)) }
        }.filter { parent, step in
            let isOfPage = isPaged && parent == 0
            let isScan = step.hasPrefix("SCAN ") && !step.contains("CONSTANT ROW")
            return isScan && !(isOfPage && step == "SCAN d") || step.contains("TEMP B-TREE") && !isOfPage
        }.map(\.step)
    }

    @Test("No query of a store or a list walks a whole table or sorts")
    func plans() throws {
        let shop = try TestSystem()
        let queries = try literals().filter { Self.searched.contains($0.file) && $0.isQuery }
        #expect(queries.count > 40)
        for found in queries {
            let steps = try badSteps(found.sql, in: shop)
            #expect(steps.isEmpty, "\(found.file):\(found.line): \(found.sql)")
        }
    }

    @Test("No search for orders walks a whole table or sorts more than its page, whatever its filters")
    func searchPlans() throws {
        let shop = try TestSystem()
        let texts = try SearchCombinations.texts()
        #expect(texts.count > 100)
        for text in texts.sorted() {
            let steps = try badSteps(text, in: shop)
            #expect(steps.isEmpty, "\(text)")
        }
    }

    @Test("A walk and a sort would be found")
    func badPlan() throws {
        let sql = "SELECT * FROM orders WHERE document = :text ORDER BY total"
        let steps = try badSteps(sql, in: try TestSystem())
        #expect(steps.contains { $0.hasPrefix("SCAN") })
        #expect(steps.contains { $0.contains("TEMP B-TREE") })
    }
}
