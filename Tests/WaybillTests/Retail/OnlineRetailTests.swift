import Foundation
import OrderManagement
import Testing

@testable import waybill

@Suite("Online Retail")
struct OnlineRetailTests {
    private static let header = OnlineRetail.columns.joined(separator: ",") + "\n"

    private func read(_ rows: String...) throws -> (
        orders: [OnlineRetailOrder], omitted: [OnlineRetail.Omitted], OnlineRetail
    ) {
        var source = OnlineRetail()
        var orders: [OnlineRetailOrder] = []
        var omitted: [OnlineRetail.Omitted] = []
        try source.read(TableFile(text: Self.header + rows.joined(separator: "\n"), name: "test")) { entry in
            switch entry {
            case .order(let order): orders.append(order)
            case .note: break
            case .omitted(let row): omitted.append(row)
            }
        }
        return (orders, omitted, source)
    }

    @Test(
        "Each kind of row that is no goods is left out with its own reason",
        arguments: [
            ("536365,D,Discount,1,2010-12-01 08:26:00,27.50,14527,United Kingdom", OnlineRetail.Omission.discount),
            ("536365,m,Manual,1,2010-12-01 08:26:00,2.55,,United Kingdom", .manual),
            ("536365,BANK CHARGES,Bank Charges,1,2010-12-01 08:26:00,15,,United Kingdom", .bankCharges),
            ("536365,S,SAMPLES,1,2010-12-01 08:26:00,3,,United Kingdom", .samples),
            ("536365,AMAZONFEE,AMAZON FEE,1,2010-12-01 08:26:00,3,,United Kingdom", .marketplaceFee),
            ("536365,gift_0001_20,Gift,1,2010-12-01 08:26:00,16.67,,United Kingdom", .voucher),
            ("536365,PADS,PADS,1,2010-12-01 08:26:00,0.001,,United Kingdom", .otherCode),
            ("536365,85123A,damaged,-6,2010-12-01 08:26:00,0,,United Kingdom", .quantity),
            ("536365,85123A,HOLDER,6,2010-12-01 08:26:00,0,,United Kingdom", .price),
            ("536365,85123A,HOLDER,6,2010-12-01 08:26:00,0.555,,United Kingdom", .belowPenny),
            ("536365,POST,POSTAGE,1,2010-12-01 08:26:00,18,,France", .carriageAlone),
            ("A563185,B,Adjust bad debt,1,2010-12-01 08:26:00,11062.06,,United Kingdom", .badDebt),
            ("C536379,85123A,HOLDER,-1,2010-12-01 08:26:00,2.55,14527,United Kingdom", .cancellationUnmatched),
            ("536365,85123A,HOLDER,six,2010-12-01 08:26:00,2.55,,United Kingdom", .unreadable),
            ("536365,85123A,HOLDER,6,01/12/2010 08:26,2.55,,United Kingdom", .unreadable),
            ("536365,85123A,HOLDER,6", .unreadable),
        ])
    func reasons(row: String, omission: OnlineRetail.Omission) throws {
        let (orders, omitted, source) = try read(row)
        #expect(orders.isEmpty)
        #expect(omitted.map(\.omission) == [omission])
        #expect(omitted.first?.line == 2)
        #expect(source.rows == 1)
    }

    @Test("An invoice is an order; carriage is its shipping; a repeated row is one more line")
    func order() throws {
        let (orders, omitted, source) = try read(
            "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
            "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
            "536365,84029e,BOTTLE,2,2010-12-01 08:27:00,3.39,17850,United Kingdom",
            "536365,POST,POSTAGE,1,2010-12-01 08:27:00,18.00,17850,United Kingdom")
        let order = try #require(orders.first)
        #expect(orders.count == 1 && omitted.isEmpty)
        #expect(order.lines.map(\.sku) == ["85123A", "85123A", "84029E"])
        #expect(order.shipping == 1800 && order.total == 2 * 6 * 255 + 2 * 339 + 1800)
        #expect(order.rows == [2, 3, 4, 5])
        #expect("\(order.placedAt)" == "2010-12-01T08:26:00Z")
        #expect(source.foldedSKUs == ["84029E": ["84029e"]] && source.invoicesWithTwoTimes == 1)
    }

    @Test("In summer the shop's wall clock is an hour ahead")
    func summer() throws {
        let (orders, _, _) = try read("560000,85123A,HOLDER,6,2011-07-14 12:00:00,2.55,,United Kingdom")
        #expect(orders.map { "\($0.placedAt)" } == ["2011-07-14T11:00:00Z"])
    }

    @Test("A cancellation note is matched to what the customer bought before it")
    func cancellation() throws {
        let (_, omitted, _) = try read(
            "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
            "C536379,85123a,HOLDER,-1,2010-12-02 08:26:00,2.55,17850,United Kingdom")
        #expect(omitted.map(\.omission) == [.cancellationMatched])
    }

    @Test("A cancellation note is told as one when asked for; of charges it is left out")
    func note() throws {
        var source = OnlineRetail(tellsNotes: true)
        var (notes, omitted): ([OnlineRetailNote], [OnlineRetail.Omission]) = ([], [])
        let rows = [
            "C536379,85123a,HOLDER,-1,2010-12-02 08:26:00,2.55,17850,United Kingdom",
            "C536379,84029E,BOTTLE,-2,2010-12-02 08:26:00,3.39,17850,United Kingdom",
            "C536380,D,Discount,-1,2010-12-02 09:26:00,27.50,17850,United Kingdom",
        ]
        try source.read(TableFile(text: Self.header + rows.joined(separator: "\n"), name: "test")) { entry in
            switch entry {
            case .order: Issue.record("a note is no order")
            case .note(let note): notes.append(note)
            case .omitted(let row): omitted.append(row.omission)
            }
        }
        #expect(notes.map(\.invoice) == ["C536379"] && omitted == [.cancellationOfCharge])
        let lines = notes.first?.lines.map { "\($0.quantity) \($0.sku) \($0.price ?? 0)" }
        #expect(lines == ["1 85123A 255", "2 84029E 339"])
    }

    @Test("The sample in the program: every row is part of an order or left out")
    func sample() throws {
        var source = OnlineRetail()
        var (orders, placed, omitted) = (0, 0, 0)
        try source.read(TableFile(text: EmbeddedDemonstration.orders, name: "sample")) { entry in
            switch entry {
            case .order(let order): (orders, placed) = (orders + 1, placed + order.rows.count)
            case .note: break
            case .omitted: omitted += 1
            }
        }
        #expect(source.rows == 1_314 && orders == 319 && placed == 1_279 && omitted == 35)
    }

    @Test(
        "The whole file: 320,705 rows, each accounted for",
        .enabled(
            if: WholeFile.isThere && !WholeFile.isDebug, "the file is not beside this checkout, or this is no release"))
    func wholeFile() throws {
        var source = OnlineRetail()
        var (orders, lines, carriage) = (0, 0, 0)
        var omitted: [OnlineRetail.Omission: Int] = [:]
        try source.read(TableFile(path: WholeFile.path)) { entry in
            switch entry {
            case .order(let order):
                orders += 1
                lines += order.lines.count
                carriage += order.carriageLines.count
            case .note: break
            case .omitted(let row): omitted[row.omission, default: 0] += 1
            }
        }
        #expect(source.rows == 320_705)
        #expect(lines + carriage + omitted.values.reduce(0, +) == source.rows)
        // 12,494 invoices have a row of positive price and quantity; 111 of them only carriage, fees or vouchers.
        #expect(orders == 12_383 && lines == 311_511 && carriage == 1_268)
        #expect(source.invoicesWithTwoTimes == 37)
        #expect(omitted[.cancellationMatched, default: 0] + omitted[.cancellationUnmatched, default: 0] == 5_847)
    }
}

/// The file of all nine months, where it lies beside the checkout.
enum WholeFile {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../shared/data/online_retail/online_retail_2010-12_to_2011-08.csv.gz")
        .standardized.path
    static let isThere = FileManager.default.fileExists(atPath: path)
    #if DEBUG
        static let isDebug = true
    #else
        static let isDebug = false
    #endif
}
