/// What moments may be that requests name: a plan lies ahead and not absurdly far, a fact does not lie ahead.
extension Timestamp {
    /// Nobody plans further ahead than this: about five years.
    static let horizon = Seconds.days(1_830)

    /// What is wrong with the moment of something that is to come; nil when nothing is.
    ///
    /// - Parameter mayBeOver: Whether what should have come already may still be announced.
    func objectionToPlan(at pointer: String, now: Timestamp, mayBeOver: Bool = false) -> Refusal.Detail? {
        if !mayBeOver, self <= now {
            return .init(pointer, .invalidInput, "\(self) is over: it is \(now) now, name a later time")
        }
        guard self > now + Self.horizon else { return nil }
        return .init(
            pointer, .invalidInput, "\(self) is too far ahead: nothing is planned beyond \(now + Self.horizon)")
    }

    /// What is wrong with the moment of something that has happened; nil when nothing is.
    ///
    /// - Parameter skew: How far the clock of whoever tells may be ahead of ours.
    func objectionToFact(at pointer: String, now: Timestamp, skew: Seconds) -> Refusal.Detail? {
        guard self > now + skew else { return nil }
        return .init(pointer, .invalidInput, "\(self) lies in the future: it is \(now)")
    }
}
