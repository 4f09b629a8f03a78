/// How far the work on units is, as sentences for people say it.
extension Fulfillment {
    /// What so many of its units are doing, behind their number or a word for them: `have been packed at LONDON since
    /// …`.
    ///
    /// - Parameter isLabelled: Whether the label is what counts.
    func standing(of units: Int64, isLabelled: Bool = false) -> String {
        let (have, were) = units == 1 ? ("has", "was") : ("have", "were")
        if isLabelled { return "\(have) been labelled at \(location) since \(updatedAt)" }
        switch state {
        case .open: return "\(have) waited at \(location) to be released since \(updatedAt)"
        case .released: return "\(were) released to \(location) at \(updatedAt)"
        case .accepted: return "\(were) accepted by \(location) at \(updatedAt)"
        case .picking: return "\(have) been in picking at \(location) since \(updatedAt)"
        case .packed: return "\(have) been packed at \(location) since \(updatedAt)"
        case .ready: return "\(have) been ready to collect at \(location) since \(updatedAt)"
        case .shipped: return "left \(location) at \(updatedAt)"
        case .delivered: return "\(were) delivered from \(location) at \(updatedAt)"
        case .collected: return "\(were) collected at \(location) at \(updatedAt)"
        case .expired: return "\(were) not collected at \(location) by \(updatedAt)"
        case .rejected: return "\(were) rejected by \(location) at \(updatedAt)"
        case .cancelled: return "\(were) cancelled at \(location) at \(updatedAt)"
        }
    }
}

extension Fulfillment.State {
    /// What ends that which is possible up to this state: behind `until`, of units.
    ///
    /// - Parameter isOver: Whether that has happened; else it is still to come.
    func end(of method: Fulfillment.Method, isOver: Bool) -> String {
        switch self {
        case .open: isOver ? "they were released" : "they are released"
        case .released: isOver ? "they were accepted" : "they are accepted"
        case .accepted: isOver ? "their picking began" : "their picking begins"
        case .picking: isOver ? "they were packed" : "they are packed"
        case .packed where method == .pickup: isOver ? "they were ready to collect" : "they are ready to collect"
        case .ready where method == .pickup: isOver ? "they were collected" : "they are collected"
        case .packed, .ready, .shipped, .delivered, .collected, .expired, .rejected, .cancelled:
            isOver ? "they left" : "they leave"
        }
    }
}

extension ChannelPolicy {
    /// Until when units of a method may be cancelled, by the last state that a policy names.
    public static func endOfCancelling(_ last: String, of method: Fulfillment.Method, isOver: Bool) -> String {
        (Fulfillment.State(rawValue: last) ?? .ready).end(of: method, isOver: isOver)
    }
}
