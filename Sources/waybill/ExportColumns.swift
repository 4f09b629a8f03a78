import OrderManagement

/// The columns of each export; money as decimal text beside its currency, times in UTC.
extension ExportCommand.Subject {
    var headings: [String] {
        switch self {
        case .orders:
            [
                "id", "number", "channel", "external_id", "status", "fulfillment_status", "payment_status",
                "return_status", "stage", "on_hold", "currency", "total", "due", "lines", "units", "locations",
                "customer_name", "customer_email", "placed_at", "updated_at", "version",
            ]
        case .stock:
            [
                "sku", "location", "on_hand", "available", "reserved", "allocated", "quarantined", "inbound",
                "in_transit", "shortage", "safety_stock",
            ]
        case .events: ["position", "id", "type", "order", "sequence", "at", "principal", "data"]
        case .refunds:
            [
                "order", "order_number", "channel", "refund", "payment", "provider", "status", "currency", "amount",
                "reason", "subject", "provider_reference", "paid_to", "at",
            ]
        }
    }
}

extension OrderSummary {
    var cells: [String] {
        [
            id.description, number, channel, externalID ?? "", status, fulfillmentStatus, paymentStatus, returnStatus,
            stage ?? "", isOnHold ? "true" : "false", total.currency.code, total.decimalText, due.decimalText,
            "\(lines)", "\(units)", locations.joined(separator: " "), customer.name, customer.email ?? "",
            "\(placedAt)", "\(updatedAt)", "\(version)",
        ]
    }
}

extension StockLevel {
    var cells: [String] {
        [
            sku, location, "\(onHand)", "\(available)", "\(reserved)", "\(allocated)", "\(quarantined)",
            "\(inbound)", "\(inTransit)", "\(shortage)", "\(safety)",
        ]
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("location", location)
            $0.member("on_hand", onHand)
            $0.member("available", available)
            $0.member("reserved", reserved)
            $0.member("allocated", allocated)
            $0.member("quarantined", quarantined)
            $0.member("inbound", inbound)
            $0.member("in_transit", inTransit)
            $0.member("shortage", shortage)
            $0.member("safety_stock", safety)
        }
    }
}

extension Event {
    var cells: [String] {
        [
            "\(position)", id, type, order?.description ?? "", sequence.map { "\($0)" } ?? "", "\(at)", principal, data,
        ]
    }
}

extension RefundReading.Entry {
    var cells: [String] {
        [
            order.description, orderNumber, channel, "\(number)", payment.description, provider, state,
            amount.currency.code, amount.decimalText, reason, subject ?? "",
            providerReference ?? "", paidTo ?? "", "\(at)",
        ]
    }
}
