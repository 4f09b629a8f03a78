/// What orders are found by: their words and their customer.
enum SearchBook {
    private static let word = Statement("SELECT 1 FROM order_words WHERE word = :word AND order_id = #order_id")
    private static let count = Statement("SELECT COUNT(*) FROM order_words")
    private static let page = Statement(
        """
        SELECT word, order_id FROM order_words WHERE word >= :word AND (word > :word OR order_id > #order_id)
        ORDER BY word, order_id LIMIT #limit
        """)
    private static let wordsMax = 500

    /// Every word of one order finds it.
    static func examine(_ file: OrderFile, in examination: inout Examination) throws {
        let order = file.order
        let words = OrderWords.of(order)
        examination.wordCount += Int64(words.count)
        examination.count(.search, words.count)
        for text in words {
            let parameters: [SQLValue] = [.text(text), .integer(order.id.value)]
            guard try examination.db.first(word, parameters, { try $0.integer(0) }) == nil else { continue }
            examination.finding(
                .search, order.number, "the word \(text)", "none", "An order is found by the words of its parties.")
        }
        examination.compare(
            .search, order.number, "customer", expected: order.customer.email, found: file.stored.customer,
            "An order is found by its customer's address.")
    }

    /// No word finds an order that does not have it: looked for only when the counts say that there is one.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let rows = try examination.db.first(count) { try $0.integer(0) } ?? 0
        guard rows != examination.wordCount || examination.report.counts[.search] != nil else { return }
        var after = (word: "", order: Int64.min)
        var looked: Int64 = 0
        while true {
            let parameters: [SQLValue] = [.text(after.word), .integer(after.order), SQLValue(wordsMax)]
            let found = try examination.db.rows(page, parameters) { (word: try $0.text(0), order: try $0.integer(1)) }
            try examine(found, in: &examination)
            looked += Int64(found.count)
            progress(Double(looked) / Double(max(1, rows)))
            guard let last = found.last, found.count == wordsMax else { break }
            after = last
        }
    }

    private static func examine(
        _ found: [(word: String, order: Int64)], in examination: inout Examination
    ) throws {
        var words: [OrderID: Set<String>] = [:]
        for id in Set(found.map { OrderID($0.order) }).sorted() {
            do {
                try OrderStore.load([id], in: examination.db) { words[id] = Set(OrderWords.of($0)) }
            } catch is BrokenInvariant {
                // Reported by the round of orders.
                words[id] = Set(found.lazy.filter { $0.order == id.value }.map(\.word))
            }
        }
        for entry in found where words[OrderID(entry.order)]?.contains(entry.word) != true {
            examination.finding(
                .search, OrderID(entry.order).description, "no word \(entry.word)", "the word \(entry.word)",
                "A word finds only orders that have it.")
        }
    }
}
