/// The rest of a return comes to another counter than its first units did.
extension Order {
    /// Makes what comes to another counter a return of its own, by the same terms; with the first one it does not come
    /// any more, which waits for the rest of its units, if there are any.
    ///
    /// - Returns: Its place; nil for what comes to where the first units came, and for what is to be received with
    ///   those: what a courier brings, and what is exchanged, is paid for by all that comes.
    mutating func rest(
        of index: Int, cameTo location: String, _ received: [ReceiveReturn.Line], in work: inout Work
    ) throws -> Int? {
        let first = returns[index]
        guard let known = first.standsAt, known != location, first.state == .received, first.terms.parcel == nil,
            first.terms.successor == nil
        else { return nil }
        var lines: [Return.Line] = []
        for entry in received {
            guard entry.line.order == id, let place = first.lines.firstIndex(where: { $0.line == entry.line.number })
            else { continue }
            let count = min(entry.quantity, returns[index].lines[place].expected)
            guard count > 0 else { continue }
            returns[index].lines[place].missing += count
            lines.append(
                Return.Line(line: entry.line.number, quantity: count, reason: returns[index].lines[place].reason))
        }
        guard !lines.isEmpty else { return nil }
        var part = Return(
            number: returns.count + 1, method: first.method, location: location, lines: lines, at: work.now)
        part.terms = first.terms.ofPart
        part.note = "The rest of \(first.reference(in: self)), which came to \(known)."
        let place = returns.count
        returns.append(part)
        record(.returnRequested, part, in: &work)
        if part.method == .byPost {
            try returns[place].apply(.approve, at: work.now)
            record(.returnApproved, returns[place], in: &work)
        }
        // What is not waited for any more ends the first one.
        returns[index].updatedAt = work.now
        record(.returnWaitingEnded, returns[index], in: &work)
        if !returns[index].isWaiting { try goOn(withReturn: index, in: &work) }
        return place
    }
}

extension ReturnTerms {
    /// The same for some of the units: what is kept of their money once is kept of the first.
    fileprivate var ofPart: Self {
        var terms = ReturnTerms()
        (terms.policyVersion, terms.postage, terms.freeLines) = (policyVersion, postage, freeLines)
        terms.feePercent = feePercent
        (terms.refundAt, terms.refundTo, terms.isRefundFixed) = (refundAt, refundTo, isRefundFixed)
        return terms
    }
}
