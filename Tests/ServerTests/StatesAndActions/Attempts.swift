import OrderManagement
import TestSupport

@testable import Server

/// One way to make a call: its body, and which actions of its thing's states that is.
struct Attempt: Sendable {
    let body: String?
    /// Any of these may be what it does; none for a call that moves nothing that has states.
    let actions: [String]
    /// What a call may answer beside moving its thing, where its states say that it cannot, or only in part.
    var leave: Set<Leave> = []

    enum Leave: Sendable {
        /// It moves a part of the thing: the state stays until all of it has moved.
        case stays
        /// The next move follows in the same commit.
        case goesOn(to: String)
        /// What was done already is answered again, and changes nothing.
        case again
        /// It is refused by another code than `illegal_transition`, which says as much.
        case otherCode(Refusal.Code)
        /// What was judged before is judged again, whatever the state.
        case lateWork
    }

    init(_ body: String?, _ actions: String..., leave: Set<Leave> = []) {
        self.body = body
        self.actions = actions
        self.leave = leave
    }
}

extension Attempt.Leave: Hashable {}

/// For each call on a thing that has states, bodies that make sense where the call is possible.
///
/// A call that is missing here fails the test of states and actions: a new endpoint comes with its bodies.
struct Attempts {
    let situation: Situation
    let now: Timestamp

    private var line: String { situation.order.map { OrderLineID($0, 1).description } ?? "lin_0000000000000-1" }
    private func unit(_ more: String = "") -> String { #"[{"line": "\#(line)", "quantity": 1\#(more)}]"# }
    private func pounds(_ amount: Int) -> String { #"{"amount": \#(amount), "currency": "GBP"}"# }
    private static let shirt = #""lines": [{"sku": "TEE-M", "quantity": 1}]"#

    /// - Returns: nil for a call that has none here.
    func of(_ endpoint: Endpoint) -> [Attempt]? {
        let action = endpoint.lastWord
        switch Noun(of: endpoint) {
        case .order where endpoint.method == .delete: return [Attempt(nil)]
        case .order: return onOrder(action)
        case .fulfillment: return onFulfillment(action)
        case .parcel: return onParcel(action)
        case .return: return onReturn(action)
        case .transfer: return onTransfer(action)
        case .inbound: return onInbound(action)
        case .exception: return onException(action)
        case .job: return action == "retries" ? [Attempt("{}", "retry")] : nil
        case .message: return action == "resendings" ? [Attempt("{}", "resend")] : nil
        case .hold: return action == "liftings" ? [Attempt("{}", "lift")] : nil
        case .memo: return action == "refunds" ? [Attempt("{}", "refund")] : nil
        case .reservation: return [Attempt(nil, "release", leave: [.again, .otherCode(.reservationEnded)])]
        case .amendment: return [action == "commitments" ? Attempt("{}", "commit") : Attempt(nil, "drop")]
        case .stage:
            return [Attempt(#"{"result": "failed"}"#, "fail"), Attempt(#"{"result": "passed"}"#, "pass")]
        case .payment:
            if action == "retries" || action == "voids" { return [Attempt("{}")] }
            guard action == "outcomes" else { return nil }
            return [
                Attempt(#"{"result": "declined"}"#, "decline", leave: [.again]),
                Attempt(#"{"result": "authorized"}"#, "authorize", leave: [.again]),
            ]
        case nil: return ofCourier(endpoint.path)
        }
    }

    private func onOrder(_ noun: String) -> [Attempt]? {
        let back = unit(#", "reason": "other""#)
        let bodies: [String: [String]] = [
            "cancellations": [#"{"reason": "customer", "lines": \#(unit())}"#, #"{"reason": "merchant"}"#],
            "holds": [#"{"reason": "manual"}"#], "sourcings": ["{}"], "notes": [#"{"text": "a remark"}"#],
            "customer-links": ["{}"],
            "payments": [#"{"provider": "manual", "reference": "pay-x", "authorized": \#(pounds(100))}"#],
            "captures": [#"{"amount": \#(pounds(100))}"#],
            "refunds": [#"{"amount": \#(pounds(100))}"#, #"{"lines": \#(unit()), "to": "store_credit"}"#],
            "write-offs": [#"{"reason": "gone away"}"#, #"{"amount": \#(pounds(1)), "reason": "gone away"}"#],
            "goodwill": [#"{"amount": \#(pounds(1)), "reason": "late"}"#],
            "amendments": [#"{"quantities": \#(unit())}"#],
            "message-previews": [#"{"kind": "received"}"#],
            "returns": [
                #"{"method": "by_post", "location": "LONDON", "lines": \#(back)}"#,
                #"""
                {"method": "in_store", "location": "YORK",
                 "lines": \#(unit(#", "reason": "faulty", "disposition": "restock""#))}
                """#,
            ],
            "exchanges": [
                #"""
                {"return": {"method": "by_post", "location": "LONDON", "lines": \#(back)},
                 "lines": [{"sku": "CAP", "quantity": 1}]}
                """#
            ],
        ]
        return bodies[noun]?.map { Attempt($0) }
    }

    private func onFulfillment(_ noun: String) -> [Attempt]? {
        if noun == "collector-checks" { return [Attempt(#"{"name": "A"}"#)] }
        if noun == "extensions" { return [Attempt(#"{"until": "\#(now + .days(90))"}"#)] }
        guard let action = Fulfillment.State.Action.nouns.first(where: { $0.1 == noun })?.0 else { return nil }
        let name = action.rawValue
        switch action {
        case .reject:
            return [
                Attempt(#"{"reason": "no_capacity", "lines": \#(unit())}"#, name, leave: [.stays]),
                Attempt(#"{"reason": "not_found"}"#, name),
            ]
        case .pack:
            return [
                Attempt(#"{"parcels": [{"lines": [{"line": "\#(line)", "quantity": 2}], "weight_g": 900}]}"#, name),
                Attempt(#"{"parcels": []}"#, name),
            ]
        case .collect:
            return [
                Attempt(#"{"collected_by": "A", "lines": \#(unit())}"#, name), Attempt(#"{"collected_by": "A"}"#, name),
            ]
        case .release, .accept, .pick, .unpack, .ship, .deliver, .makeReady, .cancel, .expire:
            return [Attempt("{}", name)]
        }
    }

    private func onParcel(_ noun: String) -> [Attempt]? {
        switch noun {
        case "claims": [Attempt(#"{"resolution": "refund"}"#)]
        case "reshipments": [Attempt("{}")]
        case "deliveries": [Attempt("{}", "deliver")]
        case "labels": [Attempt("{}", "label")]
        case "voidings": [Attempt("{}", "unlabel")]
        case "restorations": [Attempt(#"{"label": 1}"#, "restore", leave: [.otherCode(.notFound)])]
        case "identifications": [Attempt("{}", "identify")]
        default: nil
        }
    }

    /// A courier says where a parcel is; what it says too late, or twice, changes nothing.
    private func ofCourier(_ path: String) -> [Attempt]? {
        guard path == "/v1/tracking-events" else { return nil }
        return Parcel.State.allCases.map { status in
            let action = Parcel.State.allCases.compactMap { state in state.exits.first { $0.value == status }?.key }
            return Attempt(
                #"""
                {"courier": "vans", "tracking": "\#(situation.tracking ?? "")", "status": "\#(status.rawValue)",
                 "at": "\#(now)"}
                """#, action.first?.rawValue ?? "", leave: [.again, .lateWork])
        }
    }

    private func onReturn(_ noun: String) -> [Attempt]? {
        if noun == "labels" { return [Attempt(#"{"courier": "vans", "tracking": "RT-1"}"#)] }
        if noun == "identifications" { return [Attempt("{}", "identify")] }
        if noun == "reopenings" { return [Attempt("{}")] }
        guard let action = Return.State.Action.nouns.first(where: { $0.1 == noun })?.0 else { return nil }
        let name = action.rawValue
        switch action {
        case .receive:
            return [
                Attempt(#"{"location": "\#(situation.counter)", "lines": \#(unit())}"#, name),
                Attempt(
                    #"{"location": "\#(situation.counter)", "complete": true}"#, name,
                    leave: [.goesOn(to: "inspected"), .goesOn(to: "settled")]),
            ]
        case .inspect:
            return [Attempt(#"{"lines": \#(unit(#", "disposition": "restock""#))}"#, name, leave: [.lateWork])]
        case .settle: return [Attempt(#"{"refund": "source"}"#, name), Attempt(#"{"refund": "none"}"#, name)]
        case .approve, .reject, .send: return [Attempt("{}", name)]
        case .expire: return nil
        }
    }

    private func onTransfer(_ noun: String) -> [Attempt]? {
        switch noun {
        case "sendings": [Attempt("{}", "send")]
        case "arrivals":
            [
                Attempt("{\(Self.shirt)}", "arrive", leave: [.stays]), Attempt("{}", "arrive"),
                Attempt(#"{"lines": [], "short": true}"#, "lose"),
            ]
        case "cancellations": [Attempt("{}", "cancel")]
        default: nil
        }
    }

    private func onInbound(_ noun: String) -> [Attempt]? {
        switch noun {
        case "receipts": [Attempt("{\(Self.shirt)}", "receive", leave: [.stays]), Attempt("{}", "receive")]
        case "closings": [Attempt("{}", "close")]
        case "cancellations": [Attempt("{}", "cancel")]
        case "due-dates": [Attempt(#"{"due": "\#(now + .days(12))"}"#)]
        default: nil
        }
    }

    private func onException(_ noun: String) -> [Attempt]? {
        switch noun {
        case "resolutions": [Attempt(#"{"resolution": "seen to"}"#, "resolve")]
        case "assignments": [Attempt("{}", "assign")]
        case "settlements": [Attempt(#"{"outcome": "put_back"}"#, "resolve")]
        case "checks": [Attempt("{}", "resolve")]
        case "retries": [Attempt("{}")]
        default: nil
        }
    }
}

extension Endpoint {
    /// What a call is by: the noun that its path ends with, or a parameter.
    var lastWord: String { path.split(separator: "/").last.map(String.init) ?? "" }
}
