import OrderManagement

/// Where everything stands on a CN 23, 210 × 148 mm.
struct CN23Layout {
    private let form: CustomsDeclaration
    private let grid: FormGrid
    private let language: DocumentLanguage
    private let area: Frame

    init(_ form: CustomsDeclaration, _ typesetter: Typesetter) {
        self.form = form
        language = form.language
        grid = FormGrid(.a5Landscape, typesetter)
        area = Frame(x: 0, y: 0, width: PaperSize.a5Landscape.width, height: PaperSize.a5Landscape.height)
            .inset(7.0.mm, 6.0.mm)
    }

    private enum Place {
        static let heading = 24.0
        static let parties = 92.0
        static let references = 26.0
        static let titles = 18.0
        static let row = 17.0
        static let totals = 24.0
    }

    private static let shares = [0.38, 0.08, 0.12, 0.15, 0.15, 0.12]

    func page() throws(DocumentError) -> Page {
        var y = area.y
        try drawHeading(y)
        y += Place.heading
        try drawParties(y)
        y += Place.parties
        try drawReferences(y)
        y += Place.references
        y = try drawItems(y)
        try drawTotals(y)
        y += Place.totals
        try drawFoot(y)
        grid.page.marks.append(.box(area, thickness: 1))
        return grid.page
    }

    private func drawHeading(_ y: Double) throws(DocumentError) {
        let name = try grid.typesetter.word("CN 23", .bold(15))
        grid.page.text(name, area.right - name.width - 5, y + 2)
        let title = try grid.typesetter.word(CustomsPhrase.declaration.words(language).uppercased(), .bold(12))
        grid.page.text(title, area.x + 5, y + 4)
        let words = "\(CustomsPhrase.declaration.beside(language))  ·  \(CustomsPhrase.mayBeOpened.both(language))"
        let text = try grid.typesetter.fit(
            words, .plain(7, min: 5), width: area.width - name.width - title.width - 26, lines: 1, "wording")
        grid.page.text(text, area.x + 13 + title.width, y + 8)
    }

    private func drawParties(_ y: Double) throws(DocumentError) {
        let each = area.width / 2
        let parties = [
            (CustomsPhrase.from, form.sender, "sender", form.recipient.address.country),
            (.to, form.recipient, "recipient", form.sender.address.country),
        ]
        for (place, (phrase, party, field, other)) in parties.enumerated() {
            let frame = Frame(x: area.x + Double(place) * each, y: y, width: each, height: Place.parties)
            try grid.cell(frame, phrase.both(language), "", field)
            var height = Place.parties - 14
            if let phone = party.phone, !phone.isEmpty {
                let text = try grid.typesetter.fit(
                    "\(CustomsPhrase.phone.both(language)) \(phone)", .plain(7, min: 5), width: each - 14, lines: 1,
                    field + "/phone")
                grid.page.text(text, frame.x + 6, frame.bottom - text.height - 2)
                height -= text.height + 2
            }
            let style = TextStyle.plain(10, min: 6)
            // Customs reads the country also where it is the sender's own.
            let text = try grid.typesetter.address(
                party.address, from: other == party.address.country ? "" : other, style, width: each - 14,
                height: height, cut: .anything, field)
            grid.page.text(text, frame.x + 6, frame.y + 11)
        }
    }

    private func drawReferences(_ y: Double) throws(DocumentError) {
        let values: [(CustomsPhrase, String, String)] = [
            (.itemNumber, form.tracking, "tracking"),
            (.senderReference, form.senderReference ?? "", "sender_reference"),
            (.importerReference, form.importerReference ?? "", "importer_reference"),
            (.invoice, form.invoice ?? "", "invoice"),
        ]
        let each = area.width / Double(values.count)
        for (place, value) in values.enumerated() {
            let frame = Frame(x: area.x + Double(place) * each, y: y, width: each, height: Place.references)
            try grid.cell(frame, value.0.both(language), value.1, value.2, style: .bold(8, min: 5), lines: 1)
        }
    }

    private func drawItems(_ top: Double) throws(DocumentError) -> Double {
        let titles: [CustomsPhrase] = [.contents, .quantity, .netWeight, .value, .tariffNumber, .origin]
        var y = top
        try grid.row(
            Frame(x: area.x, y: y, width: area.width, height: Place.titles),
            zip(Self.shares, titles).map {
                FormGrid.Cell(share: $0, text: $1.both(language), style: FormGrid.caption, field: "wording")
            })
        y += Place.titles
        for place in 0..<(CustomsDeclaration.itemsMax[.cn23] ?? 0) {
            var texts = ["", "", "", "", "", ""]
            if form.items.indices.contains(place) {
                let item = form.items[place]
                texts = [
                    item.description, Figures.grouped(item.quantity, language),
                    FormGrid.kilograms(item.netWeightGrams, language), Figures.money(item.value, language),
                    item.tariffNumber ?? "", item.origin ?? "",
                ]
            }
            let names = ["description", "quantity", "net_weight_g", "value", "tariff_number", "origin"]
            let cells = Self.shares.indices.map { column in
                let style = TextStyle.plain(8, min: 5)
                return FormGrid.Cell(
                    share: Self.shares[column], text: texts[column], style: column == 0 ? style.cut : style,
                    field: "items/\(place)/\(names[column])")
            }
            try grid.row(Frame(x: area.x, y: y, width: area.width, height: Place.row), cells)
            y += Place.row
        }
        return y
    }

    private func drawTotals(_ y: Double) throws(DocumentError) {
        let values: [(CustomsPhrase, String, String)] = [
            (.totalWeight, FormGrid.kilograms(form.grossWeightGrams, language), "gross_weight_g"),
            (.totalValue, Figures.money(form.totalValue, language), "items"),
            (.postage, form.postage.map { Figures.money($0, language) } ?? "", "postage"),
            (.posted, Figures.day(form.date, language), "date"),
        ]
        let each = area.width / Double(values.count)
        for (place, value) in values.enumerated() {
            let frame = Frame(x: area.x + Double(place) * each, y: y, width: each, height: Place.totals)
            try grid.cell(frame, value.0.both(language), value.1, value.2, style: .bold(9, min: 6), lines: 1)
        }
    }

    private func drawFoot(_ top: Double) throws(DocumentError) {
        let height = area.bottom - top
        let half = area.width * 0.56
        let left = Frame(x: area.x, y: top, width: half, height: height)
        try grid.cell(left, CustomsPhrase.category.both(language), "", "category")
        let each = (half - 10) / 3
        for (place, box) in form.category.boxes.enumerated() {
            var words = box.phrase.both(language)
            if box.phrase == .other, let explanation = form.category.explanation { words += ": \(explanation)" }
            try grid.tick(
                left.x + 5 + Double(place % 3) * each, left.y + 12 + Double(place / 3) * 14, width: each - 4, words,
                isTicked: box.isTicked)
        }
        let comments = Frame(x: left.x, y: top + 42, width: half, height: height - 42)
        try grid.cell(
            comments, CustomsPhrase.comments.both(language),
            (form.remarks.map { $0.both(language) } + [form.comments].compactMap { $0 }).joined(separator: ". "),
            "comments", style: TextStyle(size: 8, isBold: !form.remarks.isEmpty, sizeMin: 4.5).cut, lines: 4)
        let right = Frame(x: area.x + half, y: top, width: area.width - half, height: height)
        grid.page.marks.append(.box(right, thickness: FormGrid.thickness))
        let words = "\(form.certificate.words(language)) / \(form.certificate.beside(language))"
        let text = try grid.typesetter.fit(
            words, .plain(6, min: 4), width: right.width - 10, height: height - 30, lines: 8, "wording")
        grid.page.text(text, right.x + 5, right.y + 3)
        let line = right.bottom - 11
        grid.page.rule(y: line, from: right.x + 5, to: right.right - 5, thickness: 0.5)
        let caption = try grid.typesetter.fit(
            CustomsPhrase.signature.both(language), FormGrid.caption, width: right.width - 10, lines: 1, "wording")
        grid.page.text(caption, right.x + 5, line + 1)
    }
}
