/// Says what became of the goods that an exception is about, books it, and settles the exception by it.
///
/// 1. Checks that it may be said of such an exception, and that no more is damaged or missing than it is about.
/// 2. Moves the stock: what is damaged goes to quarantine, what is missing is counted down.
/// 3. Of a parcel that left though it was to be stopped, what the order still wants is shipped, and what nobody is to
///    have is shown to customer service. Where only some boxes of a job left (`parcels`), the others were stopped: what
///    was in them is here, and what the order wants of it is packed anew. What goes out once more for a parcel that
///    came is stopped.
/// 4. What of a parcel was handed in is kept with what was decided about it: it is not expected back once more; what
///    was paid for it at the door, though it was given up, is given back.
/// 5. Resolves the exception in words.
///
/// - Throws: `.notFound`; `.illegalTransition` for one that is resolved; `.invalidInput` for an outcome that is none of
///   its kind, and for units and parcels that it is not about; `.insufficientStock` where stock movements were faster;
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
    /// Of several boxes that were to be stopped those that left: the others were stopped; nil where all of them left.
    public let parcels: [ParcelID]?

    public init(
        exception: ExceptionID, outcome: Outcome, place: String? = nil, location: String? = nil,
        damaged: [SKUQuantity] = [], missing: [SKUQuantity] = [], parcels: [ParcelID]? = nil
    ) {
        self.parcels = parcels
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
        let left = outcome == .left ? try order?.leftBoxes(parcels, of: exception, in: work) : nil
        for part in left?.gone ?? exception.goods { try book(part, of: exception, in: &work) }
        if let left { try leave(exception, left, in: &work) }
        if outcome == .stopped { try stop(exception, in: &work) }
        if [.putBack, .handedIn, .sentBack, .kept].contains(outcome) { try note(exception, in: &work) }
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
        if let parcels, outcome != .left || parcels.isEmpty {
            let way = "goes with left, and names the boxes that did: where none of them left say put_back"
            wrong.append(.init("/parcels", .invalidInput, way))
        }
        if location != nil, outcome != .handedIn, outcome != .found {
            wrong.append(.init("/location", .invalidInput, "goes with handed_in and found only"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    // MARK: Words

    private var resolution: String {
        func list(_ parts: [SKUQuantity], _ what: String) -> String? {
            parts.isEmpty ? nil : "\(parts.words) \(what)"
        }
        let boxes = parcels.map { names in
            "that was box \(names.map { "\($0.number)" }.joined(separator: ", ")); no other left"
        }
        let more = [boxes, location.map { "at \($0)" }, place, list(damaged, "damaged"), list(missing, "missing")]
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
    private func leave(_ exception: OrderException, _ left: LeftBoxes, in work: inout Work) throws {
        guard let id = exception.order, var order = work.peek(id) else { return }
        // It is settled by whoever says so, and not by the job that is over then.
        order.exceptions.removeAll { $0.id == exception.id }
        let asked = order.placesAsked(by: exception)
        order.note(left, of: exception)
        let part = exception.subject.flatMap { FulfillmentID($0) }
        if let index = order.fulfillments.firstIndex(where: { $0.number == part?.number && part?.order == id }) {
            try order.leaveUnstopped(index, exception, left, in: &work)
        }
        order.holdAtStore(exception.subject, left, in: &work)
        let leaving = try order.leaveByPost(exception.subject, left, in: &work)
        order.endPuttingBack(exception.subject)
        order.noteLeft(exception.subject, left, of: asked)
        order.tellOfLeft(exception, left, by: leaving?.description ?? exception.subject, in: &work)
        try order.takeCashOfLeft(part?.number, in: &work)
        work.update(order)
    }

    /// Keeps with its order what is known by that: what was to be put back is, and its location is not told so any
    /// more; goods of a parcel are here, or not any more. What was paid for them at a door is kept with the goods, or
    /// given back for them.
    private func note(_ exception: OrderException, in work: inout Work) throws {
        guard let id = exception.order, let known = work.peek(id) else { return }
        var order = known
        if outcome == .putBack { order.endPuttingBack(exception.subject) }
        order.noteHere(outcome, of: exception, less: missing)
        if exception.kind == .parcelFound, let job = exception.subject.flatMap({ FulfillmentID($0) }) {
            if outcome == .kept { try order.takeCashOfLeft(job.number, kept: exception.goods, in: &work) }
            if outcome == .handedIn {
                try order.giveBackKept(for: exception, of: job.number, less: missing, in: &work)
            }
        }
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
