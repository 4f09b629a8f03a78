import OrderManagement
import TestSupport
import Testing

@testable import Server

/// What holds for every exception, made from the kinds themselves: a new one comes with its scene and its action.
@Suite("Every exception")
struct EveryExceptionTests {
    @Test("Every kind comes about in some scene")
    func complete() {
        #expect(Set(ExceptionScene.all.map(\.kind)) == Set(OrderException.Kind.allCases))
    }

    /// What the caller adds to an action.
    private func more(_ name: String, at now: Timestamp) throws -> JSON {
        switch name {
        case "delivery":
            try JSON.parse(
                #"""
                {"method": "ship", "service": "courier",
                 "address": {"name": "Ada", "lines": ["1 High Street"], "city": "Leeds", "postcode": "LS1 4AP",
                             "country": "GB"}}
                """#)
        case "counted": .integer(20)
        case "weight_g": .integer(900)
        case "provider": .string("manual")
        case "reference": .string("cash-2")
        case "reason": .string("gone away")
        case "email": .string("new@example.com")
        case "note": .string("nobody else is here")
        case "until", "due": .string("\(now + .days(10))")
        case "location": .string("LONDON")
        default: .null
        }
    }

    /// What does something about an exception and does not settle it.
    private func isStep(_ action: String, of kind: OrderException.Kind) -> Bool {
        switch action {
        case "movements": kind != .short
        case "sourcings", "inspections", "amendments": true
        // Sent once more, it may come back once more.
        case "resendings": true
        // Its courier still has to tell what becomes of the other number.
        case "claims", "reshipments", "voidings", "receipts": kind == .oldLabelUsed
        case "approvals": kind == .returnTurnedUp
        case "liftings": kind == .leftUnshipped
        case "payments": kind == .paymentFailed
        case "refunds": kind == .wrongItem || kind == .deliveryDisputed || kind == .parcelFound
        default: false
        }
    }

    @Test(
        "Each offers something to do beside settling it by hand; what is offered is accepted as it stands, and helps",
        arguments: ExceptionScene.all)
    func actions(scene: ExceptionScene) async throws {
        var (number, count) = (0, 1)
        while number < count {
            let shop = try await scene.shop()
            let server = try await TestServer(shop)
            let answer = try await server.send("GET", "/v1/exceptions?kind=\(scene.kind.rawValue)")
            let shown = try #require(answer.json["data"]?.array?.first, "\(answer.text)")
            let id = try #require(ExceptionID(shown["id"]?.string ?? ""))
            let offered = shown["actions"]?.array ?? []
            guard !scene.isAdvice else {
                #expect(offered.isEmpty, "\(scene.testDescription): \(answer.text)")
                let path = "/v1/exceptions/\(id)/resolutions"
                let settled = try await server.send("POST", path, #"{"resolution": "Done."}"#, once: "once")
                #expect(settled.status == 201, "\(settled.text)")
                return try shop.expectClean()
            }
            try #require(!offered.isEmpty, "\(scene.testDescription) has no action: \(answer.text)")
            count = offered.count
            let action = offered[number]
            guard case .object(var members)? = action["body"] else { throw CancellationError() }
            for name in action["missing"]?.array ?? [] {
                members.append(.init(name.string ?? "", try more(name.string ?? "", at: shop.now)))
            }
            let (path, name) = (action["path"]?.string ?? "", action["action"]?.string ?? "")
            let done = try await server.send("POST", path, JSON.object(members).text, once: "once")
            #expect((200..<300).contains(done.status), "\(scene.testDescription): \(path) \(done.text)")
            try await shop.runDueJobs()
            let after = try shop.waybill.readNow { try ExceptionStore.exception(id, in: $0) }
            if !isStep(name, of: scene.kind) {
                #expect(after?.isOpen == false, "\(scene.testDescription) is open after \(path) \(members)")
            }
            try shop.expectClean()
            number += 1
        }
    }

    @Test("Each has an owner and a time, and speaks to a person; the console has a button for each action",
        arguments: ExceptionScene.all)
    func words(scene: ExceptionScene) async throws {
        let shop = try await scene.shop()
        let found = try shop.waybill.readNow { try ExceptionStore.open(after: ExceptionID(0), limit: 9, in: $0) }
        let shown = try #require(found.first { $0.kind == scene.kind })
        #expect(!shown.owner.isEmpty && shown.due > shown.openedAt)
        for text in [shown.cause, shown.suggestion] {
            #expect(!OrderException.namesCall(text), "\(text)")
            #expect(text.firstMatch(of: /\b[a-z]{3}_[0-9a-z]{6,}/) == nil, "\(text)")
            #expect(text.hasSuffix(".") || text == shown.cause, "\(text)")
        }
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/exceptions")
        let order = try shown.order.map { try shop.order($0) }
        let known = try shop.waybill.readNow { try [shown].knowing(order.map { [$0.id: $0] } ?? [:], in: $0) }[0]
        #expect(known.actions(about: order).isEmpty == scene.isAdvice)
        for action in known.actions(about: order) {
            #expect(browser.page.contains(action.label), "\(scene.testDescription): \(action.label)")
        }
        #expect(browser.page.contains("Due, owner"))
        #expect(browser.page.contains(WallClock(now: shop.now).time(shown.due).text))
    }
}
