import TestSupport
import Testing

@testable import OrderManagement

extension ExceptionScene {
    /// London is to bring what York lacks.
    static func brought(_ name: String, isSent: Bool) -> ExceptionScene {
        .init(.transferOverdue, name) { shop in
            let policy = ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true))
            let id = try shop.order("2 × CAP at 5.00 GBP, pickup at YORK", by: policy)
            let transfer = try shop.order(id).fulfillments[0].transfer
            if isSent { try shop.perform(SendTransfer(transfer: try #require(transfer))) }
            shop.advance(.days(9))
        }
    }
}
