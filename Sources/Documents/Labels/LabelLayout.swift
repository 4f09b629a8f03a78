import OrderManagement

/// Where everything stands on a shipping label: from top to bottom the sender with the facts, the service in a black
/// band, the recipient, the routing, the barcode.
extension ShippingLabel {
    /// Edges and lines between, in points. Thermal printers leave about 2 mm at each edge blank.
    private enum Place {
        static let margin = 3.0.mm
        static let left = margin
        static let right = PaperSize.label4x6.width - margin
        static let top = margin
        static let bottom = PaperSize.label4x6.height - margin
        static let facts = 178.0
        static let band = 78.0
        static let recipient = 106.0
        static let routing = 250.0
        /// Above the routing, where something is to be paid.
        static let cash = 224.0
        static let barcode = 300.0
        static let padding = 6.0
        static let thickness = 1.0
        /// GS1 General Specifications: bars of a logistic unit's symbol are 31.75 mm high, the narrowest 0.495 mm wide
        /// or more. Half a millimetre is four dots at 203 dpi, so that printers draw each bar the same.
        static let barHeight = 31.75.mm
        static let module = 0.5.mm
    }

    func page(_ typesetter: Typesetter) throws(DocumentError) -> Page {
        try check()
        var page = Page(paper: .label4x6)
        drawLines(on: &page)
        try drawSender(on: &page, typesetter)
        try drawFacts(on: &page, typesetter)
        try drawBand(on: &page, typesetter)
        try drawRecipient(on: &page, typesetter)
        try drawCash(on: &page, typesetter)
        try drawRouting(on: &page, typesetter)
        try drawBarcode(on: &page, typesetter)
        return page
    }

    private func drawLines(on page: inout Page) {
        let (left, right) = (Place.left, Place.right)
        let outline = Frame(x: left, y: Place.top, width: right - left, height: Place.bottom - Place.top)
        page.marks.append(.box(outline, thickness: Place.thickness))
        for y in [Place.routing, Place.barcode] { page.rule(y: y, from: left, to: right, thickness: Place.thickness) }
        page.divider(x: Place.facts, from: Place.top, to: Place.band, thickness: Place.thickness)
    }

    private static let caption = TextStyle.bold(6)

    private func drawSender(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let x = Place.left + Place.padding
        page.text(try typesetter.word(language(.from).uppercased(), Self.caption), x, Place.top + 4)
        let width = Place.facts - x - 4
        let top = Place.top + 12
        let text = try typesetter.address(
            sender.address, from: recipient.address.country, .plain(8, min: 5.5), width: width,
            height: Place.band - top - 3, cut: .anything, "sender")
        page.text(text, x, top)
    }

    private func drawFacts(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let x = Place.facts + Place.padding
        let width = Place.right - x - Place.padding
        guard let courier else {
            let words = try typesetter.word(
                language(isPostagePaid ? .postagePaid : .affixPostage), TextStyle.plain(8).aligned(.center),
                width: width)
            page.text(words, x, (Place.top + Place.band - words.height) / 2)
            return
        }
        var y = Place.top + 4
        let name = try typesetter.fit(courier, .bold(14, min: 7).cut, width: width, height: 22, lines: 2, "courier")
        page.text(name, x, y)
        y = Place.top + 26
        var facts = [(language(.date), Figures.day(date, language))]
        if let weightGrams { facts.append((language(.weight), Figures.weight(weightGrams, language))) }
        for (caption, value) in facts {
            page.text(try typesetter.word(caption.uppercased(), Self.caption), x, y)
            page.text(try typesetter.word(value, .bold(10)), x, y + 6)
            y += 19.5
        }
    }

    private func drawBand(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let height = Place.recipient - Place.band
        let (x, width) = (Place.left + Place.padding, Place.right - Place.left - 2 * Place.padding)
        page.marks.append(
            .fill(Frame(x: Place.left, y: Place.band, width: Place.right - Place.left, height: height), gray: 0))
        let count = try typesetter.word("\(parcel) \(language(.parcelOf)) \(parcels)", .bold(13))
        var words = service
        if case .returning = purpose {
            words = service.isEmpty ? language(.returnLabel) : "\(language(.returnLabel)) · \(service)"
        }
        let text = try typesetter.fit(
            words, .bold(17, min: 9).cut, width: width - count.width - 12, lines: 1, "service")
        page.text(text, x, Place.band + (height - text.height) / 2, gray: 1)
        page.text(count, x + width - count.width, Place.band + (height - count.height) / 2, gray: 1)
    }

    private func drawRecipient(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let x = Place.left + Place.padding
        let inset = 18.0
        let caption = try typesetter.word(language(.to).uppercased(), Self.caption)
        page.text(caption, x, Place.recipient + 5)
        if hasDangerousGoods { try drawDanger(on: &page, typesetter) }
        var bottom = (cash == nil ? Place.routing : Place.cash) - 5
        if let phone = recipient.phone, !phone.isEmpty {
            let text = try typesetter.fit(
                "\(language(.phone)) \(phone)", .plain(9, min: 7), width: Place.right - x - inset - Place.padding,
                lines: 1, "recipient/phone")
            bottom -= text.height + 2
            page.text(text, x + inset, bottom)
        }
        let top = Place.recipient + 13
        let text = try typesetter.address(
            recipient.address, from: sender.address.country, .plain(15, min: 8),
            width: Place.right - x - inset - Place.padding, height: bottom - top - 2, cut: .name, "recipient")
        page.text(text, x + inset, top)
    }

    /// White on black at the right, above the recipient.
    private func drawDanger(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let words = try typesetter.word(language(.dangerousGoods).uppercased(), .bold(8))
        let frame = Frame(
            x: Place.right - words.width - 2 * Place.padding, y: Place.recipient + 2,
            width: words.width + 2 * Place.padding, height: 11)
        page.marks.append(.fill(frame, gray: 0))
        page.text(words, frame.x + Place.padding, frame.y + (frame.height - words.height) / 2, gray: 1)
    }

    /// White on black across the label, below the recipient: whoever stands at the door must not miss it.
    private func drawCash(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        guard let cash else { return }
        let frame = Frame(
            x: Place.left, y: Place.cash, width: Place.right - Place.left, height: Place.routing - Place.cash)
        page.marks.append(.fill(frame, gray: 0))
        let text = try typesetter.fit(
            "\(language(.cashOnDelivery)) \(Figures.money(cash, language))",
            TextStyle.bold(19, min: 9).aligned(.center), width: frame.width - 2 * Place.padding, lines: 1, "cash")
        page.text(text, frame.x + Place.padding, frame.y + (frame.height - text.height) / 2, gray: 1)
    }

    private func drawRouting(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let x = Place.left + Place.padding
        let height = Place.barcode - Place.routing
        var facts = [(language(.reference), reference, "reference")]
        var big = routing ?? ""
        if let tracking, !tracking.isEmpty { facts.append((language(.tracking), tracking, "tracking")) }
        if let zone, !zone.isEmpty { facts.append((language(.zone), zone, "zone")) }
        var (caption, field) = (Phrase.routing, "routing")
        if case .returning(let authorization) = purpose {
            if !big.isEmpty { facts.append((language(.routing), big, "routing")) }
            (big, caption, field) = (authorization, .authorization, "purpose/authorization")
        }
        let split = big.isEmpty ? x : 150.0
        if !big.isEmpty {
            page.text(try typesetter.word(language(caption).uppercased(), Self.caption), x, Place.routing + 4)
            let width = split - x - Place.padding
            let text = try typesetter.fit(
                big, .bold(24, min: 7), width: width, height: height - 14, lines: 2, field)
            page.text(text, x, Place.routing + 11 + (height - 13 - text.height) / 2)
            page.divider(x: split, from: Place.routing, to: Place.barcode, thickness: Place.thickness)
        }
        let left = big.isEmpty ? x : split + Place.padding
        let room = height / Double(facts.count)
        for (place, (caption, value, field)) in facts.enumerated() where !value.isEmpty {
            let y = Place.routing + Double(place) * room + 4
            page.text(try typesetter.word(caption.uppercased(), Self.caption), left, y)
            let text = try typesetter.fit(
                value, .bold(11, min: 5), width: Place.right - left - Place.padding, height: room - 12, lines: 2,
                field)
            page.text(text, left, y + 7)
        }
    }

    private func drawBarcode(on page: inout Page, _ typesetter: Typesetter) throws(DocumentError) {
        let symbol = try symbol()
        // Narrower bars for longer numbers: in steps of a printer's dot, so that each bar has the same width.
        let dot = Place.module / 4
        let across = Double(symbol.columns + 2 * symbol.quietModules)
        let dots = min(4, ((Place.right - Place.left) / across / dot + 0.001).rounded(.down))
        guard dots >= 2 else {
            throw DocumentError(.notEncodable, "code", "the barcode is too wide for the label; shorten the number")
        }
        let module = dots * dot
        let x = (PaperSize.label4x6.width - Double(symbol.columns) * module) / 2
        let aligned = (x / dot).rounded(.down) * dot
        let top = Place.barcode + 8
        page.marks.append(.symbol(symbol, x: aligned, y: top, module: module, height: Place.barHeight))
        let style = TextStyle.plain(11, min: 7).aligned(.center)
        let width = Place.right - Place.left - 2 * Place.padding
        let text = try typesetter.fit(readableCode, style, width: width, lines: 1, "code")
        page.text(text, Place.left + Place.padding, top + Place.barHeight + 4)
    }
}
