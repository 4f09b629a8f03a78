/// Finds orders by what people know of them, a page at a time, newest first.
///
/// One filter leads: it has an index in the order of ids, and its rows are walked behind the cursor; the other filters
/// are tested on the way. No more than `scanMax` rows are walked for a page, so a page costs the same however
/// many orders there are; when nothing (more) was found by then, the cursor says where to go on.
public struct OrderSearch: Hashable, Sendable {
    public var status: String?
    public var fulfillmentStatus: String?
    public var paymentStatus: String?
    public var returnStatus: String?
    public var stage: String?
    public var channel: String?
    public var location: String?
    public var customer: String?
    public var sku: String?
    public var number: String?
    public var externalID: String?
    /// The courier's number of one of its parcels.
    public var tracking: String?
    /// Of an item that was ordered.
    public var barcode: String?
    /// The last four digits of a card that paid for it.
    public var cardLast4: String?
    public var text: String?
    public var placedFrom: Timestamp?
    public var placedTo: Timestamp?
    public var updatedFrom: Timestamp?
    public var isOnHold: Bool?
    public var hasException: Bool?
    /// Locations to which the caller is limited.
    public var visibleAt: Set<String>?
    /// Whether free text must name an order: words of names and postcodes, and items, find none then.
    public var takesNamesOnly = false
    /// Locations whose orders are looked through all the same where free text names no order; nil for none.
    public var ownLocations: Set<String>?
    /// Whether free text may be an item's SKU or barcode.
    public var takesItems = true
    /// Whether something of it came back, or was to.
    var hasReturn = false
    /// The item that the free text names: looked up when a page is asked for.
    var textSKU: String?

    public init() {}

    static let scanMax = 2_000

    /// A page of ids, and the cursor of the next one.
    public func page(after cursor: String?, limit: Int, in db: any Connection) throws -> (
        ids: [OrderID], next: String?
    ) {
        if takesNamesOnly, let ownLocations, try named(in: db) == nil {
            return try own(at: ownLocations).page(after: cursor, limit: limit, in: db)
        }
        guard let search = try knowingItems(in: db) else { return ([], nil) }
        return try search.knownPage(after: cursor, limit: limit, in: db)
    }

    private func knownPage(after cursor: String?, limit: Int, in db: any Connection) throws -> (
        ids: [OrderID], next: String?
    ) {
        if let named = try named(in: db) {
            let ids = cursor == nil ? try matching(named, in: db) : []
            return (Array(ids.prefix(limit)), nil)
        }
        if isOfNoOrder { return ([], nil) }
        if let updatedFrom { return try pageByUpdate(from: updatedFrom, after: cursor, limit: limit, in: db) }
        var before = cursor.flatMap { OrderID($0)?.value } ?? Int64.max
        if let placedTo { before = min(before, OrderID.first(at: placedTo).value) }
        let lead = try lead(in: db)
        let first = placedFrom.map { OrderID.first(at: $0).value } ?? 0
        return try walk(lead, before: before, notBefore: first, limit: limit, in: db)
    }

    private func own(at locations: Set<String>) -> OrderSearch {
        var search = self
        (search.visibleAt, search.ownLocations) = (locations, nil)
        (search.takesNamesOnly, search.takesItems) = (false, true)
        return search
    }

    /// The same search with items instead of what names them; nil where a barcode is on none, or on another than the
    /// SKU that is asked for.
    private func knowingItems(in db: any Connection) throws -> OrderSearch? {
        var search = self
        if let barcode {
            search.barcode = nil
            search.sku = try ItemStore.sku(ofBarcode: barcode, in: db)
            guard let named = search.sku, sku == nil || sku == named else { return nil }
        }
        if takesItems, let text = freeText { search.textSKU = try textSKU ?? ItemStore.sku(called: text, in: db) }
        return search
    }

    /// Free text that no order can be known by.
    private var isOfNoOrder: Bool {
        guard let freeText else { return false }
        return takesNamesOnly || textSKU == nil && !Self.isSearchable(freeText)
    }

    /// Whether a text has a word in it: signs alone stand for nothing, and for no other text either.
    public static func isSearchable(_ text: String) -> Bool { !OrderWords.searched(text).isEmpty }

    /// Free text other than an e-mail address; nil for none.
    var freeText: String? {
        guard let text = text?.trimmed, !text.isEmpty, !text.contains("@") else { return nil }
        return text
    }

    /// Whether a page of this search may have ended so.
    public func isCursor(_ text: String) -> Bool {
        updatedFrom == nil ? OrderID(text) != nil : updateCursor(text) != nil
    }

    private func updateCursor(_ text: String) -> (time: Int64, order: OrderID)? {
        let parts = text.split(separator: "~")
        guard parts.count == 2, let time = Int64(parts[0]), let order = OrderID(String(parts[1])) else { return nil }
        return (time, order)
    }

    // MARK: The walk

    /// The index that leads: its FROM and WHERE, and its value.
    private struct Lead {
        /// A table named `d` with the column `id`, newest first, behind `#before`.
        let source: String
        let value: SQLValue?
        var other: SQLValue?
    }

    private func walk(_ lead: Lead, before: Int64, notBefore: Int64, limit: Int, in db: any Connection) throws -> (
        ids: [OrderID], next: String?
    ) {
        var ids: [OrderID] = []
        var last = before
        var walked = 0
        var chunk = limit + 1
        while true {
            let size = min(chunk, Self.scanMax - walked)
            let page = try chunkPage(lead, before: last, notBefore: notBefore, size: size, in: db)
            for row in page {
                if ids.count == limit { return (ids, ids.last?.description) }
                last = row.id.value
                if row.isMatch { ids.append(row.id) }
            }
            walked += page.count
            if page.count < size { return (ids, nil) }
            if walked >= Self.scanMax { return (ids, OrderID(last).description) }
            chunk *= 2
        }
    }

    private func chunkPage(_ lead: Lead, before: Int64, notBefore: Int64, size: Int, in db: any Connection) throws
        -> [(id: OrderID, isMatch: Bool)]
    {
        let (condition, values) = condition()
        let statement = Statement(
            composed: """
                SELECT o.id, CASE WHEN \(condition) THEN 1 ELSE 0 END
                FROM (\(lead.source)) AS d JOIN orders AS o ON o.id = d.id ORDER BY o.id DESC
                """)
        var all: [String: SQLValue] = values
        all["before"] = .integer(before)
        all["first"] = .integer(notBefore)
        all["size"] = SQLValue(size)
        if let value = lead.value { all["lead"] = value }
        if let other = lead.other { all["other"] = other }
        return try db.rows(statement, statement.parameters.map { all[$0.name] ?? .null }) {
            (OrderID(try $0.integer(0)), try $0.bool(1))
        }
    }

    /// All filters as one condition on `o`.
    private func condition() -> (String, [String: SQLValue]) {
        var parts = ["1 = 1"]
        var values: [String: SQLValue] = [:]
        func add(_ part: String, _ name: String, _ value: SQLValue) {
            parts.append(part)
            values[name] = value
        }
        if let status { add("o.status = :status", "status", .text(status)) }
        if let fulfillmentStatus { add("o.fulfillment_status = :fulfillment", "fulfillment", .text(fulfillmentStatus)) }
        if let paymentStatus { add("o.payment_status = :payment", "payment", .text(paymentStatus)) }
        if let returnStatus { add("o.return_status = :returns", "returns", .text(returnStatus)) }
        if let stage { add("o.stage = :stage", "stage", .text(stage)) }
        if let channel { add("o.channel = :channel", "channel", .text(channel)) }
        if let customer = customerKey { add("o.customer = :customer", "customer", .text(customer)) }
        if let isOnHold { add("o.on_hold = #on_hold", "on_hold", SQLValue(isOnHold)) }
        if let sku {
            add("EXISTS (SELECT 1 FROM order_lines AS l WHERE l.order_id = o.id AND l.sku = :sku)", "sku", .text(sku))
        }
        if let location {
            add(
                "EXISTS (SELECT 1 FROM fulfillments AS f WHERE f.order_id = o.id AND f.location = :location)",
                "location", .text(location))
        }
        if let hasException {
            parts.append(
                (hasException ? "" : "NOT ")
                    + "EXISTS (SELECT 1 FROM exceptions AS x WHERE x.order_id = o.id AND x.state = 'open')")
        }
        if hasReturn { parts.append("EXISTS (SELECT 1 FROM returns AS r WHERE r.order_id = o.id)") }
        if let placedFrom { add("o.id >= #placed_from", "placed_from", .integer(OrderID.first(at: placedFrom).value)) }
        if let placedTo { add("o.id < #placed_to", "placed_to", .integer(OrderID.first(at: placedTo).value)) }
        if let updatedFrom {
            add("o.updated_at >= #updated_from", "updated_from", .integer(updatedFrom.milliseconds))
        }
        addWords(to: &parts, &values)
        if let visibleAt {
            var (names, stores): ([String], [String]) = ([], [])
            for (index, code) in visibleAt.sorted().prefix(200).enumerated() {
                names.append(":seen\(index)")
                stores.append(":store\(index)")
                values["seen\(index)"] = .text(code)
                values["store\(index)"] = .text(OrderWords.store(code))
            }
            let (list, words) = (names.joined(separator: ", "), stores.joined(separator: ", "))
            parts.append(
                "(EXISTS (SELECT 1 FROM fulfillments AS v WHERE v.order_id = o.id AND v.location IN (\(list))) "
                    + "OR EXISTS (SELECT 1 FROM returns AS b WHERE b.order_id = o.id AND b.location IN (\(list))) "
                    + "OR EXISTS (SELECT 1 FROM order_words AS s WHERE s.order_id = o.id AND s.word IN (\(words))))")
        }
        return (parts.joined(separator: " AND "), values)
    }

    /// The words of the free text, all of them, or the item that it names; a card's digits in any case.
    private func addWords(to parts: inout [String], _ values: inout [String: SQLValue]) {
        func known(_ name: String, _ word: String) -> String {
            values[name] = .text(word)
            return "EXISTS (SELECT 1 FROM order_words AS w_\(name) WHERE w_\(name).word = :\(name) "
                + "AND w_\(name).order_id = o.id)"
        }
        if let card { parts.append(known("card", card)) }
        guard !words.isEmpty || textSKU != nil else { return }
        let all = words.enumerated().map { known("word\($0)", $1) }
        guard let textSKU else { return parts += all }
        values["item"] = .text(textSKU)
        let item = "EXISTS (SELECT 1 FROM order_lines AS i WHERE i.order_id = o.id AND i.sku = :item)"
        parts.append(all.isEmpty ? item : "(\(item) OR \(all.joined(separator: " AND ")))")
    }

    /// The customer's e-mail address, as it is stored; free text with an `@` is one.
    private var customerKey: String? {
        (customer ?? text.flatMap { $0.contains("@") ? $0.trimmed : nil })?.lowercased()
    }

    /// The words of the free text, as orders are known by; a postcode is one word, however it is spaced.
    private var words: [String] { freeText.map { Array(OrderWords.searched($0).prefix(6)) } ?? [] }

    private var card: String? { cardLast4.map(OrderWords.card) }

    /// The leading index: the filter that few orders pass.
    private func lead(in db: any Connection) throws -> Lead {
        let range = "< #before AND %id% >= #first ORDER BY %id% DESC LIMIT #size"
        func source(_ table: String, _ id: String, _ condition: String) -> String {
            "SELECT \(id) AS id FROM \(table) WHERE \(condition) AND \(id) "
                + range.replacing("%id%", with: id)
        }
        if let sku {
            return Lead(
                source: """
                    SELECT DISTINCT order_id AS id FROM order_lines WHERE sku = :lead AND order_id < #before \
                    AND order_id >= #first ORDER BY order_id DESC LIMIT #size
                    """, value: .text(sku))
        }
        if let customer = customerKey {
            return Lead(source: source("orders", "id", "customer = :lead"), value: .text(customer))
        }
        if let card {
            // Of the words that all must be there, the rarest leads; an item's SKU may stand for the others.
            let known = textSKU == nil ? words : []
            let word = try rarest(of: [card] + known, in: db) ?? card
            return Lead(source: source("order_words", "order_id", "word = :lead"), value: .text(word))
        }
        if let textSKU { return try lead(byItem: textSKU, orWord: rarest(of: words, in: db)) }
        if let word = try rarest(of: words, in: db) {
            return Lead(source: source("order_words", "order_id", "word = :lead"), value: .text(word))
        }
        if hasException == true {
            return Lead(
                source: """
                    SELECT DISTINCT order_id AS id FROM exceptions WHERE state = 'open' AND order_id < #before \
                    AND order_id >= #first ORDER BY order_id DESC LIMIT #size
                    """, value: nil)
        }
        if isOnHold == true { return Lead(source: source("orders", "id", "on_hold = 1"), value: nil) }
        if let stage { return Lead(source: source("orders", "id", "stage = :lead"), value: .text(stage)) }
        if let returnStatus, returnStatus != "none" {
            return Lead(
                source: source("orders", "id", "return_status = :lead AND return_status <> 'none'"),
                value: .text(returnStatus))
        }
        if let location {
            return Lead(
                source: """
                    SELECT DISTINCT order_id AS id FROM fulfillments WHERE location = :lead AND order_id < #before \
                    AND order_id >= #first ORDER BY order_id DESC LIMIT #size
                    """, value: .text(location))
        }
        if let paymentStatus {
            return Lead(source: source("orders", "id", "payment_status = :lead"), value: .text(paymentStatus))
        }
        if let fulfillmentStatus {
            return Lead(source: source("orders", "id", "fulfillment_status = :lead"), value: .text(fulfillmentStatus))
        }
        if let status { return Lead(source: source("orders", "id", "status = :lead"), value: .text(status)) }
        if let channel { return Lead(source: source("orders", "id", "channel = :lead"), value: .text(channel)) }
        return Lead(source: source("orders", "id", "1 = 1"), value: nil)
    }
}

extension OrderSearch {
    private static let ordersOfWord = Statement(
        "SELECT order_id FROM order_words WHERE word = :word LIMIT #limit")

    /// The word that the fewest orders are known by, as far as a short count can tell.
    private func rarest(of words: [String], in db: any Connection) throws -> String? {
        guard words.count > 1 else { return words.first }
        let counted = try words.map { word in
            (word, try db.rows(Self.ordersOfWord, [.text(word), .integer(200)]) { try $0.integer(0) }.count)
        }
        return counted.min { $0.1 < $1.1 }?.0
    }

    /// Free text that names an item, and may be a word all the same: both indexes are walked at once.
    private func lead(byItem sku: String, orWord word: String?) -> Lead {
        let range = "AND order_id < #before AND order_id >= #first ORDER BY order_id DESC LIMIT #size"
        let ofItem = "SELECT DISTINCT order_id AS id FROM order_lines WHERE sku = :lead \(range)"
        guard let word else { return Lead(source: ofItem, value: .text(sku)) }
        return Lead(
            source: """
                SELECT id FROM (\(ofItem)) AS i UNION SELECT id FROM (SELECT order_id AS id FROM order_words \
                WHERE word = :other \(range)) AS w ORDER BY id DESC LIMIT #size
                """, value: .text(sku), other: .text(word))
    }

    /// Those of a few orders that pass the other filters.
    private func matching(_ ids: [OrderID], in db: any Connection) throws -> [OrderID] {
        var others = self
        (others.text, others.textSKU) = (nil, nil)
        let (condition, values) = others.condition()
        let statement = Statement(composed: "SELECT o.id FROM orders AS o WHERE o.id = #id AND \(condition)")
        return try ids.flatMap { id in
            var all = values
            all["id"] = .integer(id.value)
            return try db.rows(statement, statement.parameters.map { all[$0.name] ?? .null }) {
                OrderID(try $0.integer(0))
            }
        }
    }

    /// Orders changed since a moment, the longest unchanged first: for those who follow along.
    private func pageByUpdate(from moment: Timestamp, after cursor: String?, limit: Int, in db: any Connection) throws
        -> (ids: [OrderID], next: String?)
    {
        var (time, id) = (moment.milliseconds, Int64(-1))
        if let last = cursor.flatMap(updateCursor) { (time, id) = (last.time, last.order.value) }
        let (condition, values) = condition()
        let statement = Statement(
            composed: """
                SELECT o.id, o.updated_at, CASE WHEN \(condition) THEN 1 ELSE 0 END FROM orders AS o
                WHERE (o.updated_at, o.id) > (#time, #id)
                ORDER BY o.updated_at, o.id LIMIT #size
                """)
        var all = values
        all["time"] = .integer(time)
        all["id"] = .integer(id)
        all["size"] = SQLValue(Self.scanMax)
        var ids: [OrderID] = []
        var next: String?
        var walked = 0
        try db.query(statement, statement.parameters.map { all[$0.name] ?? .null }) { row in
            guard ids.count < limit else { return }
            walked += 1
            let order = OrderID(try row.integer(0))
            if try row.bool(2) { ids.append(order) }
            next = "\(try row.integer(1))~\(order)"
        }
        return (ids, ids.count == limit || walked == Self.scanMax ? next : nil)
    }
}

extension String {
    /// As part of a sentence that goes on.
    var withoutFinalStop: String { hasSuffix(".") ? String(dropLast()) : self }

    /// Without white space at its ends.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
