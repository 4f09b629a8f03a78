import OrderManagement

/// What passes by itself: those outside are away for a while, and what was kept is forgotten in the end.
extension Company {
    enum Outside: CaseIterable { case provider, mail, courier }

    /// Somebody outside is not there for a while: calls are in vain, and people are told.
    mutating func haveSomebodyLeave() {
        if away == nil {
            if chance.chance(4) { away = chance.one(of: Outside.allCases) }
        } else if chance.chance(6) {
            away = nil
        }
        provider.beAway(away == .provider)
        mail.beAway(away == .mail)
        courier.beAway(away == .courier)
    }

    /// Somebody's hand in the books: the doctor tells a person, and takes that back once it is undone.
    mutating func haveSomebodyMeddle() throws {
        let found = try waybill.readNow { try StockReading.levels(after: ("", ""), at: nil, limit: 1, in: $0) }
        guard let level = found.levels.first else { return }
        for (units, isWrong) in [(Int64(1), true), (-1, false)] {
            try database.write { db in
                try db.change(Self.meddling, [[.integer(units), .text(level.sku), .text(level.location)]])
            }
            try counting { waybill in _ = try OwnThread.run { try await TellContradictions.examine(waybill) } }
            let isTold = try waybill.readNow(TellContradictions.isOpen)
            guard isTold == isWrong else {
                throw Contradiction(
                    law: "the_doctor_tells",
                    explanation: "the books \(isWrong ? "are wrong" : "hold"), and people are told otherwise")
            }
        }
    }

    private static let meddling = Statement(
        "UPDATE stock_levels SET available = available + #units WHERE sku = :sku AND location = :location")

    /// When what was answered is old enough it is forgotten, and who did not sign out; nothing else is touched by that.
    mutating func forget() throws {
        clock.advance(by: (IdempotencyKey.keptFor.count + 1) * 1_000)
        let before = try waybill.readNow(Invariants.digest)
        try counting { waybill in
            try OwnThread.run {
                _ = try await waybill.forgetOldReplies()
                try await waybill.forgetExpiredSessions()
            }
        }
        let (after, kept) = try waybill.readNow { (try Invariants.digest(in: $0), try Invariants.keptReplies(in: $0)) }
        guard before == after, kept == 0 else {
            throw Contradiction(
                law: "old_answers_are_forgotten", explanation: "\(kept) are kept; \(before) became \(after)")
        }
    }
}
