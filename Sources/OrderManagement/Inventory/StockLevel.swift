/// The running sums of one SKU at one location, in whole units.
public struct StockLevel: Hashable, Sendable {
    public let sku: String
    public let location: String
    public var available: Int64 = 0
    public var reserved: Int64 = 0
    public var allocated: Int64 = 0
    public var quarantined: Int64 = 0
    /// Of the quarantined, those of returns that nobody has judged: they leave by their return, never by a movement.
    public var uninspected: Int64 = 0
    public var inbound: Int64 = 0
    public var inTransit: Int64 = 0
    /// Units promised that a count did not find; opens an exception, falls as promises are resolved.
    public var shortage: Int64 = 0
    /// Units kept back from every promise.
    public var safety: Int64 = 0
    /// The newest ledger entry of this level; 0 for none. Also its version.
    public var lastMovement: Int64 = 0

    public init(sku: String, location: String) {
        self.sku = sku
        self.location = location
    }

    public var onHand: Int64 { available + reserved + allocated + quarantined }
    /// Quarantined units that movements may take.
    public var judged: Int64 { quarantined - uninspected }
    /// Available to promise.
    public var promisable: Int64 { max(0, available - safety) }

    public subscript(bucket: Bucket) -> Int64 {
        get {
            switch bucket {
            case .inbound: inbound
            case .inTransit: inTransit
            case .available: available
            case .reserved: reserved
            case .allocated: allocated
            case .quarantined: quarantined
            case .outside: 0
            }
        }
        set {
            switch bucket {
            case .inbound: inbound = newValue
            case .inTransit: inTransit = newValue
            case .available: available = newValue
            case .reserved: reserved = newValue
            case .allocated: allocated = newValue
            case .quarantined: quarantined = newValue
            case .outside: break
            }
        }
    }

    /// Moves units between buckets.
    ///
    /// Only a count may find less than was promised: it raises `shortage`. Units that come back to `available` pay the
    /// shortage first.
    /// - Throws: `BrokenInvariant` when the source bucket does not hold them.
    mutating func apply(_ movement: StockMovement) throws(BrokenInvariant) {
        let (source, target) = movement.reason.path
        if source != .outside {
            let left = self[source] - movement.quantity
            guard left >= 0 || movement.reason == .countDown else {
                throw BrokenInvariant(
                    "\(movement.reason.name) of \(movement.quantity) × \(sku) at \(location): "
                        + "\(source.rawValue) is \(self[source])"
                )
            }
            self[source] = left
        }
        if target != .outside { self[target] += movement.quantity }
        shortage = max(0, -available)
    }
}
