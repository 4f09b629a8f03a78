/// What a channel does about units that are not simply there.
public struct SupplyPolicy: Hashable, Sendable {
    /// Whether a pickup that its store cannot fill is filled from another location, by transfer.
    public var pickupByTransfer: Bool
    /// Days from the sender's cut-off until the goods are at the store.
    public var transferDays: Int64

    public init(pickupByTransfer: Bool = false, transferDays: Int64 = 2) {
        self.pickupByTransfer = pickupByTransfer
        self.transferDays = transferDays
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("pickup_by_transfer", pickupByTransfer)
            $0.member("transfer_days", transferDays)
        }
    }

    /// As stored; what an older version did not know has its default.
    init(stored json: JSON?) {
        self.init()
        pickupByTransfer = json?["pickup_by_transfer"]?.bool ?? pickupByTransfer
        transferDays = json?["transfer_days"]?.integer ?? transferDays
    }
}
