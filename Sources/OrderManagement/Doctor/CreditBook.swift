/// The credit memos: each adds up, no part of an order is credited beyond its value, and refunds pay memos.
enum CreditBook {
    static func examine(_ order: Order, in examination: inout Examination) {
        for memo in order.memos { examine(memo, of: order, in: &examination) }
        examineClaims(of: order, in: &examination)
        examineParts(of: order, in: &examination)
        for effect in order.effects where effect.kind == .refund {
            guard !order.memos.contains(where: { $0.number == effect.memo }) else { continue }
            examination.finding(
                .money, "\(PaymentID(order.id, effect.payment)) effect \(effect.number)", "a credit memo", "none",
                "Every refund pays a credit memo.")
        }
        for entry in order.returns {
            let name = ReturnID(order.id, entry.number).description
            examination.compare(
                .money, name, "refunded",
                expected: order.memos.reduce(Int64(0)) { $1.subject == name ? $0 + $1.amount - $1.setOff : $0 },
                found: entry.refunded, "A return's refund is what its credit memos pay out.")
        }
    }

    /// What was given for a lost parcel.
    private static func examineClaims(of order: Order, in examination: inout Examination) {
        for parcel in order.parcels {
            let name = ParcelID(order.id, parcel.number).description
            examination.compare(
                .money, name, "refunded",
                expected: order.standingMemos.reduce(Int64(0)) {
                    $1.subject == name ? $0 + $1.amount - $1.setOff : $0
                },
                found: parcel.claim?.refunded ?? 0,
                "What was given for a lost parcel is what its credit memos pay out.")
            if let claim = parcel.claim, !claim.fits(parcel.state) {
                examination.finding(
                    .lines, name, "lost, found or on its way back", parcel.state.rawValue,
                    "Only a parcel that never came, or came after that, is settled by a claim.")
            }
        }
        for line in order.lines {
            let (given, covered) = (order.unitsGivenByHand(line.number), order.unitsCovered(line.number))
            let name = OrderLineID(order.id, line.number).description
            if covered > given {
                examination.finding(
                    .money, name, "at most \(given) units paid for by hand", "\(covered)",
                    "A loss, a return or a cancellation is paid for by a refund by hand once.")
            }
            let (most, found) = order.mostGiven(forCancelledOf: line)
            if found.units > most.units || found.amount > most.amount {
                examination.finding(
                    .money, name, "at most \(most.units) cancelled units, \(most.amount), given for before",
                    "\(found.units), \(found.amount)",
                    "What counts as given for cancelled units was given of their line before.")
            }
            examineTakenOver(by: line, of: order, in: &examination)
        }
    }

    /// What a line took over was given of the units that it took the place of.
    private static func examineTakenOver(by line: OrderLine, of order: Order, in examination: inout Examination) {
        guard let taken = order.creditTakenOver[line.number] else { return }
        let old = line.replaces.flatMap { order.line($0) }
        let most = old.map { order.mostGiven(forCancelledOf: $0).most.amount + taken.amount } ?? 0
        let worth = order.lineValues[line.number - 1]
        if taken.units > (old == nil ? 0 : line.ordered) || taken.amount > min(most, worth) {
            examination.finding(
                .money, OrderLineID(order.id, line.number).description,
                "at most \(min(most, worth)) taken over from another line", "\(taken.units) units, \(taken.amount)",
                "What a line takes over was given of the units that it took the place of.")
        }
    }

    private static func examine(_ memo: CreditMemo, of order: Order, in examination: inout Examination) {
        for line in memo.lines {
            examination.compare(
                .money, memo.name, "line \(line.line)",
                expected: line.goods - line.discount - line.orderDiscount + (order.pricesIncludeTax ? 0 : line.tax),
                found: line.amount, "A line's credit is its goods less discounts, plus tax where prices are net.")
        }
        examination.compare(
            .money, memo.name, "amount",
            expected: memo.lines.reduce(0) { $0 + $1.amount } + memo.shipping + memo.fees - memo.retained,
            found: memo.amount, "A credit memo is worth its lines, shipping and fees less what is kept back.")
        let paid = order.paid(of: memo)
        if paid.done + paid.pending > memo.amount - memo.setOff {
            examination.finding(
                .money, memo.name, "at most \(memo.amount - memo.setOff) paid", "\(paid.done + paid.pending) paid",
                "Refunds pay no more than their credit memo says.")
        }
    }

    private static func examineParts(of order: Order, in examination: inout Examination) {
        var credited: [Int: Int64] = [:]
        var (shipping, fees, retained) = (Int64(0), Int64(0), Int64(0))
        for (line, taken) in order.creditTakenOver { credited[line, default: 0] += taken.amount }
        for memo in order.standingMemos {
            for line in memo.lines { credited[line.line, default: 0] += line.amount }
            shipping += memo.shipping
            fees += memo.fees
            if memo.kind != .cancellation { retained += memo.retained }
        }
        let values = order.lineValues
        let parts =
            credited.keys.sorted().map { number in
                (OrderLineID(order.id, number).description, credited[number] ?? 0,
                    order.line(number) == nil ? 0 : values[number - 1])
            } + [
                ("\(order.number) shipping", shipping, order.shippingWithTax),
                ("\(order.number) fees", fees, order.feesWithTax),
            ]
        for (name, sum, worth) in parts where sum > worth {
            examination.finding(
                .money, name, "credited at most \(worth)", "credited \(sum)",
                "No part of an order is credited beyond its value.")
        }
        if retained < -order.feesOfCancelling {
            examination.finding(
                .money, order.number, "at most what was kept back given up",
                "\(-retained - order.feesOfCancelling) more", "No more is given up than was kept back.")
        }
    }
}

extension ParcelClaim {
    /// Whether a parcel in a state may be settled so.
    fileprivate func fits(_ state: Parcel.State) -> Bool {
        switch state {
        case .lost, .returnedToSender: true
        case .delivered: foundAt != nil
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: false
        }
    }
}
