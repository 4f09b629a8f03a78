/// What is told of an order's money and of units that wait.
extension Order {
    /// Tells of a payment that is authorized, or that the provider has not answered for yet.
    mutating func recordAuthorization(_ payment: Payment, in work: inout Work) {
        let id = PaymentID(self.id, payment.number)
        let amount = Money(payment.amount, currency)
        work.record(payment.state == .pending ? .paymentPending : .paymentAuthorized, on: &self) {
            $0.member("payment", id)
            $0.member("provider", payment.provider)
            $0.member("amount", amount)
        }
    }

    /// Tells of units that wait for stock, and gives them the time that the channel lets them wait.
    mutating func recordBackorder(in work: inout Work) {
        if backorderedSince == nil {
            backorderedSince = work.now
            if let days = work.configuration.channels[channel]?.policy.cancelling.unfillableDays {
                work.enqueue(.cancelUnfillable, of: id, due: work.now + .days(days))
            }
        }
        let snapshot = self
        work.record(.orderBackordered, on: &self) {
            $0.array("lines") { list in
                for line in snapshot.lines where line.backordered > 0 {
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, line.number).description)
                        $0.member("sku", line.sku)
                        $0.member("quantity", line.backordered)
                    }
                }
            }
            $0.member("expected_at", snapshot.waitsUntil)
        }
    }
}
