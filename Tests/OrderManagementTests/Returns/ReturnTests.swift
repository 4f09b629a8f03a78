import OrderManagement
import TestSupport
import Testing

/// `domain.md`, States: every state with every action; `-` is refused. Units that come one after the other are received
/// until all are here.
private let states = TextTable(
    """
    state      | approve  | reject   | expire  | send       | receive  | inspect   | settle
    requested  | approved | rejected | -       | -          | -        | -         | -
    approved   | -        | -        | expired | in_transit | received | -         | -
    in_transit | -        | -        | expired | -          | received | -         | -
    received   | -        | -        | -       | -          | received | inspected | -
    inspected  | -        | -        | -       | -          | -        | -         | settled
    settled    | -        | -        | -       | -          | -        | -         | -
    rejected   | -        | -        | -       | -          | -        | -         | -
    expired    | -        | -        | -       | -          | -        | -         | -
    """)

@Suite("The lifecycle of a return")
struct ReturnTests {
    @Test("Each action leads where the table says, or is refused")
    func table() throws { try Return.State.expect(states) }

    /// A shop with a return of 2 units in a state.
    private func shop(in state: Return.State) async throws -> (TestSystem, ReturnID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 2, reason: .unwanted)]))
        let path: [Return.State] =
            switch state {
            case .rejected: [.rejected]
            case .inTransit: [.approved, .inTransit]
            case .expired: [.approved]
            case .requested, .approved, .received, .inspected, .settled: [.approved, .received, .inspected, .settled]
            }
        for step in path where try current(id.entry(1), shop) != state {
            try shop.perform(command(for: step, id.entry(1)))
        }
        if state == .expired {
            shop.advance(.days(30))
            try await shop.runDueJobs()
        }
        #expect(try current(id.entry(1), shop) == state)
        return (shop, id.entry(1))
    }

    private func current(_ id: ReturnID, _ shop: TestSystem) throws -> Return.State {
        try #require(try shop.order(id.order).returns.first { $0.number == id.number }).state
    }

    private func command(for state: Return.State, _ id: ReturnID) throws -> any Command {
        let line = id.order.line(1)
        switch state {
        case .approved: return ApproveReturn(id: id)
        case .rejected: return RejectReturn(id: id, note: "worn")
        case .received:
            return ReceiveReturn(
                id: id, location: "LONDON", lines: [.init(line: line, quantity: 2)], isMoreThanAnnounced: true)
        case .inspected:
            return InspectReturn(id: id, lines: [.init(line: line, quantity: 2, disposition: .restock)])
        case .settled: return SettleReturn(id: id, refund: .source)
        case .inTransit: return SendReturn(id: id, courier: "post", tracking: "R-1")
        case .requested, .expired: throw Refusal(.illegalTransition, "no call leads to \(state)")
        }
    }

    @Test(
        "Each call does what the table says, or is refused and changes nothing",
        arguments: Return.State.allCases)
    func calls(state: Return.State) async throws {
        let row = try #require(states.rows.first { $0["state"] == state.rawValue })
        let actions: [(Return.State.Action, Return.State)] = [
            (.approve, .approved), (.reject, .rejected), (.send, .inTransit), (.receive, .received),
            (.inspect, .inspected), (.settle, .settled),
        ]
        for (action, target) in actions {
            let (shop, id) = try await shop(in: state)
            let command = try command(for: target, id)
            guard let next = Return.State(rawValue: row[action.rawValue]) else {
                try expectRefusal(.illegalTransition, of: command, in: shop)
                continue
            }
            try shop.perform(command)
            #expect(try current(id, shop) == next)
            try shop.expectClean()
        }
    }
}
