import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Every call in every state, made from the endpoints themselves: a new one is tested by being there.
@Suite("Every action in every state")
struct StatesAndActionsTests {
    /// Calls that change what a thing is, or say where it is.
    private static func calls(of server: TestServer) -> [Endpoint] {
        server.calls.filter { $0.method == .post || $0.method == .delete }
            .filter { Noun(of: $0) != nil || $0.path == "/v1/tracking-events" }
    }

    @Test("Each call on a thing that has states comes with bodies to be tried with")
    func complete() async throws {
        let server = try await TestServer(try TestSystem())
        let attempts = Attempts(situation: Situation(), now: server.system.now)
        let calls = Self.calls(of: server)
        for endpoint in calls {
            #expect(attempts.of(endpoint) != nil, "\(endpoint.method.rawValue) \(endpoint.path) has no body")
        }
        // What has an id and no state that a call could be against.
        let others = server.calls.filter { endpoint in
            (endpoint.method == .post || endpoint.method == .delete) && !endpoint.parameters.isEmpty
                && !calls.contains { $0.path == endpoint.path }
        }
        #expect(
            Set(others.map(\.path)) == [
                "/v1/api-keys/{id}", "/v1/channels/{code}/draft", "/v1/channels/{code}/publications",
                "/v1/callbacks/{connector}", "/v1/callbacks/{connector}/payments", "/v1/tracking-events/{connection}",
                "/v1/hand-overs/{id}/manifests", "/v1/courier-pickups/{id}/changes",
                "/v1/courier-pickups/{id}/cancellations", "/v1/users/{id}", "/v1/users/{id}/passwords",
            ])
    }

    @Test("Each state that a thing can be in has a situation of its own")
    func reached() {
        for noun in Noun.allCases {
            let names = Set((Situations.all[noun] ?? [:]).keys.map { String($0.split(separator: ",")[0]) })
            let wanted = Situations.states(of: noun).map { "\(noun.rawValue) \($0)" }
            #expect(names == Set(wanted))
        }
    }

    @Test(
        "A call moves its thing along the table, or is refused naming state and open moves, and changes nothing",
        arguments: Situations.all.keys.sorted { $0.rawValue < $1.rawValue })
    func moves(noun: Noun) async throws {
        let server = try await TestServer(try Situations.shop())
        let changes = try ChangeCount(server.system.database)
        var round = Round(server: server, changes: changes)
        let calls = Self.calls(of: server)
        do {
            for (name, recipe) in (Situations.all[noun] ?? [:]).sorted(by: { $0.key < $1.key }) {
                try await round.go(through: calls, in: name, recipe)
            }
        } catch {
            try changes.end()
            throw error
        }
        try changes.end()
        // Each move of its table that a call can make was made, and nothing else.
        #expect(Round.moves(of: noun, by: calls).subtracting(round.made) == [])
        try server.system.expectClean()
    }
}
