import Connectors
import Foundation
import OrderManagement
import TestSupport
import Testing

@Suite("Planted contradictions of labels")
struct LabelTamperingTests {
    /// Orders whose parcels are: labelled by vans (V), waiting for the post's label (P), labelled by the post and sent
    /// (S), letting go of the post's label (L), delivered (D).
    private static func shop() async throws -> (TestSystem, [String: OrderID]) {
        let given = LabelDocument(format: .zpl, content: Array("^XA^XZ".utf8))
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50", connections: [TestCourier(document: given)])
        try shop.perform(SaveCouriers(couriers: [.vans, .post]))
        var packaging = Packaging()
        packaging.companyPrefix = "5012345"
        try shop.perform(SavePackaging(packaging: packaging))
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        var orders: [String: OrderID] = [:]
        for (name, service) in [
            ("V", ("vans", "day")), ("S", ("post", "parcel")), ("L", ("post", "parcel")), ("D", ("vans", "fast")),
            ("P", ("post", "parcel")),
        ] {
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            orders[name] = id
            try shop.walk(id, to: .packed)
            try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: service))
            if name == "S" || name == "L" { try await shop.runDueJobs() }
            if name == "S" || name == "D" { try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1))) }
            if name == "L" { try shop.perform(VoidLabel(parcel: ParcelID(id, 1))) }
            if name == "D" { try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1))) }
        }
        try shop.expectClean()
        return (shop, orders)
    }

    private static func parcels(_ change: String, _ order: String) -> String {
        "UPDATE parcels SET \(change) WHERE order_id = {\(order)}"
    }

    /// A change of the text that a parcel's labels are kept as.
    private static func label(_ old: String, _ new: String, _ order: String) -> String {
        parcels("labels = replace(labels, '\(old)', '\(new)')", order)
    }

    private static let tamperings = [
        Tampering(
            "a label made up", label(#""state":"pending""#, #""state":"bought""#, "P"), "labels {P.par}",
            "labels {P.par}/1", "labels {P#}"),
        Tampering("a purchase forgotten", "DELETE FROM jobs WHERE kind = 'buy_label'", "labels {P.par}/1"),
        Tampering("a voiding forgotten", "DELETE FROM jobs WHERE kind = 'void_label'", "labels {L.par}/1"),
        Tampering(
            "a voiding that was not answered", label(#""state":"voiding""#, #""state":"voided""#, "L"), "labels {L#}"),
        Tampering("news that nobody asks for", "DELETE FROM jobs WHERE kind = 'follow_parcel'", "labels {S.par}"),
        Tampering("news that somebody asks for unknown", parcels("asked = 0", "S"), "labels {S.par}"),
        Tampering(
            "a label off its parcel", label(#""state":"bought""#, #""state":"voided""#, "V"), "labels {V.par}"),
        Tampering("a label lost", parcels("labels = NULL", "V"), "labels {V.par}"),
        Tampering(
            "a parcel without its label's state", parcels("state = 'packed'", "V"), "labels {V.par}", "events {V.par}"),
        Tampering("another tracking number", parcels("tracking = 'T9'", "S"), "labels {S.par}"),
        Tampering("another courier", parcels("courier = 'vans'", "S"), "labels {S.par}"),
        Tampering("another service", parcels("service = 'express'", "S"), "labels {S.par}"),
        Tampering("a label without a price", label(#""price":"#, #""cost":"#, "S"), "labels {S.par}/1"),
        Tampering("a label numbered otherwise", label(#""number":1"#, #""number":2"#, "V"), "labels {V.par}"),
        Tampering(
            "an own label that a courier keeps", label(#""state":"bought""#, #""state":"kept""#, "D"),
            "labels {D.par}/1"),
        Tampering(
            "two labels at once",
            "UPDATE parcels SET labels = (SELECT substr(s.labels, 1, length(s.labels) - 1) || ',' "
                + "|| replace(substr(s.labels, 2), '\"number\":1', '\"number\":2') FROM parcels AS s "
                + "WHERE s.order_id = {V}) WHERE order_id = {V}",
            "labels {V.par}"),
        Tampering("a label of what is unpacked", parcels("lines = '[]'", "V"), "labels {V.par}", "lines {V.ful}"),
        Tampering("a number without its check digit", parcels("sscc = '123456789012345678'", "V"), "labels {V.par}"),
        Tampering(
            "a number for two",
            "DROP INDEX parcels_by_sscc; UPDATE parcels SET sscc = (SELECT s.sscc FROM parcels AS s "
                + "WHERE s.order_id = {S}) WHERE order_id = {D}", "labels {sscc}"),
        Tampering(
            "a document of no parcel", "UPDATE label_documents SET parcel = 9 WHERE order_id = {S}",
            "rows label_documents of {S.id}-9"),
        Tampering(
            "a document of no order", "UPDATE label_documents SET order_id = 77 WHERE order_id = {S}",
            "rows label_documents of ord_000000000002d", "rows label_documents of ord_000000000002d-1"),
        Tampering(
            "an arrival counted twice",
            "UPDATE courier_records SET parcels = parcels + 1 WHERE area <> '' AND courier = 'vans'",
            "labels vans/fast"),
        Tampering("a job on another lane", "UPDATE jobs SET lane = 'mail' WHERE kind = 'buy_label'", "jobs {job}"),
    ]

    @Test("are found, and nothing that does not follow from them")
    func found() async throws {
        let (shop, orders) = try await Self.shop()
        var words: [(String, String)] = []
        for (name, id) in orders {
            words.append(("{\(name)}", String(id.value)))
            words.append(("{\(name)#}", try shop.order(id).number))
            words.append(("{\(name).id}", id.description))
            words.append(("{\(name).par}", ParcelID(id, 1).description))
            words.append(("{\(name).ful}", id.fulfillment(1).description))
        }
        let sent = try #require(orders["S"])
        words.append(("{sscc}", try #require(try shop.order(sent).parcels[0].sscc)))
        let jobs = try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 50, in: $0) }
        words.append(("{job}", try #require(jobs.first { $0.kind == .buyLabel }).id.description))
        func fill(_ text: String) -> String {
            words.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }
        for tampering in Self.tamperings {
            let report = try shop.examine(tamperedBy: fill(tampering.sql))
            let found = Set(report.findings.map { "\($0.book.rawValue) \($0.subject)" })
            #expect(found == Set(tampering.found.map(fill)), "\(tampering.name)\n\(report.text)")
        }
        try shop.expectClean()
    }
}
