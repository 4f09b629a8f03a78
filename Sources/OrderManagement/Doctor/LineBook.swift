/// The lines: each unit is in one place, and fulfillments, parcels and returns say the same of it.
enum LineBook {
    static func examine(_ order: Order, in examination: inout Examination) {
        for line in order.lines { examine(line, of: order, in: &examination) }
        for fulfillment in order.fulfillments { examine(fulfillment, of: order, in: &examination) }
    }

    private static func examine(_ line: OrderLine, of order: Order, in examination: inout Examination) {
        let subject = OrderLineID(order.id, line.number).description
        examination.compare(
            .lines, subject, "ordered", expected: line.cancelled + line.backordered + line.allocated + line.shipped,
            found: line.ordered, "ordered = cancelled + backordered + allocated + shipped.")
        let held = units(of: line, in: order) { $0.holdsStock }
        examination.compare(
            .lines, subject, "allocated", expected: held, found: line.allocated,
            "Allocated units are those of the order's unfinished fulfillments.")
        let sent = units(of: line, in: order) { $0.hasLeft }
        examination.compare(
            .lines, subject, "shipped", expected: sent, found: line.shipped,
            "Shipped units are those of the order's shipped, delivered and collected fulfillments.")
        examineClosed(line, of: order, subject, in: &examination)
    }

    private static func examineClosed(
        _ line: OrderLine, of order: Order, _ subject: String, in examination: inout Examination
    ) {
        examination.compare(
            .lines, subject, "closed", expected: order.closedUnits(line.number), found: line.closed,
            "Closed units were delivered, collected, returned, lost or sent back.")
    }

    private static func units(
        of line: OrderLine, in order: Order, where holds: (Fulfillment.State) -> Bool
    ) -> Int64 {
        order.fulfillments.reduce(0) { sum, fulfillment in
            guard holds(fulfillment.state) else { return sum }
            return fulfillment.lines.reduce(sum) { $1.line == line.number ? $0 &+ $1.quantity : $0 }
        }
    }

    private static func examine(_ fulfillment: Fulfillment, of order: Order, in examination: inout Examination) {
        let subject = FulfillmentID(order.id, fulfillment.number).description
        if fulfillment.lines.isEmpty {
            examination.finding(.lines, subject, "units", "none", "A fulfillment is of some units.")
        }
        for line in fulfillment.lines where order.line(line.line) == nil {
            examination.finding(
                .lines, subject, "lines of the order", "line \(line.line)",
                "A fulfillment's units belong to the order's lines.")
        }
        let parcels = order.boxes(of: fulfillment.number)
        switch fulfillment.state {
        case .packed, .shipped, .delivered:
            if fulfillment.method == .ship || !parcels.isEmpty {
                examineCoverage(fulfillment, parcels, subject, in: &examination)
            }
        case .open, .released, .accepted, .picking, .ready, .collected, .expired, .rejected, .cancelled: break
        }
        for parcel in parcels where parcel.state.isSent {
            examination.compare(
                .lines, ParcelID(order.id, parcel.number).description, "state",
                expected: parcel.news.state.rawValue, found: parcel.state.rawValue,
                "A parcel that was sent is where all that was told of it says.")
        }
        for parcel in parcels where !parcel.state.fits(fulfillment.state) {
            examination.finding(
                .lines, ParcelID(order.id, parcel.number).description,
                "a parcel of a \(fulfillment.state.rawValue) fulfillment", parcel.state.rawValue,
                "A parcel is with the courier, or its customer, once its fulfillment is, not before.")
        }
    }

    private static func examineCoverage(
        _ fulfillment: Fulfillment, _ parcels: [Parcel], _ subject: String, in examination: inout Examination
    ) {
        for line in fulfillment.lines {
            examination.compare(
                .lines, subject, "line \(line.line) in parcels", expected: line.quantity,
                found: parcels.reduce(0) { $0 &+ $1.units(of: line.line) }, "Parcels hold exactly the units packed.")
        }
        let extra = parcels.flatMap(\.lines).first { line in !fulfillment.lines.contains { $0.line == line.line } }
        guard let extra else { return }
        examination.finding(
            .lines, subject, "parcels of its own lines", "line \(extra.line)", "Parcels hold exactly the units packed.")
    }
}

/// The returns: what lines say of returned units is what returns received.
enum ReturnBook {
    static func examine(_ order: Order, in examination: inout Examination) {
        for line in order.lines {
            let received = order.returns.reduce(Int64(0)) { sum, entry in
                entry.lines.reduce(sum) { $1.line == line.number ? $0 &+ $1.received : $0 }
            }
            examination.compare(
                .lines, OrderLineID(order.id, line.number).description, "returned", expected: received,
                found: line.returned, "Returned units are those that returns received.")
            guard order.unitsHere(line) > line.shipped else { continue }
            examination.finding(
                .lines, OrderLineID(order.id, line.number).description, "at most \(line.shipped) here",
                "\(order.unitsHere(line))", "Of a line no more units come back or are handed in than have left.")
        }
        for entry in order.returns { examine(entry, of: order, in: &examination) }
        for parcel in order.parcels where parcel.state.isSent {
            let awaited = order.returns.filter { $0.terms.parcel == parcel.number && $0.state == .inTransit }.count
            guard awaited > (parcel.state == .returnedToSender ? 1 : 0) else { continue }
            examination.finding(
                .lines, ParcelID(order.id, parcel.number).description, "nothing expected back", "\(awaited) returns",
                "A parcel is expected back once, and while it comes back.")
        }
    }

    private static func examine(_ entry: Return, of order: Order, in examination: inout Examination) {
        let subject = ReturnID(order.id, entry.number).description
        for line in entry.lines where order.line(line.line) == nil {
            examination.finding(
                .lines, subject, "lines of the order", "line \(line.line)",
                "A return's units belong to the order's lines.")
        }
        examineWorth(entry, subject, in: &examination)
        let waits = entry.lines.contains { $0.toInspect != 0 }
        let received = entry.lines.contains { $0.received > 0 }
        if entry.lines.contains(where: { $0.expected < 0 || $0.credited > $0.received }) {
            examination.finding(
                .lines, subject, "announced at least what came or was given up", "more",
                "A return's units are announced, and then received or missing; none is credited before it came.")
        }
        let undelivered = entry.undelivered
        if entry.terms.lost.contains(where: { $0.value < 0 || $0.value > undelivered[$0.key] ?? 0 }) {
            examination.finding(
                .lines, subject, "settled no more than its courier did not bring", "more",
                "Of what does not come back, no more is settled than a courier was to bring.")
        }
        switch entry.state {
        case .inspected, .settled:
            if waits || entry.lines.contains(where: { $0.toInspect < 0 }) {
                examination.finding(
                    .lines, subject, "nothing left to inspect", "units without a disposition",
                    "An inspected return has judged every unit received.")
            }
        case .requested, .approved, .inTransit, .rejected, .expired:
            if received {
                examination.finding(
                    .lines, subject, "no unit received", "units received",
                    "A return that is \(entry.state.rawValue) has received nothing.")
            }
        case .received: break
        }
    }

    /// What is kept of a return follows from its terms and from what its goods are worth.
    private static func examineWorth(_ entry: Return, _ subject: String, in examination: inout Examination) {
        let liable = entry.lines.reduce(Int64(0)) { entry.terms.freeLines.contains($1.line) ? $0 : $0 &+ $1.worth }
        examination.compare(
            .money, subject, "fee", expected: entry.terms.fee(ofGoodsWorth: liable), found: entry.terms.feeTaken,
            "What is kept of a return is its fee, of the goods that are credited.")
    }
}

extension Parcel {
    func units(of line: Int) -> Int64 { lines.reduce(0) { $1.line == line ? $0 &+ $1.quantity : $0 } }
}

extension Parcel.State {
    /// Whether a parcel with units in it may be in this state while its fulfillment is in another.
    func fits(_ fulfillment: Fulfillment.State) -> Bool {
        switch fulfillment {
        case .shipped: self != .packed && self != .labelled
        case .delivered: isFinal
        case .packed, .ready, .expired, .cancelled: self == .packed || self == .labelled
        // Over the counter; before parcels told so, they stayed packed.
        case .collected: self == .delivered || self == .packed
        case .open, .released, .accepted, .picking, .rejected: false
        }
    }
}
