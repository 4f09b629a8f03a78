/// What of an order is read only together with it, as the JSON text of one column: parties, charges, gates, holds.
enum OrderDocument {
    static func text(of order: Order) -> String {
        var json = JSONWriter(reservingCapacity: 768)
        json.object {
            $0.member("digest", order.contentDigest)
            $0.member("gross", order.pricesIncludeTax)
            $0.member("policy", order.policyVersion)
            $0.name("customer")
            order.customer.write(to: &$0)
            write(order.delivery, to: &$0)
            if order.shipping != 0 { $0.member("shipping", order.shipping) }
            if order.shippingTax != 0 { $0.member("shipping_tax", order.shippingTax) }
            if !order.fees.isEmpty { write(order.fees, to: &$0) }
            if !order.discounts.isEmpty { write(order.discounts, to: &$0) }
            if let until = order.backorderedUntil { $0.member("backordered_until", until.milliseconds) }
            $0.array("gates") { list in for gate in order.gates { gate.store(in: &list) } }
            if let by = order.placedBy { $0.member("by", by) }
            if !order.holds.isEmpty { write(order.holds, to: &$0) }
            if !order.notes.isEmpty { write(order.notes, to: &$0) }
        }
        return json.text
    }

    private static func write(_ delivery: Order.Delivery, to json: inout JSONWriter) {
        json.object("delivery") {
            $0.member("method", delivery.method.rawValue)
            if let service = delivery.service { $0.member("service", service) }
            if let location = delivery.location { $0.member("location", location) }
            if let address = delivery.address {
                $0.name("address")
                address.write(to: &$0)
            }
        }
    }

    private static func write(_ fees: [Order.Fee], to json: inout JSONWriter) {
        json.array("fees") { list in
            for fee in fees {
                list.object {
                    $0.member("code", fee.code)
                    $0.member("amount", fee.amount)
                    $0.member("tax", fee.tax)
                }
            }
        }
    }

    private static func write(_ discounts: [Order.OrderDiscount], to json: inout JSONWriter) {
        json.array("discounts") { list in
            for discount in discounts {
                list.object {
                    $0.member("code", discount.code)
                    $0.member("amount", discount.amount)
                }
            }
        }
    }

    private static func write(_ holds: [Order.Hold], to json: inout JSONWriter) {
        json.array("holds") { list in
            for hold in holds {
                list.object {
                    $0.member("number", hold.number)
                    $0.member("reason", hold.reason)
                    $0.member("note", hold.note)
                    $0.array("lines") { lines in for line in hold.lines { lines.value(line) } }
                    $0.member("by", hold.by)
                    $0.member("at", hold.at.milliseconds)
                    if let lifted = hold.liftedAt { $0.member("lifted_at", lifted.milliseconds) }
                    $0.member("lifted_by", hold.liftedBy)
                }
            }
        }
    }

    private static func write(_ notes: [Order.Note], to json: inout JSONWriter) {
        json.array("notes") { list in
            for note in notes {
                list.object {
                    $0.member("text", note.text)
                    $0.member("by", note.by)
                    $0.member("at", note.at.milliseconds)
                }
            }
        }
    }

    static func order(
        id: OrderID, number: String, channel: String, externalID: String?, version: Int64, sequence: Int64,
        currency: Currency, total: Int64, placedAt: Timestamp, updatedAt: Timestamp, document: JSON
    ) throws -> Order {
        guard let customer = document["customer"], let delivery = document["delivery"] else {
            throw BrokenInvariant("the document of order \(number) is incomplete")
        }
        var order = Order(
            id: id, number: number, channel: channel, externalID: externalID,
            contentDigest: try document.text("digest"), currency: currency,
            pricesIncludeTax: document["gross"]?.bool ?? false, policyVersion: try document.integer("policy"),
            placedAt: placedAt, updatedAt: updatedAt, customer: try Customer(stored: customer),
            delivery: try self.delivery(delivery), shipping: document["shipping"]?.integer ?? 0,
            shippingTax: document["shipping_tax"]?.integer ?? 0,
            fees: try (document["fees"]?.array ?? []).map {
                Order.Fee(code: try $0.text("code"), amount: try $0.integer("amount"), tax: try $0.integer("tax"))
            },
            discounts: try (document["discounts"]?.array ?? []).map {
                Order.OrderDiscount(code: try $0.text("code"), amount: try $0.integer("amount"))
            },
            total: total, gates: try (document["gates"]?.array ?? []).map(Order.Gate.init(stored:)))
        order.version = version
        order.placedBy = document["by"]?.string
        order.sequence = sequence
        order.holds = try (document["holds"]?.array ?? []).map(hold)
        order.notes = try (document["notes"]?.array ?? []).map {
            Order.Note(text: try $0.text("text"), by: try $0.text("by"), at: try moment($0, "at"))
        }
        order.backorderedUntil = document["backordered_until"]?.integer.map { Timestamp(milliseconds: $0) }
        return order
    }

    private static func delivery(_ json: JSON) throws -> Order.Delivery {
        guard let method = Fulfillment.Method(rawValue: try json.text("method")) else {
            throw BrokenInvariant("an order with an unknown delivery method")
        }
        return Order.Delivery(
            method: method, service: json["service"]?.string, address: try json["address"].map(Address.init(stored:)),
            location: json["location"]?.string)
    }

    private static func hold(_ json: JSON) throws -> Order.Hold {
        Order.Hold(
            number: Int(try json.integer("number")), reason: try json.text("reason"), note: json["note"]?.string,
            lines: (json["lines"]?.array ?? []).compactMap { $0.integer.map(Int.init) }, by: try json.text("by"),
            at: try moment(json, "at"), liftedAt: json["lifted_at"]?.integer.map { Timestamp(milliseconds: $0) },
            liftedBy: json["lifted_by"]?.string)
    }

    private static func moment(_ json: JSON, _ name: String) throws -> Timestamp {
        Timestamp(milliseconds: try json.integer(name))
    }
}

/// The words by which free text finds an order.
enum OrderWords {
    /// Bytes; a shorter word finds too much to be worth an entry.
    static let lengthMin = 2
    static let lengthMax = 40
    static let countMax = 12

    /// Of the customer's and the recipient's names, the postcode and the telephone's digits.
    static func of(_ order: Order) -> [String] {
        var words: [String] = []
        func add(_ word: String) {
            guard word.utf8.count >= lengthMin, !words.contains(word), words.count < countMax else { return }
            words.append(String(word.prefix(lengthMax)))
        }
        for word in split(order.customer.name) { add(word) }
        if let address = order.delivery.address {
            if address.name != order.customer.name { for word in split(address.name) { add(word) } }
            add(address.postcode.lowercased().filter { $0.isLetter || $0.isNumber })
        }
        if let phone = order.customer.phone { add(phone.filter(\.isNumber)) }
        return words
    }

    /// The words of a search, as far as orders are known by such words; alone, a word that is too short finds nothing.
    static func searched(_ text: String) -> [String] {
        let words = joiningPostcodes(text).map { String($0.prefix(lengthMax)) }
        let known = words.filter { $0.utf8.count >= lengthMin }
        return known.isEmpty ? words : known
    }

    /// A postcode is one word, however it is spaced: a word with letters and digits takes in the next one, as in
    /// `LS1 4AP`.
    private static func joiningPostcodes(_ text: String) -> [String] {
        var words: [String] = []
        var rest = split(text)[...]
        while let word = rest.popFirst() {
            if isMixed(word), let next = rest.first, isMixed(next), word.count + next.count <= 8 {
                words.append(word + next)
                rest.removeFirst()
            } else {
                words.append(word)
            }
        }
        return words
    }

    private static func isMixed(_ word: String) -> Bool {
        word.contains(where: \.isLetter) && word.contains(where: \.isNumber)
    }

    /// The words of a text: letters and digits, in lower case.
    static func split(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
