import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// The third journey: from work at a location to the customer's door, and the money for it.
@Suite("The order is shipped")
struct SendingTests {
    private func box(_ line: String, _ units: Int, _ grams: Int) -> String {
        #"{"lines": [{"line": "\#(line)", "quantity": \#(units)}], "weight_g": \#(grams)}"#
    }

    private func news(_ story: Story, _ tracking: String, _ status: String, at time: String) async throws {
        let moment = try #require(Timestamp("2026-03-\(time)Z"))
        if moment > story.server.system.now { story.server.system.now = moment }
        try await story.post(
            "/v1/tracking-events",
            #"""
            {"courier": "postman", "tracking": "\#(tracking)", "status": "\#(status)", "at": "2026-03-\#(time)Z"}
            """#, expect: 201)
    }

    @Test("Picked, packed in two boxes, sent, followed to the door out of order; each part is paid for as it leaves")
    func ships() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LEEDS: 2"))
        let order = try await story.place(
            Basket(.init("TEE-M", 3, at: 1_000), .init("CAP", 1, at: 500), on: "store"))
        let tee = story.line(order, 1)
        let london = try await story.part(order, at: "LONDON")
        try await story.refused(london + "/shipments", "{}", "illegal_transition")
        try await story.post(london + "/acceptances")
        try await story.post(london + "/picks")
        try await story.refused(
            london + "/packings", #"{"parcels": [\#(box(tee, 2, 900))]}"#, "units_uncovered")
        let packed = try await story.post(
            london + "/packings", #"{"parcels": [\#(box(tee, 2, 900)), \#(box(tee, 1, 400))]}"#)
        let parcels = (packed["parcels"]?.array ?? []).compactMap { $0["id"]?.string }
        #expect(parcels.count == 2 && packed["status"]?.string == "packed")
        // Nothing is paid for before it leaves.
        #expect(try await story.order(order).hasSuffix("due 3995 captured 0 refunded 0"))
        let details = zip(parcels, ["T-1", "T-2"]).map {
            #"{"parcel": "\#($0)", "courier": "postman", "tracking": "\#($1)"}"#
        }
        // Both leave together: none of them by naming the other.
        try await story.refused(london + "/shipments", #"{"parcels": [\#(details[0])]}"#, "invalid_input")
        try await story.server.system.runDueJobs()
        #expect(try story.stock("TEE-M@LONDON") == "available 2, allocated 3")
        #expect(try await story.order(order).hasSuffix("due 3995 captured 0 refunded 0"))
        try await story.post(london + "/shipments", #"{"parcels": [\#(details.joined(separator: ","))]}"#)
        try await story.server.system.runDueJobs()
        #expect(try story.stock("TEE-M@LONDON") == "available 2")
        // Three tees and the whole shipping; the cap at Leeds is paid for when it goes.
        #expect(
            try await story.order(order)
                == "open partially_shipped partially_captured; TEE-M 3: shipped 3; CAP 1: allocated 1; "
                + "due 3995 captured 3495 refunded 0")

        // News come as they come: the second box is delivered before it is heard that it was on its way.
        try await news(story, "T-2", "delivered", at: "04T09:00:00")
        try await news(story, "T-2", "in_transit", at: "03T07:00:00")
        try await news(story, "T-1", "out_for_delivery", at: "04T07:00:00")
        try await news(story, "T-1", "exception", at: "04T12:00:00")
        #expect(try await story.work(order).contains("LONDON shipped"))
        try await news(story, "T-1", "delivered", at: "05T10:00:00")
        #expect(try await story.work(order).contains("LONDON delivered"))

        let leeds = try await story.part(order, at: "LEEDS")
        try await story.pack(leeds)
        try await story.post(leeds + "/shipments")
        try await story.post(leeds + "/deliveries")
        try await story.server.system.runDueJobs()
        #expect(
            try await story.order(order)
                == "completed delivered captured; TEE-M 3: shipped 3; CAP 1: shipped 1; "
                + "due 3995 captured 3995 refunded 0")
        #expect(try story.stock("CAP@LEEDS") == "available 1")
        try story.server.system.expectClean()
    }

    @Test("A short shelf, a change of mind, a lost box: what cannot be sent is not charged, what is lost is given back")
    func mishaps() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 4"))
        let order = try await story.place(Basket(.init("TEE-M", 4, at: 1_000), on: "store"))
        let part = try await story.part(order, at: "LONDON")
        let line = story.line(order)
        try await story.post(part + "/acceptances")
        // One of the four is not on the shelf, and nowhere else: it waits, and a person hears of it.
        try await story.post(
            part + "/picks",
            #"{"lines": [{"line": "\#(line)", "quantity": 3, "short": 1, "reason": "not_found"}]}"#)
        try await story.server.system.runDueJobs()
        #expect(try await story.order(order).contains("TEE-M 4: backordered 1, allocated 3"))
        #expect(try story.stock("TEE-M@LONDON") == "allocated 3")
        #expect(try await story.exceptions() == ["rejected_everywhere"])
        // The customer does not want to wait, and gives that one up: the exception settles itself.
        try await story.post(
            "/v1/orders/\(order)/cancellations",
            #"{"reason": "customer", "lines": [{"line": "\#(line)", "quantity": 1}]}"#, expect: 201)
        #expect(try await story.exceptions().isEmpty)
        let packed = try await story.post(
            part + "/packings", #"{"parcels": [\#(box(line, 2, 900)), \#(box(line, 1, 400))]}"#)
        let parcels = (packed["parcels"]?.array ?? []).compactMap { $0["id"]?.string }
        let details = zip(parcels, ["T-1", "T-2"]).map {
            #"{"parcel": "\#($0)", "courier": "postman", "tracking": "\#($1)"}"#
        }
        try await story.post(part + "/shipments", #"{"parcels": [\#(details.joined(separator: ","))]}"#)
        try await story.server.system.runDueJobs()
        #expect(try await story.order(order).hasSuffix("due 3495 captured 3495 refunded 0"))
        try await story.refused(
            "/v1/orders/\(order)/cancellations", #"{"reason": "customer"}"#, "too_late_to_cancel")

        try await news(story, "T-1", "delivered", at: "04T09:00:00")
        try await news(story, "T-2", "lost", at: "05T09:00:00")
        #expect(try await story.exceptions() == ["parcel_lost"])
        try await story.post("/v1/parcels/\(parcels.last ?? "")/claims", #"{"resolution": "refund"}"#, expect: 201)
        try await story.server.system.runDueJobs()
        #expect(try await story.exceptions().isEmpty)
        let told = try await story.order(order)
        #expect(told.hasPrefix("completed ") && told.hasSuffix("captured 3495 refunded 1000"), "\(told)")
        #expect(try story.stock("TEE-M@LONDON") == "nothing")
        try story.server.system.expectClean()
    }
}
