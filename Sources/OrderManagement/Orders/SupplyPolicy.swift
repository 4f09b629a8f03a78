/// What a channel does about units that are not simply there.
public struct SupplyPolicy: Hashable, Sendable {
    /// Whether the units that are there go out at once, or wait until the order is complete.
    public enum BackorderRelease: String, CaseIterable, Sendable { case available, complete }

    /// What becomes of goods that were not collected in time: back to stock and paid back, or a person decides.
    public enum Uncollected: String, CaseIterable, Sendable { case expire, ask }

    /// Whether a pickup that its store cannot fill is filled from another location, by transfer.
    public var pickupByTransfer: Bool
    /// Days from the sender's cut-off until the goods are at the store.
    public var transferDays: Int64
    public var backorderRelease: BackorderRelease
    /// Days before goods that are ready go back to stock, when the reminder is told as an event; 0 for none. Where the
    /// channel writes reminders, both come when its messages say.
    public var reminderDays: Int64
    public var uncollected: Uncollected = .expire

    /// Units of an item that may wait on this channel before the item may leave; nil for as many as are to come.
    public var preorderLimit: Int64?

    public init(
        pickupByTransfer: Bool = false, transferDays: Int64 = 2, backorderRelease: BackorderRelease = .available,
        reminderDays: Int64 = 2
    ) {
        self.pickupByTransfer = pickupByTransfer
        self.transferDays = transferDays
        self.backorderRelease = backorderRelease
        self.reminderDays = reminderDays
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("pickup_by_transfer", pickupByTransfer)
            $0.member("transfer_days", transferDays)
            $0.member("backorder_release", backorderRelease.rawValue)
            $0.member("reminder_days", reminderDays)
            $0.member("uncollected", uncollected.rawValue)
            $0.member("preorder_limit", preorderLimit)
        }
    }

    /// As stored; what an older version did not know has its default.
    init(stored json: JSON?) {
        self.init()
        pickupByTransfer = json?["pickup_by_transfer"]?.bool ?? pickupByTransfer
        transferDays = json?["transfer_days"]?.integer ?? transferDays
        let release = json?["backorder_release"]?.string.flatMap { BackorderRelease(rawValue: $0) }
        backorderRelease = release ?? backorderRelease
        reminderDays = json?["reminder_days"]?.integer ?? reminderDays
        uncollected = json?["uncollected"]?.string.flatMap { Uncollected(rawValue: $0) } ?? uncollected
        preorderLimit = json?["preorder_limit"]?.integer
    }
}
