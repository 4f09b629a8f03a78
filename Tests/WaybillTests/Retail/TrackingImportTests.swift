import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Import of couriers' news")
struct TrackingImportTests {
    /// A shop that has sent three parcels with the courier royal, and one as C1 with another.
    private func shop() throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var royal = Courier.vans
        royal = Courier(
            code: "royal", name: "Royal", tariff: royal.tariff,
            words: CourierWords([
                .init("Delivered to neighbour", .delivered), .init("Sender despatching item", nil),
            ]))
        for (tracking, courier) in [("A1", "royal"), ("A2", "royal"), ("A3", "royal"), ("C1", "dpd")] {
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            try shop.perform(
                ShipFulfillment(
                    fulfillment: FulfillmentID(id, 1),
                    parcels: [.init(parcel: ParcelID(id, 1), courier: courier, tracking: tracking)]))
        }
        // From now on couriers are set up: what went by another one before is known all the same.
        try shop.perform(SaveCouriers(couriers: [royal]))
        shop.advance(.days(3))
        return shop
    }

    private func take(
        _ text: String, _ shop: TestSystem, courier: String? = "royal", zone: String = "UTC", isDryRun: Bool = false
    ) throws -> ImportReport {
        let zone = try #require(TimeZone(identifier: zone))
        var news = ImportTracking(
            waybill: shop.waybill, table: TableFile(text: text, name: "scans.csv"), courier: courier, zone: zone,
            isDryRun: isDryRun, report: try ImportReport(path: nil) { _ in }, progress: { _ in })
        try news.run()
        try news.report.finish()
        return news.report
    }

    private func states(_ shop: TestSystem) throws -> [String] {
        try shop.waybill.readNow { db in
            try ["A1", "A2", "A3", "C1"].map { tracking in
                let order = try #require(try ParcelStore.orders(tracking: tracking, limit: 1, in: db).first)
                let parcels = try OrderStore.orders([order], in: db)[order]?.parcels
                return parcels?.first?.state.rawValue ?? ""
            }
        }
    }

    private func position(_ shop: TestSystem) throws -> Int64 {
        try shop.waybill.readNow { try EventLog.lastPosition(in: $0) }
    }

    private static let scans = """
        Tracking No.,Event Description,Date,Time,Depot,event-id
        A1,Delivered to neighbour,2026-03-04,09:15,Leeds,E9
        A1,Out for delivery,2026-03-04,07:00,Leeds,E8
        A2,In Transit,2026-03-03,22:10,Hull,E7
        A2,in-transit,2026-03-03,23:10,Hull,E6
        A3,Sender despatching item,2026-03-02,12:00,,E1
        A3,Dropped down a well,2026-03-04,12:00,,E2
        X7,Delivered,2026-03-04,12:00,,E3
        X7,In transit,2026-03-03,12:00,,E4
        C1,Delivered,2026-03-04,12:00,,E5
        A3,Delivered,4.3.2026,12:00,,E5
        A3,Delivered,2027-03-04,12:00,,E5
        ,Delivered,2026-03-04,12:00,,E5
        A3,Delivered,2026-03-04
        """

    @Test("A dry run leaves out what the real one would, an empty file takes nothing, and a shuffled day is told of")
    func plannedAsDone() throws {
        let shop = try shop()
        let text = "tracking,status,at\nA1,delivered,2027-03-04T12:00:00Z\nX9,delivered,2026-03-03T12:00:00Z\n"
        let (planned, real) = (try take(text, shop, isDryRun: true), try take(text, shop))
        #expect(planned.rejected == 2 && planned.isRefused && real.rejected == 2)
        #expect(planned.outcomes.entries.map(\.name) == real.outcomes.entries.map(\.name))
        #expect(try take("", shop).isRefused && take("tracking,status,at\n", shop).isRefused)
        for (text, isShuffled) in [("04/03/2026", true), ("4.3.26 10:00", true), ("2026-03-04", false)] {
            #expect(LocalTime.isShuffled(text) == isShuffled)
        }
    }

    @Test("A courier's file goes in by its own column names and words; the second time nothing changes")
    func scans() throws {
        let shop = try shop()
        let first = try take(Self.scans, shop)
        #expect(first.rows == 13 && first.rejected == 8)
        #expect(first.outcomes["moved a parcel on"] == 3)
        #expect(first.outcomes["known already"] == 1 && first.outcomes["no news of where the parcel is"] == 1)
        #expect(first.outcomes["left out: unknown parcel"] == 3 && first.outcomes["left out: cannot be read"] == 4)
        #expect(first.outcomes["left out: refused: invalid_input"] == 1)
        #expect(first.results["parcels moved to delivered"] == 1 && first.results["parcels moved to in_transit"] == 1)
        #expect(
            first.notes == [
                "Columns that are not looked at: Depot.",
                "2 tracking numbers are not known here: X7 (2 rows), C1.",
                "1 words of couriers have no meaning here (couriers have a table of words): "
                    + "royal: Dropped down a well.",
                "9 times name no zone: UTC was taken; --zone says another.",
            ])
        #expect(try states(shop) == ["delivered", "in_transit", "handed_over", "handed_over"])
        let before = try position(shop)
        let second = try take(Self.scans, shop)
        #expect(try position(shop) == before)
        #expect(second.rows == 13 && second.rejected == 8)
        #expect(second.outcomes["known already"] == 4 && second.outcomes["late: newer news are known"] == 0)
        try shop.expectClean()
    }

    @Test("Each row that is left out is told with its line and its reason")
    func reasons() throws {
        let shop = try shop()
        let folder = try TemporaryFolder()
        let path = folder.file("left-out.csv")
        var news = ImportTracking(
            waybill: shop.waybill, table: TableFile(text: Self.scans, name: "scans.csv"), courier: "royal",
            zone: TimeZone(secondsFromGMT: 0)!, isDryRun: false,  // zero is an offset
            report: try ImportReport(path: path) { _ in }, progress: { _ in })
        try news.run()
        try news.report.finish()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().sorted()
        #expect(
            lines == [
                #"10,"no parcel was sent as C1 by royal""#,
                #"11,"4.3.2026 12:00 is no time as 2026-03-01T10:15:00Z or 2026-03-01 10:15: "#
                    + #"which of its numbers is the month, nobody can know""#,
                #"12,"2027-03-04T12:00:00Z lies in the future: it is 2026-03-05T10:00:00Z""#,
                #"13,"the tracking number is missing""#, #"14,"it has 3 fields, the header names 6""#,
                #"7,"Dropped down a well is no status, and not among the words of royal""#,
                #"8,"no parcel was sent as X7 by royal""#, #"9,"no parcel was sent as X7 by royal""#,
            ])
    }

    @Test("A dry run changes nothing, and names the parcels that are unknown")
    func dryRun() throws {
        let shop = try shop()
        let before = try position(shop)
        let report = try take(Self.scans, shop, isDryRun: true)
        #expect(report.outcomes["would be taken in"] == 5 && report.outcomes["left out: unknown parcel"] == 3)
        #expect(try position(shop) == before)
    }

    @Test("A file in our own words, as CSV and as NDJSON, with a courier in each row")
    func ownWords() throws {
        let shop = try shop()
        let csv = """
            courier,tracking,status,at
            royal,A1,out_for_delivery,2026-03-04T08:00:00+01:00
            dpd,C1,delivered,2026-03-04T12:00:00Z
            """
        #expect(try take(csv, shop, courier: nil).outcomes["moved a parcel on"] == 2)
        let ndjson = #"{"courier": "royal", "tracking": "A2", "status": "lost", "at": "2026-03-05T08:00:00Z"}"#
        #expect(try take(ndjson, shop, courier: nil).outcomes["moved a parcel on"] == 1)
        #expect(try states(shop) == ["out_for_delivery", "lost", "handed_over", "delivered"])
        try shop.expectClean()
    }

    @Test("Times without a zone are those of the zone that is said")
    func zones() throws {
        let london = try #require(TimeZone(identifier: "Europe/London"))
        for (text, moment, named) in [
            ("2026-07-01 10:15", "2026-07-01T09:15:00Z", false), ("2026-01-01 10:15:30", "2026-01-01T10:15:30Z", false),
            ("2026-07-01", "2026-06-30T23:00:00Z", false), ("2026-07-01T10:15:00Z", "2026-07-01T10:15:00Z", true),
            ("2026-07-01T10:15:00.250+02:00", "2026-07-01T08:15:00.250Z", true),
            ("2026-03-29 00:30", "2026-03-29T00:30:00Z", false), ("2026-03-29 02:30", "2026-03-29T01:30:00Z", false),
        ] {
            let time = try #require(LocalTime(text, in: london), "\(text)")
            #expect(time.moment.description == moment && time.namedZone == named, "\(text)")
        }
        for text in ["", "today", "2026-13-01", "10:15", "2026-07-01 25:00", "01/07/2026 10:15"] {
            #expect(LocalTime(text, in: london) == nil, "\(text)")
        }
    }

    @Test("A table that cannot be one of news is refused as a whole, naming what it lacks")
    func otherTable() throws {
        let shop = try shop()
        do {
            _ = try take("sku,on_hand\nTEE-M,4\n", shop, courier: nil)
            Issue.record("it was taken")
        } catch let refused as CommandRefused {
            #expect(refused.description.contains("scans.csv has no column tracking (or tracking_number"))
            #expect(refused.description.contains("nor courier (or --courier CODE); it has: sku, on_hand"))
        }
    }
}
