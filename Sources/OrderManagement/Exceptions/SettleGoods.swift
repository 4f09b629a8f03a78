/// Says what became of the goods that an exception is about, books it, and settles the exception by it.
///
/// 1. Checks that it may be said of such an exception, and that no more is damaged or missing than it is about.
/// 2. Moves the stock: what is damaged goes to quarantine, what is missing is counted down.
/// 3. Of a parcel that left though it was to be stopped, what the order still wants is shipped, and what nobody is to
///    have is shown to customer service. What goes out once more for a parcel that came is stopped.
/// 4. What of a parcel was handed in is kept with what was decided about it: it is not expected back once more.
/// 5. Resolves the exception in words.
///
/// - Throws: `.notFound`; `.illegalTransition` for one that is resolved; `.invalidInput` for an outcome that is none of
///   its kind, and for units that it is not about; `.insufficientStock` where stock movements were faster;
///   `.forbidden` without `orders:write`, or, for what lies at a location of the caller, `fulfillments:write`;
///   `.unknownLocation`.
public struct SettleGoods: Command {
    public static let name = "settle-goods"

    public enum Outcome: String, CaseIterable, Sendable {
        /// They are on a shelf again, where they are for sale.
        case putBack = "put_back"
        /// Their parcel was not stopped any more.
        case left
        /// Goods that nobody expected are good, and for sale.
        case restocked
        case writtenOff = "written_off"
        /// They were sent back to whom they belong to.
        case sentBack = "sent_back"
        /// The customer has brought them back.
        case handedIn = "handed_in"
        /// The customer keeps them, and what was to go out once more for them does not.
        case stopped
        /// The customer keeps them.
        case kept
        /// More came than was announced, and stays.
        case accepted
        /// What never came has turned up.
        case found
        /// It will not turn up any more.
        case lost

        /// Whether some of the goods may be said to be damaged or missing.
        public var isCounted: Bool {
            switch self {
            case .putBack, .handedIn, .found: true
            case .left, .restocked, .writtenOff, .sentBack, .stopped, .kept, .accepted, .lost: false
            }
        }

        /// Whether stock moves whatever else is said.
        var movesStock: Bool {
            switch self {
            case .putBack, .stopped, .kept, .accepted, .lost: false
            case .left, .restocked, .writtenOff, .sentBack, .handedIn, .found: true
            }
        }

        fileprivate var sentence: String {
            switch self {
            case .putBack: "Put back"
            case .left: "It had left already; customer service sees to it"
            case .restocked: "Put on sale"
            case .writtenOff: "Written off"
            case .sentBack: "Sent back to whom it belongs to"
            case .handedIn: "Handed in by the customer"
            case .stopped: "It came: nothing goes out once more, and nobody pays anything"
            case .kept: "The customer keeps it"
            case .accepted: "It stays in stock"
            case .found: "It has turned up"
            case .lost: "It is lost for good"
            }
        }
    }

    public let exception: ExceptionID
    public let outcome: Outcome
    /// Where the goods are now, in the words of whoever put them there: `A-12`.
    public let place: String?
    /// Where the customer handed them in, or where they turned up; nil for the exception's own location.
    public let location: String?
    /// Of the goods, by SKU, those that cannot be sold.
    public let damaged: [SKUQuantity]
    /// Of the goods, by SKU, those that are not there.
    public let missing: [SKUQuantity]

    public init(
        exception: ExceptionID, outcome: Outcome, place: String? = nil, location: String? = nil,
        damaged: [SKUQuantity] = [], missing: [SKUQuantity] = []
    ) {
        self.exception = exception
        self.outcome = outcome
        self.place = place
        self.location = location
        self.damaged = damaged
        self.missing = missing
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.exceptionWithOrder(exception, given: work)
        if outcome == .stopped { needs.reshipment(of: exception, given: work) }
        if outcome == .left { needs.leaving(exception, given: work) }
        for part in work.exception(exception)?.goods ?? [] {
            needs.item(part.sku)
            needs.stock(part.sku)
            needs.backorders(part.sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        let principal = work.principal
        guard principal.may(.fulfillmentsWrite) || principal.may(.ordersWrite) else {
            throw Refusal(
                .forbidden,
                "this key lacks the scope fulfillments:write, which is enough for goods that lie at a location of its "
                    + "own; all others take orders:write")
        }
        let exception = try work.openException(self.exception)
        let isCounting = outcome.movesStock || !damaged.isEmpty || !missing.isEmpty
        for scope in exception.scopes(toSay: outcome, counting: isCounting, for: principal) {
            try principal.require(scope)
        }
        let order = exception.order.flatMap { work.peek($0) }
        guard exception.outcomes(about: order).contains(outcome) else { throw objection(to: exception, order) }
        try check(exception)
        let sent = outcome == .left ? order?.unitsLeft(byPostOf: exception.subject, in: work) ?? [:] : [:]
        let wanted = order?.parts(of: sent) ?? []
        for part in outcome == .left ? exception.goods.less(wanted) : exception.goods {
            try book(part, of: exception, in: &work)
        }
        if outcome == .left { try leave(exception, sending: sent, in: &work) }
        if outcome == .stopped { try stop(exception, in: &work) }
        if [.putBack, .handedIn, .sentBack].contains(outcome) { note(exception, in: &work) }
        let resolved = work.resolve(exception, resolution)
        let changed = work.tell(.exceptionResolved, of: resolved) { resolved.writeResolution(to: &$0) }
        var json = JSONWriter()
        resolved.write(to: &json, about: changed, for: work.principal)
        return Reply(status: 201, body: json.text)
    }

    private func objection(to exception: OrderException, _ order: Order?) -> Refusal {
        let possible = exception.outcomes(about: order).map(\.rawValue).joined(separator: ", ")
        let reason = "\(outcome.rawValue) cannot be said of an exception of the kind \(exception.kind.rawValue)"
        guard !possible.isEmpty else {
            return Refusal(.illegalTransition, "\(reason), which is open: it is about no goods")
        }
        return Refusal([.init("/outcome", .invalidInput, "\(reason); possible: \(possible)")])
    }

    private func check(_ exception: OrderException) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        var left = Dictionary(exception.goods.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        for (name, parts) in [("damaged", damaged), ("missing", missing)] {
            if !parts.isEmpty, !outcome.isCounted {
                wrong.append(.init("/\(name)", .invalidInput, "goes with put_back, handed_in and found only"))
                continue
            }
            for (index, part) in parts.enumerated() {
                let known = left[part.sku] ?? 0
                left[part.sku] = known - part.quantity
                guard part.quantity > known else { continue }
                guard exception.goods.contains(where: { $0.sku == part.sku }) else {
                    let reason = "the exception is not about \(part.sku), but about \(exception.goods.words)"
                    wrong.append(.init("/\(name)/\(index)/sku", .invalidInput, reason))
                    continue
                }
                wrong.append(
                    .init(
                        "/\(name)/\(index)/quantity", .invalidInput,
                        "the exception is about \(max(0, known)) × \(part.sku) of which nothing else is said"))
            }
        }
        if location != nil, outcome != .handedIn, outcome != .found {
            wrong.append(.init("/location", .invalidInput, "goes with handed_in and found only"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    // MARK: Stock

    private func units(_ parts: [SKUQuantity], _ sku: String) -> Int64 {
        parts.reduce(0) { $1.sku == sku ? $0 + $1.quantity : $0 }
    }

    private func book(_ part: SKUQuantity, of exception: OrderException, in work: inout Work) throws {
        let place = try place(of: exception, in: work)
        guard let place else { return }
        let (broken, gone) = (units(damaged, part.sku), units(missing, part.sku))
        switch outcome {
        case .putBack:
            try setApart(broken, part.sku, at: place, in: &work)
            try countDown(gone, part.sku, at: place, in: &work)
        case .left: try countDown(part.quantity, part.sku, at: place, in: &work)
        case .restocked: try takeOut(.restock, part, at: place, in: &work)
        case .writtenOff, .sentBack:
            if exception.kind == .excess { try takeBack(part, at: place, in: &work) }
            try takeOut(.writeOff, part, at: place, in: &work)
        case .handedIn, .found:
            let here = part.quantity - gone
            // What is damaged never is for sale: it is set apart before anybody who waits is served.
            try work.count(.receive, here, of: part.sku, at: place, reference: reference)
            try setApart(broken, part.sku, at: place, in: &work)
        case .stopped, .kept, .accepted, .lost: return
        }
    }

    private var reference: String { exception.description }

    /// Where stock moves; nil where none does. - Throws: `.unknownLocation`; `.invalidInput` where nobody said so.
    private func place(of exception: OrderException, in work: Work) throws(Refusal) -> String? {
        guard outcome.movesStock || outcome.isCounted else { return nil }
        guard let code = location ?? exception.location else {
            throw Refusal([.init("/location", .invalidInput, "is missing: where the goods were handed in")])
        }
        guard work.configuration.locations[code] != nil, work.principal.sees(location: code) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(code)")])
        }
        return code
    }

    /// Units that are for sale go to quarantine: those that others were promised meanwhile are missing to them.
    private func setApart(_ units: Int64, _ sku: String, at place: String, in work: inout Work) throws {
        let free = work.level(of: sku, at: place).available
        guard units <= free else {
            throw Refusal(
                .insufficientStock,
                "\(place) has \(max(0, free)) × \(sku) that nobody was promised meanwhile, not \(units): call the "
                    + "others missing, and their orders are sourced elsewhere")
        }
        try work.count(.quarantine, units, of: sku, at: place, reference: reference)
    }

    /// What came beyond what was announced is for sale already: it is taken off the shelf again, where nobody was
    /// promised it meanwhile.
    private func takeBack(_ part: SKUQuantity, at place: String, in work: inout Work) throws {
        let free = work.level(of: part.sku, at: place).available
        guard part.quantity <= free else {
            throw Refusal(
                .insufficientStock,
                "\(place) has \(max(0, free)) × \(part.sku) that nobody was promised meanwhile, not \(part.quantity): "
                    + "keep them, or wait until more come")
        }
        try work.count(.quarantine, part.quantity, of: part.sku, at: place, reference: reference)
    }

    private func countDown(_ units: Int64, _ sku: String, at place: String, in work: inout Work) throws {
        let level = work.level(of: sku, at: place)
        try require(units, sku, at: place, thereAre: level.onHand - level.quarantined)
        try work.count(.countDown, units, of: sku, at: place, reference: reference)
    }

    private func takeOut(
        _ reason: MovementReason, _ part: SKUQuantity, at place: String, in work: inout Work
    ) throws {
        try require(part.quantity, part.sku, at: place, thereAre: work.level(of: part.sku, at: place).judged)
        try work.count(reason, part.quantity, of: part.sku, at: place, reference: reference)
    }

    private func require(_ units: Int64, _ sku: String, at place: String, thereAre: Int64) throws(Refusal) {
        guard units > thereAre else { return }
        throw Refusal(
            .insufficientStock,
            "\(place) has \(thereAre) × \(sku) where \(units) should be: count first, then settle this")
    }

    // MARK: Words

    private var resolution: String {
        func list(_ parts: [SKUQuantity], _ what: String) -> String? {
            parts.isEmpty ? nil : "\(parts.words) \(what)"
        }
        let more = [location.map { "at \($0)" }, place, list(damaged, "damaged"), list(missing, "missing")]
        return ([outcome.sentence] + more.compactMap { $0 }).joined(separator: "; ") + "."
    }

    /// What was to go out once more for a parcel that came does not.
    private func stop(_ exception: OrderException, in work: inout Work) throws {
        guard let id = exception.order, var order = work.peek(id),
            let place = order.parcels.firstIndex(where: { ParcelID(id, $0.number).description == exception.subject })
        else { return }
        // It is settled by whoever says so, and not by what is so then.
        order.exceptions.removeAll { $0.id == exception.id }
        try order.stopReshipment(for: place, in: &work)
        work.update(order)
    }

    /// A parcel reaches somebody who is not to have all of it.
    /// - Parameter sent: Units in it that its order waits for at a store by now.
    private func leave(_ exception: OrderException, sending sent: [Int: Int64], in work: inout Work) throws {
        guard let id = exception.order, var order = work.peek(id) else { return }
        // It is settled by whoever says so, and not by the job that is over then.
        order.exceptions.removeAll { $0.id == exception.id }
        let part = exception.subject.flatMap { FulfillmentID($0) }
        if let index = order.fulfillments.firstIndex(where: { $0.number == part?.number && part?.order == id }) {
            try order.leaveUnstopped(index, exception, in: &work)
        }
        order.holdAtStore(exception.subject, less: sent, in: &work)
        let leaving = try sent.isEmpty ? nil : order.leaveByPost(exception.subject, sent, in: &work)
        order.endPuttingBack(exception.subject)
        order.noteLeft(exception.subject)
        order.tellOfLeft(
            exception, by: leaving?.description ?? exception.subject, wanted: order.parts(of: sent), in: &work)
        work.update(order)
    }

    /// Keeps with its order what is known by that: what was to be put back is, and its location is not told so any
    /// more; goods of a parcel are here, or not any more.
    private func note(_ exception: OrderException, in work: inout Work) {
        guard let id = exception.order, let known = work.peek(id) else { return }
        var order = known
        if outcome == .putBack { order.endPuttingBack(exception.subject) }
        order.noteHere(outcome, of: exception, less: missing)
        if order != known { work.update(order) }
    }
}

extension Needs {
    /// An order of which a parcel has left, with all that a shipment takes.
    fileprivate mutating func leaving(_ exception: ExceptionID, given work: Work) {
        guard let id = work.exception(exception)?.order else { return }
        orderWithStock(id, given: work)
        for label in work.peek(id)?.parcels.flatMap(\.labels) ?? [] { label.tracking.map { tracking($0, given: work) } }
    }

    /// The order that sends the goods of a found parcel once more, with all that it takes to stop it.
    fileprivate mutating func reshipment(of exception: ExceptionID, given work: Work) {
        guard let known = work.exception(exception), let order = known.order.flatMap({ work.peek($0) }),
            let link = order.parcel(named: known.subject)?.claim?.successor
        else { return }
        orderWithStock(link.order, given: work)
        if let account = order.creditAccount { storeCredit(account) }
        if let account = work.peek(link.order)?.creditAccount { storeCredit(account) }
    }
}

extension OrderException {
    /// What somebody needs to say what became of its goods. Those who do a location's work say it of what lies there,
    /// and count what they had picked themselves, as they do when they reject.
    func scopes(toSay outcome: SettleGoods.Outcome, counting: Bool, for principal: Principal) -> [Scope] {
        guard principal.may(.fulfillmentsWrite), location.map(principal.sees) == true, kind != .parcelFound else {
            return [.ordersWrite] + (counting ? [.stockWrite] : [])
        }
        return counting && kind != .putBack && kind != .interception ? [.stockWrite] : []
    }

    /// What may be said of the goods that it is about, the likeliest first; nothing where it is about none.
    func outcomes(about order: Order?) -> [SettleGoods.Outcome] {
        switch kind {
        case .putBack: [.putBack]
        case .interception where goods.isEmpty: order?.isReadied(subject) == false ? [.left] : [.putBack]
        case .interception: [.putBack, .left]
        case .wrongItem: goods.isEmpty ? [] : [.restocked, .sentBack, .writtenOff]
        case .parcelFound:
            if goods.isEmpty || order?.hasTheirDue(subject) == true {
                [.kept]
            } else {
                order?.isSentOnceMore(subject) == true && !isPastStopping
                    ? [.stopped, .handedIn, .kept] : [.handedIn, .kept]
            }
        case .excess: goods.isEmpty ? [.accepted] : [.accepted, .sentBack, .writtenOff]
        case .transferShort: goods.isEmpty ? [.lost] : [.found, .lost]
        case .short, .rejectedEverywhere, .paymentFailed, .authorizationExpired, .stageFailed, .stageReview,
            .stageOverdue, .address, .buriedJob, .connectorDown, .notCollected, .returnUnanswered, .returnUnsettled,
            .returnOverdue, .exchangeUnpaid, .labelFailed, .notHandedOver, .manifestRefused, .trackingSilent,
            .parcelLost, .brokenInvariant, .priceChanged, .returnUnreceived, .returnTurnedUp, .pickupRefused,
            .deliveryProblem, .deliveryDisputed, .leftUnshipped, .oldLabelUsed, .numberShared,
            .inboundOverdue, .transferOverdue, .workLate, .backorderOverdue, .holdOverdue:
            []
        }
    }
}

extension Order {
    /// Whether a parcel that came after all brought no more than its customer paid for.
    fileprivate func hasTheirDue(_ subject: String?) -> Bool {
        guard let claim = parcel(named: subject)?.claim else { return false }
        // Of goods that went out once more nothing was owed, since their customer has the first ones.
        return claim.resolution == .none && origin?.kind != .reshipment || !claim.settlesAll
    }

    /// Whether a job that was to be packed and labelled anew is, or is over; nil for none.
    func isReadied(_ subject: String?) -> Bool? {
        let id = subject.flatMap { FulfillmentID($0) }
        return fulfillments.first { $0.number == id?.number && self.id == id?.order }.map { $0.state != .picking }
    }

    /// Why nobody need stop a parcel any more that was to be packed and labelled anew; nil while somebody must.
    func readiedReason(_ subject: String?) -> String? {
        isReadied(subject) == true ? "It is packed anew, or nothing of it is to be sent." : nil
    }

    /// Whether goods go out once more for a parcel that came after all.
    fileprivate func isSentOnceMore(_ subject: String?) -> Bool {
        guard let parcel = parcel(named: subject), parcel.state == .delivered, let claim = parcel.claim else {
            return false
        }
        guard handedIn(parcel).isEmpty else { return false }
        return claim.successor != nil && claim.isFinal && claim.foundAt != nil
    }
}
