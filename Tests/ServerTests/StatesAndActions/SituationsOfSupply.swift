import Foundation
import OrderManagement
import TestSupport

/// Stock that is on its way: transfers and inbound supply.
extension Situations {
    private static func transfer(_ steps: @escaping @Sendable (TestSystem, TransferID) throws -> Void) -> Recipe {
        { shop in
            let reply = try shop.perform(
                PlanTransfer(from: "LONDON", to: "YORK", lines: [SKUQuantity(sku: "TEE-M", quantity: 2)]))
            guard let id = TransferID(try id(reply)) else { return Situation() }
            try steps(shop, id)
            return Situation(transfer: id)
        }
    }

    static let transfers: [String: Recipe] = [
        "transfer planned": transfer { _, _ in },
        "transfer cancelled": transfer { try $0.perform(CancelTransfer(transfer: $1)) },
        "transfer sent": transfer { try $0.perform(SendTransfer(transfer: $1)) },
        "transfer arrived": transfer { shop, id in
            try shop.perform(SendTransfer(transfer: id))
            try shop.perform(ReceiveTransfer(transfer: id))
        },
        "transfer short": transfer { shop, id in
            try shop.perform(SendTransfer(transfer: id))
            try shop.perform(ReceiveTransfer(transfer: id, lines: [], isShort: true))
        },
    ]

    private static func inbound(_ steps: @escaping @Sendable (TestSystem, InboundID) throws -> Void) -> Recipe {
        { shop in
            let reply = try shop.perform(
                ExpectInbound(
                    location: "LONDON", reference: "PO " + UUID().uuidString, due: shop.now + .days(7),
                    lines: [SKUQuantity(sku: "TEE-M", quantity: 3)]))
            guard let id = InboundID(try id(reply)) else { return Situation() }
            try steps(shop, id)
            return Situation(inbound: id)
        }
    }

    static let inbounds: [String: Recipe] = [
        "inbound expected": inbound { _, _ in },
        "inbound expected, received in part": inbound {
            try $0.perform(ReceiveInbound(inbound: $1, lines: [SKUQuantity(sku: "TEE-M", quantity: 1)]))
        },
        "inbound received": inbound { try $0.perform(ReceiveInbound(inbound: $1)) },
        "inbound short": inbound { try $0.perform(CloseInbound(inbound: $1, isCancellation: false)) },
        "inbound cancelled": inbound { try $0.perform(CloseInbound(inbound: $1, isCancellation: true)) },
    ]
}
