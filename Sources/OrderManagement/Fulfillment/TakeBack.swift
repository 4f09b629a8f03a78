/// How units leave a job other than by its location's door.
struct TakingBack {
    /// How a job ends of which nothing is left.
    enum End: Sendable {
        case cancelled
        /// Nobody has collected it.
        case expired
    }

    var end = End.cancelled
    /// Whether the units are given up; else they want another place.
    var givesUp = true
    /// Whether the location is asked to put back what it has picked; whoever takes back for a reason of their own says
    /// so themselves.
    var asks = true
}

extension Order {
    /// Takes units out of a job and back to stock: what all that gives work up, or takes it elsewhere, has in common.
    ///
    /// 1. Books the units back where they are, or off the transfer that was to bring them; whoever waits is served.
    /// 2. Counts them as cancelled, or as units that want another place.
    /// 3. Ends the job when nothing is left of it; else opens packed boxes, which hold other goods now.
    /// 4. Asks the location to put back what it has picked: no more than really lies beside its shelf.
    mutating func takeBack(
        _ asked: [Int: Int64], from index: Int, _ taking: TakingBack = TakingBack(), in work: inout Work
    ) throws {
        let units = asked.filter { $0.value > 0 }
        guard !units.isEmpty else { return }
        let whole = fulfillments[index]
        try requireHere(whole)
        let wasLabelled = isLabelled(whole) || isUnstopped(whole)
        let isLabelComing = !boxes(of: whole.number).contains { $0.state == .labelled } && !isUnstopped(whole)
        for (number, count) in units.sorted(by: { $0.key < $1.key }) {
            lines[number - 1].allocated -= count
            if taking.givesUp { lines[number - 1].cancelled += count }
            try release(count, ofLine: number, from: whole, in: &work)
        }
        let lying = whole.lying(of: units)
        if take(units, outOf: index) {
            fulfillments[index].lines = whole.lines  // a job that is over keeps saying what it was
            fulfillments[index].transfer = nil
            try fulfillments[index].apply(taking.end.action, at: work.now)
            if !lying.isEmpty { fulfillments[index].note = "Put the goods back: \(taking.end.reason)." }
            record(taking.end.event, fulfillments[index], in: &work)
        } else {
            if fulfillments[index].state == .packed {
                try unpack(index, in: &work)
                record(.fulfillmentPicking, fulfillments[index], in: &work)
            }
            if !lying.isEmpty { fulfillments[index].note = "Put back what was cancelled and check the rest." }
        }
        guard taking.asks else { return }
        let step = isLabelComing ? "packed their parcel, for which a label was being bought" : "labelled their parcel"
        askToPutBack(lying, of: whole, wasLabelled ? step : nil, because: taking.end, in: &work)
    }

    /// Has the location told of goods that lie beside their shelves: they are for sale again already.
    /// - Parameter labelled: What it had done, where their parcel may bear a label.
    private mutating func askToPutBack(
        _ units: [Int: Int64], of fulfillment: Fulfillment, _ labelled: String?, because end: TakingBack.End,
        in work: inout Work
    ) {
        guard !units.isEmpty else { return }
        let wasLabelled = labelled != nil
        let place = fulfillment.location
        let cause =
            switch end {
            case .cancelled:
                "\(goods(units)) of order \(number) were cancelled after \(place) had "
                    + (labelled ?? "picked them") + "."
            case .expired: "\(goods(units)) of order \(number) were not collected at \(place) in time."
            }
        open(
            wasLabelled ? .interception : .putBack, subject: FulfillmentID(id, fulfillment.number).description,
            location: place, goods: parts(of: units), cause: cause, owner: place,
            suggestion: wasLabelled
                ? "Stop the parcel and put its goods back on their shelf; or say that it has left already."
                : "Put the goods back on their shelf, and say so.", in: &work)
        if wasLabelled { askWhetherStopped(fulfillment.number) }
    }

    /// What a location was told to do is done once the job is packed; goods that are still to be put back are not.
    mutating func endNote(of index: Int) {
        let name = FulfillmentID(id, fulfillments[index].number).description
        let isPuttingBack = exceptions.contains {
            $0.isOpen && ($0.kind == .putBack || $0.kind == .interception) && $0.subject == name && !$0.goods.isEmpty
        }
        if !isPuttingBack || !fulfillments[index].asksToPutBack { fulfillments[index].note = nil }
    }

    /// Goods of a job are put back, or gone: nobody is told to put them back any more.
    mutating func endPuttingBack(_ subject: String?) {
        guard let job = subject.flatMap({ FulfillmentID($0) }), job.order == id,
            let index = fulfillments.firstIndex(where: { $0.number == job.number }), fulfillments[index].asksToPutBack
        else { return }
        fulfillments[index].note = nil
    }

    /// Goods that their courier has taken, as it tells, are neither given up nor unpacked: they are shipped first. A
    /// person who knows better says so by resolving the exception.
    /// - Throws: `.tooLateToCancel`, or what else it is called for.
    func requireHere(_ fulfillment: Fulfillment, or code: Refusal.Code = .tooLateToCancel) throws(Refusal) {
        guard let parcel = departed(of: fulfillment) else { return }
        throw Refusal(
            code,
            "its courier has told that the parcel \(ParcelID(id, parcel.number)) is on its way: ship it first, or, if "
                + "that is not so, resolve its exception")
    }

    /// A parcel of it that has left though nobody has shipped it; nil where there is none.
    public func departed(of fulfillment: Fulfillment) -> Parcel? {
        boxes(of: fulfillment.number).first(where: isKnownToHaveLeft)
    }

    /// Whether its courier has told of a parcel that nobody has shipped, and nobody has said that this is wrong.
    func isKnownToHaveLeft(_ parcel: Parcel) -> Bool {
        let name = ParcelID(id, parcel.number).description
        return parcel.isAwayUnshipped
            && exceptions.contains { $0.isOpen && $0.kind == .leftUnshipped && $0.subject == name }
    }
}

extension TakingBack.End {
    fileprivate var action: Fulfillment.State.Action {
        switch self {
        case .cancelled: .cancel
        case .expired: .expire
        }
    }

    fileprivate var event: EventType {
        switch self {
        case .cancelled: .fulfillmentCancelled
        case .expired: .fulfillmentExpired
        }
    }

    fileprivate var reason: String {
        switch self {
        case .cancelled: "the order was cancelled"
        case .expired: "they were not collected in time"
        }
    }
}

extension Fulfillment {
    /// Whether its note is one that tells to put goods back: all of them begin so.
    fileprivate var asksToPutBack: Bool { note?.hasPrefix("Put ") == true }

    /// By line number.
    var unitsByLine: [Int: Int64] { Dictionary(lines.map { ($0.line, $0.quantity) }, uniquingKeysWith: +) }

    /// How many units of one of its lines lie beside their shelf.
    func lying(of line: Line) -> Int64 {
        switch state {
        case .packed, .ready: line.quantity
        case .picking: line.picked
        case .open, .released, .accepted, .shipped, .delivered, .collected, .expired, .rejected, .cancelled: 0
        }
    }

    /// What of units that are taken out of it lies beside its shelf, by line: those that nobody has picked yet are
    /// taken first.
    func lying(of units: [Int: Int64]) -> [Int: Int64] {
        var lying: [Int: Int64] = [:]
        for line in lines {
            let left = line.quantity - (units[line.line] ?? 0)
            let back = self.lying(of: line) - left
            if back > 0, left < line.quantity { lying[line.line, default: 0] += back }
        }
        return lying
    }
}
