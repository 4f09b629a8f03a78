import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// The second journey: from an accepted order to work at the locations.
@Suite("The order is processed")
struct ProcessingTests {
    private static let atelier = #"""
        {"name": "Atelier", "currency": "GBP", "number_prefix": "ATE-",
         "policy": {"stages": ["payment", {"name": "fraud", "connector": "screener"}, "approval", "remorse"],
                    "remorse_seconds": 600, "release": "manual"}}
        """#

    @Test("Stages pass one by one: paid, screened, approved by another person, reconsidered; then released by hand")
    func stages() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5"))
        try await story.put("/v1/channels/atelier", Self.atelier)
        let seller = try story.server.key([.ordersWrite, .ordersRead])
        var basket = Basket(.init("TEE-M", 2, at: 1_000), on: "atelier")
        basket.isPaid = false
        let order = try await story.place(basket, key: seller)
        let path = "/v1/orders/" + order
        // Units are its own from the first moment, though nothing may be done with them yet.
        #expect(try await story.order(order).hasPrefix("open allocated pending; TEE-M 2: allocated 2; due 2495 "))
        #expect(try story.stock("TEE-M@LONDON") == "available 3, allocated 2")
        func stage() async throws -> String? { try await story.get(path)["stage"]?.string }
        #expect(try await stage() == "payment")
        let part = try await story.part(order, at: "LONDON")
        try await story.refused(part + "/releases", "{}", "stage_pending")

        try await story.post(
            path + "/payments",
            #"{"provider": "manual", "reference": "pay-9", "authorized": {"amount": 2495, "currency": "GBP"}}"#,
            expect: 201)
        #expect(try await stage() == "fraud")
        try await story.post(
            "/v1/callbacks/screener",
            #"{"order": "\#(order)", "at": "2026-03-02T10:00:05Z", "stage": {"name": "fraud", "result": "passed"}}"#)
        #expect(try await stage() == "approval")

        // Who placed the order cannot approve it.
        try await story.refused(
            path + "/stages/approval", #"{"result": "passed"}"#, "second_person_required", key: seller)
        #expect(try await stage() == "approval")
        try await story.post(path + "/stages/approval", #"{"result": "passed"}"#)
        #expect(try await stage() == "remorse")
        try await story.refused(part + "/releases", "{}", "stage_pending")
        try await story.wait(.minutes(10))
        #expect(try await story.get(path)["stage"]?.isNull == true)

        // This channel releases by hand.
        #expect(try await story.work(order) == "LONDON open")
        try await story.post(part + "/releases")
        #expect(try await story.work(order) == "LONDON released")
        try await story.refused(part + "/releases", "{}", "illegal_transition")
        #expect(try await story.events("stage.") == Array(repeating: "stage.passed", count: 4))
        #expect(try await story.exceptions().isEmpty)
        try story.server.system.expectClean()
    }

    @Test("Units that no location has together are split over the cheapest, with the reason; a refused part moves on")
    func split() async throws {
        let story = try await Story(
            try TestSystem(stock: "TEE-M@LONDON: 2", "CAP@LEEDS: 1", "TEE-M@YORK: 1", "CAP@YORK: 1"))
        let order = try await story.place(
            Basket(.init("TEE-M", 2, at: 1_000), .init("CAP", 1, at: 500), on: "store"))
        let work = try await story.work(order)
        #expect(work == "LEEDS released, LONDON released")
        let why = try await story.get("/v1/orders/\(order)/sourcing")
        #expect(why.text.contains("LONDON") && why.text.contains("LEEDS") && why.text.contains("YORK"))

        // Leeds does not find the cap. It is counted down there, and York has one.
        try await story.post(try await story.part(order, at: "LEEDS") + "/rejections", #"{"reason": "not_found"}"#)
        try await story.server.system.runDueJobs()
        #expect(try story.stock("CAP@LEEDS") == "nothing" && story.stock("CAP@YORK") == "allocated 1")
        let moved = try await story.work(order)
        #expect(moved == "LEEDS rejected, LONDON released, YORK released")
        #expect(try await story.order(order).contains("CAP 1: allocated 1"))
        try story.server.system.expectClean()
    }

    @Test("A pickup at a store without stock: brought there by transfer, made ready, told, collected with its code")
    func pickup() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@YORK: 1"))
        try await story.put(
            "/v1/channels/click",
            #"""
            {"name": "Click", "currency": "GBP",
             "policy": {"stages": [], "supply": {"pickup_by_transfer": true, "transfer_days": 1}}}
            """#)
        let order = try await story.place(Basket(.init("TEE-M", 3, at: 1_000), on: "click", pickup: "YORK"))
        #expect(try story.stock("TEE-M@LONDON") == "available 1, allocated 2")
        #expect(try story.stock("TEE-M@YORK") == "allocated 1")
        let transfers = try await story.get("/v1/stock/transfers?order=\(order)")["data"]?.array ?? []
        let transfer = "/v1/stock/transfers/" + (transfers.first?["id"]?.string ?? "")
        try await story.post(transfer + "/sendings")
        #expect(try story.stock("TEE-M@LONDON") == "available 1")
        #expect(try story.stock("TEE-M@YORK") == "allocated 1, in_transit 2")
        try await story.wait(.days(1))
        try await story.post(transfer + "/arrivals")
        #expect(try story.stock("TEE-M@YORK") == "allocated 3")

        let parts = try await story.get("/v1/orders/" + order)["fulfillments"]?.array ?? []
        for part in parts {
            let path = "/v1/fulfillments/" + (part["id"]?.string ?? "")
            try await story.post(path + "/acceptances")
            try await story.post(path + "/picks")
            try await story.post(path + "/packings")
            let ready = try await story.post(path + "/readiness")
            let code = ready["collection_code"]?.string ?? ""
            try await story.refused(
                path + "/collections", #"{"collected_by": "A. Example", "code": "no"}"#, "wrong_code")
            try await story.post(path + "/collections", #"{"collected_by": "A. Example", "code": "\#(code)"}"#)
        }
        #expect(try story.stock("TEE-M@YORK") == "nothing" && story.stock("TEE-M@LONDON") == "available 1")
        #expect(
            try await story.order(order)
                == "completed delivered captured; TEE-M 3: shipped 3; due 3495 captured 3495 refunded 0")
        try story.server.system.expectClean()
    }
}
