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
            $0.name("delivery")
            order.delivery.write(to: &$0)
            if order.shipping != 0 { $0.member("shipping", order.shipping) }
            if order.shippingTax != 0 { $0.member("shipping_tax", order.shippingTax) }
            if !order.fees.isEmpty { write(order.fees, to: &$0) }
            if !order.discounts.isEmpty { write(order.discounts, to: &$0) }
            if !order.cancellationFees.isEmpty {
                $0.array("cancellation_fees") { list in for fee in order.cancellationFees { fee.store(in: &list) } }
            }
            if !order.refundedCancelled.isEmpty {
                $0.name("refunded_cancelled")
                RefundedUnits.store(order.refundedCancelled, in: &$0)
            }
            if !order.creditTakenOver.isEmpty {
                $0.name("credit_taken_over")
                RefundedUnits.store(order.creditTakenOver, in: &$0)
            }
            if let since = order.backorderedSince { $0.member("backordered_since", since.milliseconds) }
            if let until = order.backorderedUntil { $0.member("backordered_until", until.milliseconds) }
            if !order.expected.isEmpty {
                $0.array("expected") { list in
                    for (line, date) in order.expected.sorted(by: { $0.key < $1.key }) {
                        list.value(line)
                        list.value(date.milliseconds)
                    }
                }
            }
            store(order.lapsed, as: "lapsed", in: &$0)
            store(order.together, as: "together", in: &$0)
            $0.array("gates") { list in for gate in order.gates { gate.store(in: &list) } }
            if let origin = order.origin {
                $0.name("origin")
                origin.store(in: &$0)
            }
            if let by = order.placedBy { $0.member("by", by) }
            if !order.holds.isEmpty { write(order.holds, to: &$0) }
            if !order.notes.isEmpty { write(order.notes, to: &$0) }
            store(order.forgottenRejections, as: "forgotten_rejections", in: &$0)
            store(order.missedSenders, as: "missed_senders", in: &$0)
            if order.linkRenewals != 0 { $0.member("link_renewals", order.linkRenewals) }
            if order.shippingWaived != 0 { $0.member("shipping_waived", order.shippingWaived) }
            if order.shippingTaxWaived != 0 { $0.member("shipping_tax_waived", order.shippingTaxWaived) }
            if order.shippingGiven != 0 { $0.member("shipping_given", order.shippingGiven) }
            if !order.amendments.isEmpty {
                $0.array("amendments") { list in for amendment in order.amendments { amendment.store(in: &list) } }
            }
        }
        return json.text
    }

    private static func store(_ numbers: Set<Int>, as name: StaticString, in json: inout JSONWriter) {
        guard !numbers.isEmpty else { return }
        json.array(name) { list in for number in numbers.sorted() { list.value(number) } }
    }

    private static func store(_ locations: Set<String>, as name: StaticString, in json: inout JSONWriter) {
        guard !locations.isEmpty else { return }
        json.array(name) { list in for location in locations.sorted() { list.value(location) } }
    }

    private static func numbers(_ json: JSON?) -> Set<Int> {
        Set((json?.array ?? []).compactMap { $0.integer.map(Int.init) })
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
                    if hold.owner != Order.Hold.defaultOwner { $0.member("owner", hold.owner) }
                    if let until = hold.until { $0.member("until", until.milliseconds) }
                    if let review = hold.reviewBy { $0.member("review_by", review.milliseconds) }
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
            delivery: try Order.Delivery(stored: delivery), shipping: document["shipping"]?.integer ?? 0,
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
        order.origin = try document["origin"].map(Order.Origin.init(stored:))
        order.sequence = sequence
        order.holds = try (document["holds"]?.array ?? []).map(hold)
        order.notes = try (document["notes"]?.array ?? []).map {
            Order.Note(text: try $0.text("text"), by: try $0.text("by"), at: try moment($0, "at"))
        }
        order.forgottenRejections = numbers(document["forgotten_rejections"])
        order.missedSenders = Set((document["missed_senders"]?.array ?? []).compactMap(\.string))
        order.lapsed = numbers(document["lapsed"])
        order.together = numbers(document["together"])
        order.linkRenewals = document["link_renewals"]?.integer ?? 0
        order.shippingWaived = document["shipping_waived"]?.integer ?? 0
        order.shippingTaxWaived = document["shipping_tax_waived"]?.integer ?? 0
        order.shippingGiven = document["shipping_given"]?.integer ?? 0
        order.amendments = try (document["amendments"]?.array ?? []).enumerated().map {
            try Amendment(number: $0 + 1, stored: $1)
        }
        let expected = (document["expected"]?.array ?? []).compactMap(\.integer)
        for place in stride(from: 0, to: expected.count - 1, by: 2) {
            order.expected[Int(expected[place])] = Timestamp(milliseconds: expected[place + 1])
        }
        order.cancellationFees = try (document["cancellation_fees"]?.array ?? []).map(
            Order.CancellationFee.init(stored:))
        order.refundedCancelled = RefundedUnits.stored(document["refunded_cancelled"])
        order.creditTakenOver = RefundedUnits.stored(document["credit_taken_over"])
        order.backorderedSince = document["backordered_since"]?.integer.map { Timestamp(milliseconds: $0) }
        order.backorderedUntil = document["backordered_until"]?.integer.map { Timestamp(milliseconds: $0) }
        return order
    }

    private static func hold(_ json: JSON) throws -> Order.Hold {
        Order.Hold(
            number: Int(try json.integer("number")), reason: try json.text("reason"), note: json["note"]?.string,
            lines: (json["lines"]?.array ?? []).compactMap { $0.integer.map(Int.init) }, by: try json.text("by"),
            at: try moment(json, "at"), owner: json["owner"]?.string ?? Order.Hold.defaultOwner,
            until: json["until"]?.integer.map { Timestamp(milliseconds: $0) },
            reviewBy: json["review_by"]?.integer.map { Timestamp(milliseconds: $0) },
            liftedAt: json["lifted_at"]?.integer.map { Timestamp(milliseconds: $0) },
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
    static let cardsMax = 20

    /// Of the customer's and the recipient's names, the postcode, the telephone's digits and those of cards, and the
    /// store where it is collected.
    static func of(_ order: Order) -> [String] {
        var words: [String] = []
        func add(_ word: String) {
            guard word.utf8.count >= lengthMin, !words.contains(word), words.count < countMax else { return }
            words.append(word.utf8.count <= lengthMax ? word : String(word.prefix(lengthMax)))
        }
        for word in split(order.customer.name) { add(word) }
        if let address = order.delivery.address {
            if address.name != order.customer.name { for word in split(address.name) { add(word) } }
            add(split(address.postcode).joined())
        }
        if let phone = order.customer.phone { add(digits(of: phone)) }
        let cards = Set(order.payments.compactMap(\.cardLast4)).sorted().map(card)
        return words + cards.prefix(cardsMax) + (order.delivery.location.map { [store($0)] } ?? [])
    }

    /// The word of a card's last digits: with a sign that no text is split into, so that only who looks for a card
    /// finds it.
    static func card(_ digits: String) -> String { "*" + digits }

    /// The word of the store where an order is collected, also while nothing lies there: with a sign of its own, too.
    static func store(_ location: String) -> String { "@" + location }

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
        splitPlain(text) ?? text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// As `split`, byte by byte, for the ASCII that most names and all postcodes are of; nil for other texts, whose
    /// letters only the tables of Unicode tell.
    private static func splitPlain(_ text: String) -> [String]? {
        var words: [String] = []
        var word: [UInt8] = []
        func end() {
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            guard byte < 128 else { return nil }
            if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
                word.append(byte + 32)
            } else if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte) {
                word.append(byte)
            } else {
                end()
            }
        }
        end()
        return words
    }

    private static func digits(of text: String) -> String {
        guard text.utf8.allSatisfy({ $0 < 128 }) else { return text.filter(\.isNumber) }
        return String(decoding: text.utf8.filter(isDigit), as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
