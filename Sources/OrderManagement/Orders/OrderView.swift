/// An order as callers see it: one JSON document, the same in replies, reads and the event of its placing.
extension Order {
    public func write(to json: inout JSONWriter) {
        let status = OrderStatus(of: self)
        json.object {
            $0.member("id", id)
            $0.member("number", number)
            $0.member("channel", channel)
            $0.member("external_id", externalID)
            $0.member("version", version)
            if revision > 1 { $0.member("revision", revision) }
            $0.member("status", status.overall.rawValue)
            $0.member("stage", stage)
            $0.member("on_hold", isOnHold)
            $0.member("payment_status", status.payment.rawValue)
            $0.member("fulfillment_status", status.fulfillment.rawValue)
            $0.member("return_status", status.returns.rawValue)
            $0.member("placed_at", placedAt)
            $0.member("updated_at", updatedAt)
            $0.member("placed_by", placedBy)
            if let origin {
                $0.name(origin.kind.rawValue)
                origin.write(to: &$0, originState ?? origin.state, in: currency)
            }
            writeParties(to: &$0)
            $0.array("lines") { list in for line in lines { line.write(to: &list, of: self) } }
            writeMoney(to: &$0)
            $0.array("stages") { list in for gate in gates { gate.write(to: &list, of: self) } }
            $0.array("holds") { list in for hold in holds { hold.write(to: &list, of: self) } }
            $0.array("notes") { list in for note in notes { note.write(to: &list) } }
            $0.array("fulfillments") { list in
                for fulfillment in fulfillments { fulfillment.write(to: &list, of: self) }
            }
            $0.array("payments") { list in for payment in payments { payment.write(to: &list, of: self) } }
            $0.array("credit_memos") { list in for memo in memos { memo.write(to: &list, of: self) } }
            $0.array("returns") { list in for entry in returns { entry.write(to: &list, of: self) } }
        }
    }

    /// The document as text.
    public var view: String {
        var json = JSONWriter(reservingCapacity: 2048 + 640 * lines.count)
        write(to: &json)
        return json.text
    }

    private func writeParties(to json: inout JSONWriter) {
        json.name("customer")
        customer.write(to: &json)
        json.name("delivery")
        delivery.write(to: &json)
    }

    private func writeMoney(to json: inout JSONWriter) {
        json.member("prices_include_tax", pricesIncludeTax)
        json.member("shipping", Money(shipping, currency))
        json.member("shipping_tax", Money(shippingTax, currency))
        if shippingWaived != 0 { json.member("shipping_waived", Money(shippingWaived, currency)) }
        json.array("fees") { list in
            for fee in fees {
                list.object {
                    $0.member("code", fee.code)
                    $0.member("amount", Money(fee.amount, currency))
                    $0.member("tax", Money(fee.tax, currency))
                }
            }
        }
        json.array("discounts") { list in
            for discount in discounts {
                list.object {
                    $0.member("code", discount.code)
                    $0.member("amount", Money(discount.amount, currency))
                }
            }
        }
        json.member("total", Money(total, currency))
        json.member("due", Money(due, currency))
        json.array("cancellation_fees") { list in for fee in cancellationFees { fee.write(to: &list, of: self) } }
        json.member("authorized", Money(authorized, currency))
        json.member("captured", Money(captured, currency))
        json.member("voided", Money(voided, currency))
        json.member("refunded", Money(refunded, currency))
        if writtenOff != 0 { json.member("written_off", Money(writtenOff, currency)) }
    }
}

extension Order.Hold {
    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", HoldID(order.id, number).description)
            $0.member("reason", reason)
            $0.member("note", note)
            $0.array("lines") { list in for line in lines { list.value(OrderLineID(order.id, line).description) } }
            $0.member("by", by)
            $0.member("at", at)
            $0.member("owner", owner)
            $0.member("until", until)
            $0.member("review_by", stands ? reviewBy : nil)
            $0.member("lifted_at", liftedAt)
            $0.member("lifted_by", liftedBy)
        }
    }
}

extension Order.Note {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("text", text)
            $0.member("by", by)
            $0.member("at", at)
        }
    }
}
