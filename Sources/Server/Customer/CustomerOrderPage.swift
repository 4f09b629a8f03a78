import OrderManagement

/// What surrounds a customer's page.
struct CustomerFrame: Sendable {
    let language: String
    /// Who sells; nothing where no order is shown.
    var shop: String?
    /// Of which place the times are.
    var zone: String?
    var hasLinkHint = false
    let stylesheet: String
    /// Every phrase by its name.
    let words: [String: String]
}

/// An order as its customer sees it.
struct CustomerOrderPage: Page {
    static let template = "customer-order"

    /// One delivery, or what is not sent yet.
    struct Part: Sendable {
        var title: String
        var state: Pill?
        var promise: String?
        var goods: [Goods]
        var codeLabel: String?
        var code: String?
        var store: [String] = []
        var links: [PageLink] = []
        var parcels: [Parcel] = []
    }

    struct Goods: Sendable {
        var count: String
        var name: String
        var hint: String?
    }

    struct Parcel: Sendable {
        var title: String?
        var courier: String?
        var tracking: String?
        var goods: [Goods]
        var story: [Step]
    }

    /// Something that happened to a parcel.
    struct Step: Sendable {
        var text: String
        var tone: Tone
        var at: TimeText
    }

    /// A step of the way from ordering to having it.
    struct Mark: Sendable {
        var label: String
        var isDone: Bool
        var isCurrent: Bool
    }

    struct Action: Sendable {
        var title: String
        var hint: String
        /// Where it is done; nil where it cannot be.
        var address: String?
    }

    /// Goods on their way back.
    struct ComingBack: Sendable {
        var reference: String
        var state: Pill
        var hint: String?
        var goods: [Goods]
        var links: [PageLink]
    }

    /// A line with its price and what became of it.
    struct Line: Sendable {
        var count: String
        var name: String
        var detail: String
        var amount: String
    }

    let title: String
    let number: String
    let headline: String
    let tone: Tone
    let promise: String?
    /// What the last form did.
    let done: String?
    let notes: [String]
    let steps: [Mark]
    let parts: [Part]
    let actions: [Action]
    let returns: [ComingBack]
    let lines: [Line]
    let money: [Fact]
    let refunds: [Fact]
    let links: [PageLink]
    let address: [String]
    let hasSteps: Bool
    let hasActions: Bool
    let hasReturns: Bool
    let hasRefunds: Bool
    let hasAddress: Bool

    /// - Parameters:
    ///   - path: The order's own address: `/o/…`.
    ///   - done: What the last form did.
    init(_ reading: CustomerReading, at path: String, hasPapers: Bool, done: CustomerPhrase? = nil) {
        let (order, words, clock) = (reading.order, reading.language, reading.clock)
        let stage = CustomerStage(of: order)
        title = words(.order, order.number)
        number = "\(words(.order, order.number)) · \(words(.placedOn, clock.day(order.placedAt)))"
        headline = words(stage.phrase)
        tone = stage.tone
        promise = Self.promise(reading, stage)
        self.done = done.map { words($0) }
        let status = OrderStatus(of: order)
        let isUnpaid = status.overall == .open && [.pending, .declined].contains(status.payment) && order.due > 0
        notes = (isUnpaid ? [words(.awaitsPayment)] : []) + Self.cashNotes(reading) + Self.reshipmentNotes(reading)
            + Self.addressNotes(reading)
        steps = Self.marks(stage, order, words)
        parts = CustomerParts(reading: reading).all(at: path, hasPapers: hasPapers)
        actions = Self.actions(reading, path)
        let papers = CustomerPapers(order: order, path: path, isOffered: hasPapers)
        returns = order.returns.map { Self.shown($0, reading, papers) }
        lines = order.lines.map { Self.shown($0, reading) }
        let sums = CustomerMoney(order: order, words: words)
        money = sums.total
        refunds = sums.refunds(clock)
        links = papers.notes(words, isStoppedReshipment: reading.isStoppedReshipment)
        address = Self.address(of: order, words)
        hasSteps = !steps.isEmpty
        hasActions = !actions.isEmpty
        hasReturns = !returns.isEmpty
        hasRefunds = !refunds.isEmpty
        hasAddress = !address.isEmpty
    }

    // MARK: Where it stands

    /// What to have ready for whoever hands the goods over: of what is on its way, or else of all that is to come.
    private static func cashNotes(_ reading: CustomerReading) -> [String] {
        let (order, words) = (reading.order, reading.language)
        let amount = order.cashUnderWay > 0 ? order.cashUnderWay : order.cashToCome
        guard amount > 0, OrderStatus(of: order).overall == .open else { return [] }
        let isPickup = order.delivery.method == .pickup
        return [words(isPickup ? .cashAtCounter : .cashAtDoor, words.money(amount, order.currency))]
    }

    /// Why there is an order that its customer did not place, or why it is cancelled.
    private static func reshipmentNotes(_ reading: CustomerReading) -> [String] {
        guard let origin = reading.order.origin, origin.kind == .reshipment else { return [] }
        return [reading.language(reading.isStoppedReshipment ? .firstHasArrived : .sentOnceMore, origin.number)]
    }

    /// What left for another door before the order's address was changed, and what is done about it.
    private static func addressNotes(_ reading: CustomerReading) -> [String] {
        let (order, words) = (reading.order, reading.language)
        let isAsked = order.exceptions.contains { $0.isOpen && $0.kind == .parcelFound }
        let notes = order.parcels.filter { $0.isAtOldAddress && $0.state != .returnedToSender }.map { box in
            if let other = box.claim?.successor?.number { return words(.oldAddressSentAgain, other) }
            return words(isAsked ? .oldAddressSeenTo : .oldAddress)
        }
        return notes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The day that matters now.
    private static func promise(_ reading: CustomerReading, _ stage: CustomerStage) -> String? {
        let (order, words, clock) = (reading.order, reading.language, reading.clock)
        let live = order.fulfillments.filter(\.state.isLive)
        func last(_ states: Fulfillment.State...) -> Timestamp? {
            live.filter { states.contains($0.state) }.map(\.updatedAt).max()
        }
        switch stage {
        case .received, .preparing, .partlySent, .onItsWay, .outForDelivery:
            let isPickup = order.delivery.method == .pickup
            let coming = live.filter { $0.state.isInPreparation || $0.state == .shipped }.map(\.deliverBy).max()
            return coming.map {
                words(reading.now > $0 && !isPickup ? .isLate : isPickup ? .readyBy : .arrivesBy, clock.day($0))
            }
        case .ready:
            let end = live.filter { $0.state == .ready }.compactMap(\.collectBy).min()
            return end.map { words(.collectBy, clock.deadline($0)) }
        case .waiting: return order.waitsUntil.map { words(.expectedOn, clock.day($0)) }
        case .delivered: return last(.delivered, .collected).map { words(.deliveredOn, clock.day($0)) }
        case .collected: return last(.collected).map { words(.collectedOn, clock.day($0)) }
        case .cancelled, .partlyArrived, .notArrived, .comesBack, .cameBack, .notCollected, .atOldAddress: return nil
        }
    }

    private static func marks(_ stage: CustomerStage, _ order: Order, _ words: CustomerLanguage) -> [Mark] {
        guard let done = stage.steps else { return [] }
        let isPickup = order.delivery.method == .pickup
        let phrases: [CustomerPhrase] = [
            .stepReceived, .stepPreparing, isPickup ? .stepReady : .stepSent,
            isPickup ? .stepCollected : .stepDelivered,
        ]
        return phrases.enumerated().map { place, phrase in
            Mark(label: words(phrase), isDone: place < done, isCurrent: place == done - 1)
        }
    }

    private static func actions(_ reading: CustomerReading, _ path: String) -> [Action] {
        let (offers, words) = (reading.offers, reading.language)
        let all: [(CustomerOffers.Offer?, CustomerPhrase, String)] = [
            (offers.cancel, .cancel, "cancel"), (offers.changeAddress, .changeAddress, "address"),
            (offers.requestReturn, .requestReturn, "return"),
        ]
        return all.compactMap { offer, phrase, place in
            offer.map {
                Action(title: words(phrase), hint: $0.hint, address: $0.isAllowed ? "\(path)/\(place)" : nil)
            }
        }
    }

    // MARK: What it is

    private static func shown(_ line: OrderLine, _ reading: CustomerReading) -> Line {
        let (words, currency) = (reading.language, reading.order.currency)
        var details: [String] = []
        if line.ordered > 1 { details.append(words(.perPiece, words.money(line.unitPrice, currency))) }
        if line.cancelled > 0 { details.append(words(.ofThemCancelled, count: line.cancelled)) }
        if line.returned > 0 { details.append(words(.ofThemReturned, count: line.returned)) }
        return Line(
            count: words.count(line.ordered), name: reading.name(of: line.number),
            detail: details.joined(separator: " · "),
            amount: words.money(line.unitPrice * line.ordered - line.discount, currency))
    }

    private static func shown(
        _ entry: Return, _ reading: CustomerReading, _ papers: CustomerPapers
    ) -> ComingBack {
        let (words, order) = (reading.language, reading.order)
        let (phrase, tone): (CustomerPhrase, Tone) =
            switch entry.state {
            case .requested: (.returnRequested, .caution)
            case .approved: entry.terms.parcel == nil ? (.returnApproved, .progress) : (.comesBack, .progress)
            case .inTransit where entry.terms.parcel != nil: (.comesBack, .progress)
            case .inTransit: (entry.isUnreceived ? .returnArrived : .returnUnderWay, .progress)
            case .received, .inspected: (.returnReceived, .progress)
            case .settled: (.returnSettled, .good)
            case .rejected: (.returnRejected, .danger)
            case .expired where entry.terms.parcel != nil: (.arrivedAfterAll, .quiet)
            case .expired: (entry.endedBeforeItsTime ? .notArrived : .returnExpired, .quiet)
            }
        var hints: [String] = []
        if entry.state == .approved, entry.method == .byPost, entry.terms.parcel == nil {
            let goal = entry.terms.destination?.address
            if let end = entry.terms.expiresAt { hints.append(words(.sendUntil, reading.clock.day(end))) }
            hints.append(
                goal.map { words(.sendTo, ([$0.name] + $0.customersLines(in: words)).joined(separator: ", ")) }
                    ?? words(.whereToSend))
            hints.append(words(entry.terms.postage == .merchant ? .postageOurs : .postageYours))
        }
        return ComingBack(
            reference: entry.reference(in: order), state: Pill(words(phrase), tone),
            hint: hints.isEmpty ? nil : hints.joined(separator: " "),
            goods: entry.lines.map { Goods(count: words.count($0.quantity), name: reading.name(of: $0.line)) },
            links: papers.label(of: entry, words))
    }

    private static func address(of order: Order, _ words: CustomerLanguage) -> [String] {
        order.delivery.address.map { [$0.name] + $0.customersLines(in: words) } ?? []
    }
}

extension Address {
    /// Without the name; the town as people of the country write it. Labels follow the rules of each post, pages do not
    /// print.
    func customersLines(in language: CustomerLanguage) -> [String] {
        let isTownFirst = ["AU", "CA", "GB", "IE", "IN", "NZ", "SG", "US", "ZA"].contains(country)
        let town = (isTownFirst ? [city, region ?? "", postcode] : [postcode, city]).filter { !$0.isEmpty }
        let rest = isTownFirst || region == city ? "" : region ?? ""
        return (lines + [town.joined(separator: " "), rest, language.country(country)]).filter { !$0.isEmpty }
    }
}

/// The money of an order in sums that a customer can follow.
struct CustomerMoney {
    let order: Order
    let words: CustomerLanguage

    private func text(_ amount: Int64) -> String { words.money(amount, order.currency) }

    var total: [Fact] {
        var facts: [Fact] = []
        func add(_ phrase: CustomerPhrase, _ amount: Int64) {
            if amount != 0 { facts.append(Fact(words(phrase), text(amount))) }
        }
        add(.discount, -order.discounts.reduce(0) { $0 + $1.amount })
        add(.shipping, order.shippingNow.amount)
        add(.fees, order.fees.reduce(0) { $0 + $1.amount })
        if !order.pricesIncludeTax {
            let goods = order.lines.reduce(Int64(0)) { $0 + $1.tax } + order.fees.reduce(0) { $0 + $1.tax }
            add(.taxes, goods + order.shippingNow.tax)
        }
        facts.append(Fact(words(.total), text(order.total - order.shippingWaived), isTotal: true))
        if order.lines.contains(where: { $0.cancelled > 0 }) {
            facts.append(Fact(words(.nowDue), text(order.due)))
            add(.cancellingFee, order.feesOfCancelling)
        }
        add(.paid, order.captured - broughtByOrigin)
        return facts
    }

    /// What an order that sends goods once more was paid with: its customer has paid it once, by the first order.
    private var broughtByOrigin: Int64 { order.origin?.kind == .reshipment ? order.origin?.brought ?? 0 : 0 }

    func refunds(_ clock: CustomerClock) -> [Fact] {
        order.effects.filter { $0.kind == .refund && $0.state == .done && !isBroughtBack($0) }.map { effect in
            let source = order.payments.first { $0.number == effect.payment }?.provider
            let isCredit = effect.paidTo == StoreCredit.provider || source == StoreCredit.provider
            let isMoved = effect.paidTo != nil && !isCredit
            let phrase: CustomerPhrase =
                isCredit
                ? .refundedAsCredit
                : isMoved ? effect.reason == "reship" ? .usedForSendingAgain : .usedForExchange : .refundedOn
            return Fact(words(phrase, clock.day(effect.at)), text(effect.amount))
        }
    }

    /// Money that went from order to order and back, since goods are not sent once more: nobody was paid it.
    private func isBroughtBack(_ effect: PaymentEffect) -> Bool {
        guard effect.paidTo != nil, let memo = order.memos.first(where: { $0.number == effect.memo }) else {
            return false
        }
        return !memo.stands || order.isBetweenOrders(memo)
    }
}
