import Foundation
import OrderManagement
import Testing

@testable import Documents

@Suite("Gallery")
struct GalleryTests {
    /// `WAYBILL_GALLERY=folder` writes each sample as a PDF there, to be looked at.
    @Test("Every kind of document is drawn")
    func all() throws {
        let folder = ProcessInfo.processInfo.environment["WAYBILL_GALLERY"]
        for (name, document) in Sample.gallery + Sample.letters {
            let pdf = try document.pdf()
            #expect(pdf.starts(with: Array("%PDF-".utf8)), "\(name)")
            if let folder { try Data(pdf).write(to: URL(fileURLWithPath: "\(folder)/\(name).pdf")) }
        }
        if let folder {
            try Sample.label.zpl().write(toFile: "\(folder)/label.zpl", atomically: true, encoding: .utf8)
        }
    }

    @Test("The same document is the same bytes, whenever and on whichever thread it is drawn")
    func deterministic() async throws {
        let labels: [any PrintableDocument] = [Sample.label, Sample.label(to: Sample.arabic), Sample.customs(.cn22)]
        let alone = try Press.pdf(of: labels)
        let isSame = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    do { return try Press.pdf(of: labels) == alone } catch { return false }
                }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(isSame)
    }

    @Test("Pages have their size, and printers' margins stay blank",
        .enabled(if: Tool.pdfinfo.isInstalled && Tool.pdftoppm.isInstalled, "poppler is missing"))
    func margins() throws {
        let gallery = Sample.gallery + Sample.letters
        let documents = gallery.map(\.document)
        let pdf = try Press.pdf(of: documents)
        let folder = try Folder()
        let info = try Tool.pdfinfo("-box", "-f", "1", "-l", "99", try folder.write(pdf, "a.pdf"))
        let boxes = info.split(separator: "\n").filter { $0.contains("MediaBox") }
            .map { $0.split(separator: " ").suffix(4).compactMap { Double($0) } }
        let ink = try Reading.ink(pdf)
        #expect(boxes.count == documents.count && ink.count == documents.count)
        for (place, (name, document)) in gallery.enumerated() {
            let paper = paper(of: document)
            #expect(abs(boxes[place][2] - paper.width) < 0.02 && abs(boxes[place][3] - paper.height) < 0.02, "\(name)")
            // 2 mm are 5.7 points; one more for the edge of a pixel.
            let page = ink[place]
            #expect(page.left >= 5 && page.top >= 5, "\(name)")
            #expect(page.right <= page.width - 6 && page.bottom <= page.height - 6, "\(name)")
            #expect(page.right - page.left > page.width / 2 && page.bottom - page.top > page.height / 2, "\(name)")
        }
    }

    @Test("Sheets are Letter in the countries that CLDR names, and A4 elsewhere")
    func officePaper() {
        let letter = Country.codes.filter { PaperSize.office(in: $0) == .letter }.sorted().joined(separator: " ")
        #expect(letter == "BZ CA CL CO CR GT MX NI PA PH PR SV US VE")
        #expect(PaperSize.office(in: "DE") == .a4 && PaperSize.office(in: "GB") == .a4)
    }

    private func paper(of document: any PrintableDocument) -> PaperSize {
        switch document {
        case let form as CustomsDeclaration: form.form == .cn22 ? .cn22 : .a5Landscape
        case is ShippingLabel, is PickupCode, is Notice: .label4x6
        case let sheet as any SheetDocument: sheet.paper
        default: .a4
        }
    }

    @Test("A PDF of nothing, and the second document of many, are refused with their place")
    func refusals() throws {
        #expect(throws: DocumentError.self) { try Press.pdf(of: []) }
        var wrong = Sample.label
        wrong.parcel = 3
        let error = #expect(throws: DocumentError.self) { try Press.pdf(of: [Sample.label, wrong]) }
        #expect(error?.field == "1/parcel" && error?.reason == "there is no parcel 3 of 2")
    }
}
