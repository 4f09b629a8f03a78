import OrderManagement

/// Where everything stands on a CN 22, 74 × 105 mm.
struct CN22Layout {
    private let form: CustomsDeclaration
    private let grid: FormGrid
    private let language: DocumentLanguage
    private let area: Frame
    private let room: Room

    /// What is given up so that the certificate can be read: first the height of rows in which nothing stands, then
    /// the size of its letters, at last its second language.
    private struct Room {
        let emptyRow: Double
        let isInBoth: Bool
        let letters: Double

        static let all = [
            Room(emptyRow: CN22Layout.rowHeight, isInBoth: true, letters: 4.5),
            Room(emptyRow: 7, isInBoth: true, letters: 4.5), Room(emptyRow: 7, isInBoth: true, letters: 3.8),
            Room(emptyRow: 7, isInBoth: false, letters: 3.2),
        ]
    }

    /// - Throws: as each of its parts; where the certificate has no room at its least size.
    static func page(of form: CustomsDeclaration, _ typesetter: Typesetter) throws(DocumentError) -> Page {
        for room in Room.all.dropLast() {
            if let page = try CN22Layout(form, typesetter, room).page() { return page }
        }
        let last = Room.all[Room.all.count - 1]
        guard let page = try CN22Layout(form, typesetter, last).page() else {
            preconditionFailure("the last try throws where something has no room")  // its certificate is fitted so
        }
        return page
    }

    private init(_ form: CustomsDeclaration, _ typesetter: Typesetter, _ room: Room) {
        self.form = form
        self.room = room
        language = form.language
        grid = FormGrid(.cn22, typesetter)
        area = Frame(x: 0, y: 0, width: PaperSize.cn22.width, height: PaperSize.cn22.height).inset(2.5.mm, 2.5.mm)
    }

    private static let shares = [0.5, 0.22, 0.28]
    private static let rowHeight = 20.0

    /// - Returns: nil where the certificate cannot be read with so much room.
    private func page() throws(DocumentError) -> Page? {
        var y = try drawHeading()
        y = try drawCategory(y)
        y = try drawItems(y)
        return try drawFoot(y) ? grid.page : nil
    }

    private func drawHeading() throws(DocumentError) -> Double {
        grid.page.marks.append(.box(area, thickness: 1))
        let typesetter = grid.typesetter
        let name = try typesetter.word("CN 22", .bold(13))
        grid.page.text(name, area.right - name.width - 5, area.y + 3)
        let width = area.width - name.width - 14
        let title = try typesetter.fit(
            CustomsPhrase.declaration.words(language).uppercased(), .bold(9, min: 6), width: width, lines: 1, "wording")
        grid.page.text(title, area.x + 5, area.y + 3)
        let second = try typesetter.fit(
            CustomsPhrase.declaration.beside(language), .plain(6.5, min: 4), width: width, lines: 1, "wording")
        grid.page.text(second, area.x + 5, area.y + 3 + title.height)
        let opened = try typesetter.fit(
            CustomsPhrase.mayBeOpened.both(language), .plain(5.5, min: 4), width: area.width - 10, lines: 1, "wording")
        let y = area.y + 5 + title.height + second.height
        grid.page.text(opened, area.x + 5, y)
        return y + opened.height + 3
    }

    private func drawCategory(_ top: Double) throws(DocumentError) -> Double {
        grid.page.rule(y: top, from: area.x, to: area.right, thickness: FormGrid.thickness)
        let each = area.width / 2
        var y = top + 6
        for (place, box) in form.category.boxes.enumerated() {
            let x = area.x + 5 + (place % 2 == 0 ? 0 : each)
            var words = box.phrase.both(language)
            if box.phrase == .other, let explanation = form.category.explanation { words += ": \(explanation)" }
            try grid.tick(x, y, width: each - 8, words, isTicked: box.isTicked)
            if place % 2 == 1 { y += 14 }
        }
        return y + 2
    }

    private func drawItems(_ top: Double) throws(DocumentError) -> Double {
        let caption = FormGrid.caption
        let titles: [CustomsPhrase] = [.contents, .netWeight, .value]
        var y = top
        let header = Frame(x: area.x, y: y, width: area.width, height: 16)
        try grid.row(
            header,
            zip(Self.shares, titles).map {
                FormGrid.Cell(share: $0, text: $1.both(language), style: caption, field: "wording")
            })
        y += header.height
        for place in 0..<(CustomsDeclaration.itemsMax[.cn22] ?? 0) {
            let isUsed = form.items.indices.contains(place)
            let frame = Frame(
                x: area.x, y: y, width: area.width, height: isUsed ? Self.rowHeight : room.emptyRow)
            let field = "items/\(place)"
            if isUsed {
                let item = form.items[place]
                let origin = [item.tariffNumber.map { "HS\u{A0}\($0)" }, item.origin].compactMap { $0 }
                let more = origin.isEmpty ? "" : " (\(origin.joined(separator: ", ")))"
                let style = TextStyle.plain(6.5, min: 4.5)
                try grid.row(
                    frame,
                    [
                        .init(
                            share: Self.shares[0], text: "\(item.quantity) × \(item.description)", tail: more,
                            style: style.cut, field: field),
                        .init(
                            share: Self.shares[1], text: FormGrid.kilograms(item.netWeightGrams, language),
                            style: style, field: field),
                        .init(
                            share: Self.shares[2], text: Figures.money(item.value, language), style: style,
                            field: field + "/value"),
                    ], lines: 3)
            } else {
                try grid.row(frame, Self.shares.map { .init(share: $0, text: "", style: caption, field: field) })
            }
            y += frame.height
        }
        let total = Frame(x: area.x, y: y, width: area.width, height: 24)
        let edges = [0, Self.shares[0], Self.shares[0] + Self.shares[1], 1].map { total.x + $0 * total.width }
        let values = [
            (CustomsPhrase.itemNumber, form.tracking, "tracking"),
            (.totalWeight, FormGrid.kilograms(form.grossWeightGrams, language), "gross_weight_g"),
            (.totalValue, Figures.money(form.totalValue, language), "items"),
        ]
        for (place, value) in values.enumerated() {
            let frame = Frame(x: edges[place], y: y, width: edges[place + 1] - edges[place], height: total.height)
            try grid.cell(
                frame, value.0.both(language), value.1, value.2, style: .bold(7, min: 4.5), lines: 2)
        }
        return y + total.height
    }

    /// The form has no fields for the numbers of sender and importer, nor for remarks: each that there is has a line.
    /// - Returns: How much of the room they take.
    private func drawReferences(in room: Frame) throws(DocumentError) -> Double {
        let references: [(CustomsPhrase, String?, String)] = [
            (.senderReference, form.senderReference, "sender_reference"),
            (.importerReference, form.importerReference, "importer_reference"),
        ]
        var height = 0.0
        for remark in form.remarks {
            let text = try grid.typesetter.fit(
                remark.both(language), .bold(5.5, min: 3.8), width: room.width, lines: 2, "wording")
            grid.page.text(text, room.x, room.y + height)
            height += text.height + 1
        }
        for (phrase, number, field) in references {
            guard let number, !number.isEmpty else { continue }
            let text = try grid.typesetter.fit(
                "\(phrase.both(language)): \(number)", .plain(form.remarks.isEmpty ? 5.5 : 4.8, min: 3.8),
                width: room.width, lines: 1, field)
            grid.page.text(text, room.x, room.y + height)
            height += text.height + 1
        }
        return height
    }

    /// - Returns: Whether the certificate can be read.
    private func drawFoot(_ top: Double) throws(DocumentError) -> Bool {
        let room = Frame(x: area.x + 4, y: top + 3, width: area.width - 8, height: area.bottom - top - 24)
        let used = try drawReferences(in: room)
        guard let text = try certificate(in: room.width, room.height - used) else { return false }
        grid.page.text(text, room.x, room.y + used)
        let line = area.bottom - 11
        grid.page.rule(y: line, from: room.x, to: room.x + room.width, thickness: 0.5)
        let date = try grid.typesetter.word(Figures.day(form.date, language), .plain(7))
        grid.page.text(date, room.x, line - date.height)
        let caption = try grid.typesetter.fit(
            CustomsPhrase.signature.both(language), FormGrid.caption, width: room.width, lines: 1, "wording")
        grid.page.text(caption, room.x, line + 1)
        return true
    }

    /// In both languages where that can be read; else in French, which all posts read.
    /// - Returns: nil where it has no room so.
    private func certificate(in width: Double, _ height: Double) throws(DocumentError) -> SetText? {
        let style = TextStyle.plain(5.2, min: room.letters)
        guard room.isInBoth else {
            return try grid.typesetter.fit(
                form.certificate.words(.french), style, width: width, height: height, lines: 10, "wording")
        }
        let both = "\(form.certificate.words(language)) / \(form.certificate.beside(language))"
        return try grid.typesetter.fit(clean: both, style, width, height, 10, "wording")
    }
}
