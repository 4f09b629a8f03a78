/// Units whose worth somebody gave back by hand: a loss, a return or a cancellation of the same units pays for them no
/// second time.
///
/// Nobody says which of a line's units a refund by hand was for. They are taken to be those that are lost, come back,
/// or are given up, next; who knows better names an amount.
extension Order {
    /// Units of a line that were refunded by hand and that no loss, return or cancellation has used up since.
    func unitsRefundedByHand(_ line: Int) -> Int64 {
        max(0, unitsGivenByHand(line) - unitsCovered(line))
    }

    /// Units of a line that were refunded by hand, or took the place of such.
    func unitsGivenByHand(_ line: Int) -> Int64 {
        memos.reduce(creditTakenOver[line]?.units ?? 0) { sum, memo in
            memo.kind == .refund ? memo.lines.reduce(sum) { $1.line == line ? $0 + $1.units : $0 } : sum
        }
    }

    /// Of those, what losses, returns and cancellations were paid by, and what others took the place of.
    func unitsCovered(_ line: Int) -> Int64 {
        let gone = (refundedCancelled[line]?.units ?? 0) + unitsTakenOver(from: line)
        let lost = parcels.reduce(gone) { $0 + ($1.claim?.covered[line] ?? 0) }
        return returns.reduce(lost) { $0 + ($1.terms.covered[line] ?? 0) }
    }

    /// Of units, by line, those whose worth was given back by hand already.
    func covered(_ units: [Int: Int64]) -> [Int: Int64] {
        var covered: [Int: Int64] = [:]
        for (line, count) in units {
            let known = min(count, unitsRefundedByHand(line))
            if known > 0 { covered[line] = known }
        }
        return covered
    }
}

extension [Int: Int64] {
    /// Units less some of them.
    func without(_ others: [Int: Int64]) -> [Int: Int64] {
        var rest: [Int: Int64] = [:]
        for (line, count) in self {
            let left = count - (others[line] ?? 0)
            if left > 0 { rest[line] = left }
        }
        return rest
    }

    /// A member of what is stored, where there are any: units by line.
    func store(in json: inout JSONWriter, as name: StaticString = "covered") {
        guard !isEmpty else { return }
        json.array(name) { list in
            for (line, count) in sorted(by: { $0.key < $1.key }) {
                list.array {
                    $0.value(line)
                    $0.value(count)
                }
            }
        }
    }

    init(covered json: JSON, as name: String = "covered") {
        self.init()
        for pair in json[name]?.array ?? [] {
            guard let pair = pair.array, pair.count == 2, let line = pair[0].integer, let count = pair[1].integer
            else { continue }
            self[Int(line)] = count
        }
    }

    /// A member of answers: units by line; those that were paid for by hand before, where nothing else is said.
    func write(to json: inout JSONWriter, of order: OrderID, as name: StaticString = "already_refunded") {
        json.array(name) { list in
            for (line, count) in sorted(by: { $0.key < $1.key }) {
                list.object {
                    $0.member("line", OrderLineID(order, line).description)
                    $0.member("quantity", count)
                }
            }
        }
    }
}
