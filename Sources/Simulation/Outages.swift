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
