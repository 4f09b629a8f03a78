public import OrderManagement

extension PlaceOrder {
    /// An order as `POST /v1/orders` takes it, from wherever it comes: a file, a queue.
    ///
    /// - Throws: `Refusal` with all that is wrong, each with its pointer.
    public init(body: JSON) throws(Refusal) {
        let problems = BodyProblems()
        let command = problems.object(body) { $0.newOrder() }
        try problems.check()
        guard let command else { throw Refusal(.invalidInput, "an order is an object") }
        self = command
    }
}
