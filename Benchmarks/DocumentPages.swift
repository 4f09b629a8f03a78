import Documents
import Foundation
import OrderManagement

/// Labels drawn, beside bare pages of the same libraries.
struct DocumentPages {
    let rounds: Int
    let many: Int

    private struct Figures {
        var bareOne: [Double] = []
        var one: [Double] = []
        var bareMany: [Double] = []
        var many: [Double] = []
        var zpl: [Double] = []
        var chinese: [Double] = []
        var slip: [Double] = []
    }

    func run(into report: inout Report) throws {
        var figures = Figures()
        // The first document of a process reads the fonts' tables: that is measured by itself.
        let first = try milliseconds { _ = try Self.label(0).pdf() }
        var size = 0
        for round in 1...rounds {
            Progress.say("documents: round \(round) of \(rounds)")
            figures.bareOne.append(try median(of: 15) { size = BarePages.pdf(pages: 1) })
            figures.one.append(try median(of: 15) { size = try Self.label(1).pdf().count })
            figures.bareMany.append(try milliseconds { size = BarePages.pdf(pages: many) })
            figures.many.append(try milliseconds { try write(many) })
            figures.zpl.append(try median(of: 15) { size = try Self.label(1).zpl().utf8.count })
            figures.chinese.append(try median(of: 15) { size = try Self.chinese.pdf().count })
            figures.slip.append(try median(of: 15) { size = try Self.slip.pdf().count })
        }
        guard size > 0 else { throw BenchmarkFailure("nothing was drawn") }
        let growth = try memoryGrowth()
        report.tables.append(table(figures, first: first, growth: growth))
        report.record("label", "milliseconds", figures.one)
        report.record("bare page", "milliseconds", figures.bareOne)
        report.record("\(many) labels", "milliseconds", figures.many)
        report.record("\(many) bare pages", "milliseconds", figures.bareMany)
        report.goals.append(
            Goal(name: "a label as PDF", wanted: "< 15 ms", found: "\(text(figures.one)) ms",
                isMet: figures.one.median < 15))
        report.goals.append(
            Goal(name: "1,000 labels in one PDF", wanted: "< 2 s",
                found: "\(Figure.text(figures.many.median / Double(many), decimals: 2)) s",
                isMet: figures.many.median / Double(many) < 2))
    }

    private func table(_ figures: Figures, first: Double, growth: Double) -> ReportTable {
        var table = ReportTable(
            "Documents",
            note: """
                Labels of 4 × 6 inches with two addresses, facts, routing and a GS1-128, beside bare pages of the \
                same libraries with five lines and as many bars. The first label of a process, which reads the \
                fonts, took \(Figure.text(first, decimals: 0)) ms. Ten times as many labels in one PDF took \
                \(Figure.text(growth, decimals: 1)) MB more of memory.
                """,
            columns: ["what", "ms", "bare ms", "of bare"])
        func row(_ name: String, _ values: [Double], _ bare: [Double], each: Double = 1) -> [String] {
            [
                name, values.map { $0 / each }.spread(decimals: 2), bare.map { $0 / each }.spread(decimals: 2),
                Figure.text(values.median / bare.median, decimals: 1) + " ×",
            ]
        }
        table.rows.append(row("one label, one PDF", figures.one, figures.bareOne))
        table.rows.append(row("one of \(Figure.text(Double(many))) in one PDF", figures.many, figures.bareMany,
            each: Double(many)))
        table.rows.append(row("one label to China", figures.chinese, figures.bareOne))
        table.rows.append(row("one label in ZPL", figures.zpl, figures.bareOne))
        table.rows.append(row("a packing slip of 20 lines", figures.slip, figures.bareOne))
        return table
    }

    private func text(_ values: [Double]) -> String { Figure.text(values.median, decimals: 1) }

    private func write(_ count: Int) throws {
        var bytes = 0
        try Press.write((0..<count).lazy.map { Self.label($0) as any PrintableDocument }) { bytes += $0.count }
        guard bytes > 0 else { throw BenchmarkFailure("nothing was drawn") }
    }

    /// Megabytes that ten times as many labels take at once.
    private func memoryGrowth() throws -> Double {
        let before = Self.peakMegabytes()
        try write(many * 10)
        return Self.peakMegabytes() - before
    }

    private static func peakMegabytes() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }

    private func milliseconds(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        return (ContinuousClock.now - start).seconds * 1000
    }

    private func median(of count: Int, _ work: () throws -> Void) rethrows -> Double {
        var values: [Double] = []
        for _ in 0..<count { values.append(try milliseconds(work)) }
        return values.median
    }

    // MARK: What is drawn

    private static let shop = Party(
        Address(
            name: "Harbour & Finch Ltd", lines: ["Unit 4, Foundry Works", "18 Canal Street"], city: "Leeds",
            postcode: "LS9 8AB", country: "GB"))

    private static func date() -> PrintedDate {
        guard let date = PrintedDate(year: 2026, month: 11, day: 26) else { preconditionFailure("a day of 2026") }
        return date
    }

    static func label(_ number: Int) -> ShippingLabel {
        guard let sscc = SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: Int64(number)) else {
            preconditionFailure("a serial within its bounds")
        }
        return ShippingLabel(
            courier: "Northway Parcels", service: "Express 24", routing: "DE-HAM \(number % 900)", sender: shop,
            recipient: Party(
                Address(
                    name: "Jürgen Groß", lines: ["Große Elbstraße \(number)", "c/o Fischmarkt Büro, 3. OG"],
                    city: "Hamburg", postcode: "22767", country: "DE"), phone: "+49 40 1234567"),
            weightGrams: 1250, parcel: 1, parcels: 2, reference: "WEB-\(100_000 + number)", code: .sscc(sscc),
            date: date())
    }

    static var chinese: ShippingLabel {
        var label = label(7)
        label.recipient = Party(
            Address(
                name: "王小明", lines: ["朝阳区建国路88号 3号楼1单元"], city: "北京市", postcode: "100022", country: "CN"))
        return label
    }

    static var slip: PackingSlip {
        PackingSlip(
            retailer: shop.address, shipTo: label(7).recipient.address, order: "WEB-100007",
            number: "WEB-100007/1", shipment: "WEB-100007-F1",
            lines: (0..<20).map {
                PackingSlip.Line(sku: "SKU-\($0)", description: "White hanging heart T-light holder", quantity: 2)
            }, date: date())
    }
}
