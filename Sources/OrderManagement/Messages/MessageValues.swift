import Foundation

/// What the templates of messages may name: everything of it is text, formatted for people.
public struct MessageValues: Sendable {
    /// The order's channel, as it is now.
    public let channel: Channel
    public let order: Order
    /// What is told; nil where nothing of the kind has happened yet, as in a preview.
    public let event: Event?
    /// What templates may name, each with what its entries are made of, where it is a list.
    public static let vocabulary: [String: [String]] = [
        "shop": [], "number": [], "name": [], "total": [], "lines": ["quantity", "sku", "item", "price", "day"],
        "parcels": ["courier", "tracking"], "amount": [], "credit": [], "to_source": [], "retained": [], "due": [],
        "fee": [], "replaces": [], "arrived": [], "new_address": [], "new_store": [],
        "expected": [], "together": [], "address": ["line"], "store": [], "store_address": ["line"], "code": [],
        "collect_by": [], "cash": [], "order_link": [],
    ]
    /// Where the customer sees the order; nil where nobody knows.
    public var link: String?
    private let names: [String: String]
    /// What people call the couriers that are set up, by their codes.
    private let couriers: [String: String]
    private let store: Location?
    /// Whether it was to send goods once more, of a parcel that came after all.
    private let isStoppedReshipment: Bool

    /// - Returns: nil where there is no such order, or no such channel any more.
    public init?(of id: OrderID, telling sequence: Int64?, in db: any Connection) throws {
        guard let order = try OrderStore.order(id, in: db) else { return nil }
        let configuration = try Configuration.load(in: db)
        guard let channel = configuration.channels[order.channel] else { return nil }
        (self.order, self.channel) = (order, channel)
        event = try sequence.flatMap { try EventLog.page(of: id, after: $0 - 1, limit: 1, in: db).first }
        var names: [String: String] = [:]
        try ItemStore.load(Set(order.lines.map(\.sku)), in: db) { names[$0.sku] = $0.name }
        self.names = names
        couriers = configuration.couriers.mapValues(\.name)
        store = order.delivery.location.flatMap { configuration.locations[$0] }
        isStoppedReshipment = try order.isStoppedReshipment(in: db)
    }

    /// - Parameter language: Of the words around them: amounts are written as it writes them. nil for the customer's,
    ///   or the channel's.
    public func json(in language: String? = nil) throws -> JSON {
        let language = language ?? order.customer.language ?? channel.policy.messages.language
        let amounts = AmountWords(language)
        let days = Language(known: language).map(DayWords.init)
        func text(_ amount: Int64) -> String { amounts.text(Money(amount, order.currency)) }
        let data = try event.map { try JSON.stored($0.data) }
        let work = data?["fulfillment"]?.string.flatMap { FulfillmentID($0) }
        var json = JSONWriter()
        json.object {
            $0.member("shop", channel.name)
            $0.member("number", order.number)
            $0.member("name", order.customer.name)
            $0.member("total", text(order.total))
            $0.member("due", text(order.due))
            if order.feesOfCancelling > 0 { $0.member("fee", text(order.feesOfCancelling)) }
            // Goods that are sent once more are paid for: their order costs its customer nothing.
            if let origin = order.origin, origin.kind == .reshipment { $0.member("replaces", origin.number) }
            if isStoppedReshipment { $0.member("arrived", order.origin?.number) }
            if let link { $0.member("order_link", link) }
            if let cash = cash(of: work) { $0.member("cash", text(cash)) }
            write(data?["lines"], amounts, days, to: &$0)
            writeParcels(of: work, to: &$0)
            writeAmount(data, amounts, to: &$0)
            if let until = order.waitsUntil {
                let day = Self.day("\(until)", days)
                $0.member("expected", day)
                if !order.together.isEmpty { $0.member("together", day) }
            }
            if let address = order.delivery.address, Self.isMoved(data?["changes"]?["delivery"]) {
                $0.member("new_address", Self.lines(of: address).filter { !$0.isEmpty }.joined(separator: ", "))
            }
            if let address = order.delivery.address { Self.write(address, "address", to: &$0) }
            if let store {
                if Self.isMoved(data?["changes"]?["delivery"], "location") {
                    let lines = Self.lines(of: store.address).filter { !$0.isEmpty && $0 != store.name }
                    $0.member("new_store", ([store.name] + lines).joined(separator: ", "))
                }
                $0.member("store", store.name)
                Self.write(store.address, "store_address", to: &$0)
                $0.member("code", order.collectionCode)
                let part = order.fulfillments.first { $0.number == work?.number && $0.state == .ready }
                let end = part?.collectBy.map { store.calendar.clockTime(of: $0) }
                if let end { $0.member("collect_by", Self.moment(end, days)) }
            }
        }
        return try JSON.stored(json.text)
    }

    /// What is to be paid when what the event tells of changes hands; nil for nothing.
    private func cash(of work: FulfillmentID?) -> Int64? {
        guard let part = order.fulfillments.first(where: { $0.number == work?.number }) else { return nil }
        let asked = part.method == .pickup
            ? order.cash(askedFor: part) : order.boxes(of: part.number).cashAwaited
        return asked > 0 ? asked : nil
    }

    /// Whether an amendment has changed the address that an order goes to, or the store where it is collected.
    private static func isMoved(_ delivery: JSON?, _ part: String = "address") -> Bool {
        delivery?["before"]?[part] != delivery?["after"]?[part]
    }

    /// What was paid, over all tenders of one refund; of it, what is store credit now; what was kept back before.
    private func writeAmount(_ data: JSON?, _ amounts: AmountWords, to json: inout JSONWriter) {
        func text(_ amount: Int64) -> String { amounts.text(Money(amount, order.currency)) }
        if let number = data?["effect"]?.integer, let effect = order.effects.first(where: { $0.number == Int(number) }),
            effect.kind == .refund
        {
            let paid = order.refund(of: effect).filter { $0.state == .done }
            let credit = paid.filter { part in
                part.paidTo == StoreCredit.provider
                    || order.payments.contains { $0.number == part.payment && $0.provider == StoreCredit.provider }
            }
            let (all, kept) = (paid.reduce(0) { $0 + $1.amount }, credit.reduce(0) { $0 + $1.amount })
            json.member("amount", text(all))
            if kept > 0 { json.member("credit", text(kept)) }
            if kept < all { json.member("to_source", text(all - kept)) }
            let memo = order.memos.first { $0.number == effect.memo }
            if let memo, memo.retained > 0 { json.member("retained", text(memo.retained)) }
        } else if let amount = data?["amount"]?["amount"]?.integer {
            json.member("amount", text(amount))
        }
    }

    /// The units that the event tells of, of a return those that came; without any, all of the order's.
    private func write(_ told: JSON?, _ amounts: AmountWords, _ days: DayWords?, to json: inout JSONWriter) {
        let units: [(Int, Int64, String?)] =
            (told?.array ?? []).compactMap { entry in
                guard let id = entry["line"]?.string.flatMap({ OrderLineID($0) }),
                    let units = (entry["received"] ?? entry["quantity"])?.integer
                else { return nil }
                return (id.number, units, entry["expected_at"]?.string)
            }
        json.array("lines") { list in
            let all = order.lines.map { ($0.number, $0.ordered, nil as String?) }
            for (number, quantity, date) in units.isEmpty ? all : units where quantity > 0 {
                guard let line = order.line(number) else { continue }
                list.object {
                    $0.member("quantity", String(quantity))
                    $0.member("sku", line.sku)
                    $0.member("item", names[line.sku] ?? line.sku)
                    $0.member("price", amounts.text(Money(line.unitPrice, order.currency)))
                    if let date { $0.member("day", Self.day(date, days)) }
                }
            }
        }
    }

    private func writeParcels(of work: FulfillmentID?, to json: inout JSONWriter) {
        let parcels = order.parcels.filter { parcel in work.map { $0.number == parcel.fulfillment } ?? true }
        json.array("parcels") { list in
            for parcel in parcels where parcel.tracking != nil {
                list.object {
                    $0.member("courier", parcel.courier.map { couriers[$0] ?? $0 })
                    $0.member("tracking", parcel.tracking)
                }
            }
        }
    }

    private static func write(_ address: Address, _ name: StaticString, to json: inout JSONWriter) {
        json.array(name) { list in for line in lines(of: address) { list.object { $0.member("line", line) } } }
    }

    private static func lines(of address: Address) -> [String] {
        [address.name] + address.lines + ["\(address.postcode) \(address.city)"]
    }

    /// `Mon 16 Mar 2026`; where the language has no words of ours, `2026-03-16`: as all the world reads it.
    private static func day(_ moment: String, _ days: DayWords?) -> String {
        let day = String(moment.prefix(10))
        return days?.day(day) ?? day
    }

    /// - Parameter wall: `2026-03-16, 14:30`, as the clock of a store says it.
    private static func moment(_ wall: String, _ days: DayWords?) -> String {
        guard let days else { return wall }
        return "\(days.day(wall)), \(days.time(wall.replacing(", ", with: "T")))"
    }

    /// Whether there is still a reason to send it: of goods that were collected nobody need hear until when they wait.
    func isDue(_ kind: Message.Kind) throws -> Bool {
        guard kind.mayLoseItsReason, let event else { return true }
        let work = try JSON.stored(event.data)["fulfillment"]?.string.flatMap { FulfillmentID($0) }
        return order.fulfillments.contains { $0.number == work?.number && $0.state == .ready }
    }
}

extension Message.Kind {
    /// Whether what it tells may be over before it is told.
    var mayLoseItsReason: Bool { self == .reminder || self == .extended }
}
