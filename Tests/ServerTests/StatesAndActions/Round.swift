import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Goes through all calls in one situation after the other, and makes the situation anew after each that changed it.
struct Round {
    let server: TestServer
    let changes: ChangeCount
    /// `fulfillment open release`: what was moved so far.
    private(set) var made: Set<String> = []

    init(server: TestServer, changes: ChangeCount) {
        self.server = server
        self.changes = changes
    }

    /// A call that was made, and all that it was made on.
    private struct Made {
        /// The last word of its path.
        let noun: String
        let attempt: Attempt
        let thing: Thing
        let before: [Thing]
        /// What `/permissions` says of it; nil where it says nothing of such calls.
        let isAllowed: Bool?
        let answer: TestServer.Answer
        let hasChanged: Bool
        let text: String
    }

    mutating func go(through calls: [Endpoint], in name: String, _ recipe: Situations.Recipe) async throws {
        let shop = server.system
        var situation = try await recipe(shop)
        var things = try situation.things(in: shop)
        let present = things.filter { $0.number == 1 }.map { "\($0.noun.rawValue) \($0.state)" }
        #expect(
            present.contains { name == $0 || name.hasPrefix($0 + ",") },
            "\(name) was not come to: \(present)")
        let permissions = try await Permissions(of: situation, from: server)
        var count = try changes.now()
        for endpoint in calls {
            guard let thing = try thing(of: endpoint, in: situation, things) else { continue }
            let number = Attempts(situation: situation, now: shop.now).of(endpoint)?.count ?? 0
            for index in 0..<number {
                guard let attempt = Attempts(situation: situation, now: shop.now).of(endpoint)?[index],
                    let path = situation.path(of: endpoint)
                else { continue }
                let answer = try await server.send(
                    endpoint.method.rawValue, path, attempt.body,
                    once: endpoint.key == .none ? nil : UUID().uuidString)
                let after = try changes.now()
                let made = Made(
                    noun: endpoint.lastWord, attempt: attempt, thing: thing, before: things,
                    isAllowed: permissions.allow(endpoint, path: path, of: situation), answer: answer,
                    hasChanged: after != count,
                    text: "\(name): \(endpoint.method.rawValue) \(path) \(attempt.body ?? "")")
                guard (200..<300).contains(answer.status) else {
                    let tables = after.keys.filter { after[$0] != count[$0] }.sorted()
                    #expect(tables.isEmpty, "\(made.text): refused, and changed \(tables)")
                    checkRefusal(made)
                    count = after
                    continue
                }
                check(made, after: made.hasChanged ? try situation.things(in: shop) : things)
                guard made.hasChanged else { continue }
                situation = try await recipe(shop)
                things = try situation.things(in: shop)
                count = try changes.now()
            }
        }
    }

    /// What a call is about: nil where the situation has no such thing, which other tests are about.
    private func thing(of endpoint: Endpoint, in situation: Situation, _ things: [Thing]) throws -> Thing? {
        guard let noun = Noun(of: endpoint) else {
            return situation.tracking == nil ? nil : things.first { $0.noun == .parcel }
        }
        return things.first { $0.noun == noun && $0.number == 1 }
    }

    /// Whatever moved went where the table leads, and its call was allowed.
    private mutating func check(_ call: Made, after: [Thing]) {
        let thing = call.thing
        for other in call.before where other.noun != .order {
            let now = after.first { $0.name == other.name }
            #expect(
                now.map { other.reachable.contains($0.state) } == true,
                "\(call.text): \(other.name) went from \(other.state) to \(now?.state ?? "nothing")")
        }
        let possible = call.attempt.actions.filter { thing.moves[$0] != nil }
        let now = after.first { $0.name == thing.name }?.state ?? "nothing"
        if call.attempt.actions.isEmpty { made.insert("\(thing.noun.rawValue): \(call.noun)") }
        guard call.hasChanged else {
            let isRepeated = possible.isEmpty && call.attempt.leave.contains(.again)
            #expect(isRepeated || call.attempt.actions.isEmpty, "\(call.text): answered, and did nothing")
            return
        }
        #expect(call.isAllowed != false, "\(call.text): done, and /permissions said that it may not be")
        guard !call.attempt.actions.isEmpty else { return }
        if possible.isEmpty, call.attempt.leave.contains(.lateWork) {
            #expect(now == thing.state, "\(call.text): went from \(thing.state) to \(now)")
            return
        }
        let isThere = possible.contains { thing.moves[$0] == now || call.attempt.leave.contains(.goesOn(to: now)) }
        let hasStayed =
            !possible.isEmpty && now == thing.state && call.attempt.leave.contains(.stays)
        #expect(isThere || hasStayed, "\(call.text): went from \(thing.state) to \(now), its table does not")
        if isThere { made.formUnion(possible.map { "\(thing.noun.rawValue) \(thing.state) \($0)" }) }
    }

    /// The moves of a kind of things that calls can make, and the calls on it that move nothing.
    static func moves(of noun: Noun, by calls: [Endpoint]) -> Set<String> {
        let attempts = Attempts(situation: Situation(tracking: ""), now: Timestamp(milliseconds: 0))
        var actions: Set<String> = []
        var made: Set<String> = []
        for endpoint in calls where Noun(of: endpoint) ?? .parcel == noun {
            for attempt in attempts.of(endpoint) ?? [] {
                actions.formUnion(attempt.actions)
                if attempt.actions.isEmpty { made.insert("\(noun.rawValue): \(endpoint.lastWord)") }
            }
        }
        for (state, action) in Situations.table(of: noun) where actions.contains(action) {
            made.insert("\(noun.rawValue) \(state) \(action)")
        }
        return made
    }

    /// The refusal says why, in the form that callers know, and nothing else was promised.
    private func checkRefusal(_ call: Made) {
        let detail = call.answer.json["detail"]?.string ?? ""
        let code = Refusal.Code(rawValue: call.answer.code ?? "")
        #expect([404, 409, 412, 422].contains(call.answer.status), "\(call.text): \(call.answer.status) \(detail)")
        #expect(call.answer.header("Content-Type") == "application/problem+json", "\(call.text)")
        #expect(code?.status == call.answer.status && !detail.isEmpty, "\(call.text): \(call.answer.text)")
        guard let code else { return }
        let thing = call.thing
        let isPossible = call.attempt.actions.contains { thing.moves[$0] != nil }
        if !call.attempt.actions.isEmpty, !isPossible {
            let isSaid = code == .illegalTransition || call.attempt.leave.contains(.otherCode(code))
            #expect(isSaid, "\(call.text): its \(thing.name) is \(thing.state), and the refusal is \(detail)")
        }
        guard code == .illegalTransition else { return }
        #expect(call.isAllowed != true, "\(call.text): /permissions said that it may be done; \(detail)")
        let isNamed = call.before.contains { ($0.name == thing.name || $0.noun == .order) && detail.contains($0.state) }
        #expect(isNamed, "\(call.text): does not name \(thing.name), \(thing.state): \(detail)")
        guard thing.hasTable, !call.attempt.actions.isEmpty, !isPossible else { return }
        let moves = thing.moves.keys.sorted().joined(separator: ", ")
        let end = moves.isEmpty ? "nothing more can be done with it" : "possible now: \(moves)"
        #expect(detail.hasPrefix("this ") && detail.hasSuffix(end), "\(call.text): does not end with \(end): \(detail)")
    }
}

/// What `/permissions` says of an order and its parts.
private struct Permissions {
    /// Whether any of the permissions of a path says yes; the paths without the order's own name.
    private var paths: [String: Bool] = [:]

    init(of situation: Situation, from server: TestServer) async throws {
        guard let order = situation.order else { return }
        let answer = try await server.send("GET", "/v1/orders/\(order)/permissions")
        for entry in try #require(answer.json["data"]?.array) {
            let path = Self.bare(entry["path"]?.string ?? "", order)
            paths[path] = paths[path] == true || entry["allowed"]?.bool == true
        }
    }

    private static func bare(_ path: String, _ order: OrderID) -> String {
        path.replacing(order.description.dropFirst(4), with: "…").replacing(/CM-[A-Z]+-[0-9]+/, with: "CM")
    }

    /// nil for calls that permissions are not about: what is no order's, and what changes nothing.
    func allow(_ endpoint: Endpoint, path: String, of situation: Situation) -> Bool? {
        guard let order = situation.order, endpoint.method == .post,
            !endpoint.path.hasSuffix("/message-previews"), !endpoint.path.hasSuffix("/collector-checks")
        else { return nil }
        switch Noun(of: endpoint) {
        case .order, .hold, .stage, .memo, .fulfillment, .parcel, .return, .payment, .amendment:
            return paths[Self.bare(path, order)] ?? false
        case .exception, .transfer, .inbound, .reservation, .job, .message, nil: return nil
        }
    }
}
