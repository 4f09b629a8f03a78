public import OrderManagement

/// A credit memo on paper: what is given back, by line, with its tax, and over what.
public struct CreditNote: Hashable, SheetDocument {
    public struct Line: Hashable, Sendable {
        public var description: String
        /// The SKU, a serial number, a period.
        public var note: String?
        /// nil for what has no units: shipping, goodwill.
        public var quantity: Int64?
        /// Tax is included in it; negative for what is kept back.
        public var amount: Money
        public var tax: Money

        public init(description: String, note: String? = nil, quantity: Int64? = nil, amount: Money, tax: Money) {
            (self.description, self.note, self.quantity) = (description, note, quantity)
            (self.amount, self.tax) = (amount, tax)
        }

        /// What is no goods, in the note's language.
        public init(_ charge: Charge, amount: Money, tax: Money, in language: DocumentLanguage) {
            self.init(description: language(charge.phrase), amount: amount, tax: tax)
        }
    }

    /// What a credit memo is of besides goods.
    public enum Charge: Sendable {
        case shipping, fees
        /// Not given back; its amount is below zero.
        case keptBack
        /// Kept back by an earlier note, and given back by this one.
        case givenUp

        var phrase: Phrase {
            switch self {
            case .shipping: .shipping
            case .fees: .fees
            case .keptBack: .keptBack
            case .givenUp: .givenUp
            }
        }
    }

    /// Where money goes, as the customer knows it.
    public enum Place: Hashable, Sendable {
        /// Back by the payment that it came by.
        case source
        case storeCredit
        /// To the order that goes out for what comes back.
        case exchange
        /// To the order that sends once more what was lost or came back.
        case reshipment
        /// Nowhere: it pays what was still owed.
        case setOff
        /// By another name than those.
        case tender(String)

        func words(in language: DocumentLanguage) -> String {
            switch self {
            case .source: language(.refundedToSource)
            case .storeCredit: language(.refundedAsCredit)
            case .exchange: language(.refundedAsExchange)
            case .reshipment: language(.refundedAsReshipment)
            case .setOff: language(.setOff)
            case .tender(let name): "\(language(.refundedTo)) \(name)"
            }
        }
    }

    /// Money that was given back.
    public struct Refund: Hashable, Sendable {
        public var place: Place
        public var amount: Money

        public init(to place: Place, amount: Money) { (self.place, self.amount) = (place, amount) }
    }

    public var retailer: Address
    /// A VAT number, which an invoice's correction must bear in many countries.
    public var retailerTaxNumber: String?
    public var billTo: Address
    public var number: String
    public var order: String
    public var invoice: String?
    public var reason: String?
    public var lines: [Line]
    /// What was paid back by now; empty while nothing was.
    public var refunds: [Refund]
    /// All lines together; said by the books, and checked here.
    public var total: Money
    public var date: PrintedDate
    public var language: DocumentLanguage
    public var paper: PaperSize

    public static let linesMax = 1_000

    public init(
        retailer: Address, retailerTaxNumber: String? = nil, billTo: Address, number: String, order: String,
        invoice: String? = nil, reason: String? = nil, lines: [Line], refunds: [Refund] = [], total: Money,
        date: PrintedDate, language: DocumentLanguage = .english, paper: PaperSize = .a4
    ) {
        (self.retailer, self.retailerTaxNumber, self.billTo) = (retailer, retailerTaxNumber, billTo)
        (self.number, self.order, self.invoice, self.reason) = (number, order, invoice, reason)
        (self.lines, self.refunds, self.total) = (lines, refunds, total)
        (self.date, self.language, self.paper) = (date, language, paper)
    }

    var heading: Sheet.Heading {
        Sheet.Heading(title: language(.creditNote), number: number, retailer: retailer, destination: billTo.country)
    }

    func lay(on sheet: Sheet) throws(DocumentError) {
        try check()
        try sheet.parties([(.billTo, billTo, "bill_to")])
        try sheet.facts([
            (.date, Figures.day(date, language), "date"), (.originalOrder, order, "order"),
            (.originalInvoice, invoice ?? "", "invoice"), (.taxNumber, retailerTaxNumber ?? "", "retailer_tax_number"),
            (.reason, reason ?? "", "reason"),
        ])
        let trailing = TextStyle.plain(9, min: 6).aligned(.trailing)
        let table = Table(columns: [
            Table.Column(title: language(.quantity), share: 0.09, lines: 1),
            Table.Column(title: language(.description), share: 0.49, style: .plain(9, min: 6).cut, lines: 6),
            Table.Column(title: language(.net), share: 0.14, style: trailing, lines: 1),
            Table.Column(title: language(.tax), share: 0.12, style: trailing, lines: 1),
            Table.Column(title: "\(language(.gross)) \(total.currency)", share: 0.16, style: trailing, lines: 1),
        ])
        try table.drawTitles(on: sheet)
        for (place, line) in lines.enumerated() {
            let field = "lines/\(place)"
            let net = Money(line.amount.amount - line.tax.amount, total.currency)
            try table.draw(
                [
                    .text(line.quantity.map { Figures.grouped($0, language) } ?? "", field: field + "/quantity"),
                    .text(line.description, note: line.note, field: field + "/description"),
                    .text(Figures.amount(net, language), field: field + "/amount"),
                    .text(Figures.amount(line.tax, language), field: field + "/tax"),
                    .text(Figures.amount(line.amount, language), field: field + "/amount"),
                ], on: sheet)
        }
        try drawTotals(on: sheet)
    }

    private func drawTotals(on sheet: Sheet) throws(DocumentError) {
        let tax = lines.reduce(0) { $0 + $1.tax.amount }
        var rows: [(String, Money, Bool)] = [
            (language(.net), Money(total.amount - tax, total.currency), false),
            (language(.tax), Money(tax, total.currency), false), (language(.total), total, true),
        ]
        for refund in refunds { rows.append((refund.place.words(in: language), refund.amount, false)) }
        sheet.move(8)
        let width = sheet.width * 0.46
        let left = sheet.right - width
        for (place, (words, amount, isBold)) in rows.enumerated() {
            try sheet.need(20)
            let field = place < 3 ? "total" : "refunds/\(place - 3)/tender"
            let size = isBold ? 11.0 : 9.0
            let style = isBold ? TextStyle.bold(size, min: 7) : TextStyle.plain(size, min: 6)
            let text = try sheet.typesetter.fit(words, style.cut, width: width * 0.58, lines: 2, field)
            let value = try sheet.typesetter.fit(
                Figures.money(amount, language), style.aligned(.trailing), width: width * 0.41, lines: 1, field)
            if isBold {
                sheet.add(.line(fromX: left, fromY: sheet.y, toX: sheet.right, toY: sheet.y, thickness: 0.8))
                sheet.move(4)
            }
            sheet.add(.text(text, x: left, y: sheet.y, gray: 0))
            sheet.add(.text(value, x: sheet.right - width * 0.41, y: sheet.y, gray: 0))
            sheet.move(max(text.height, value.height) + (isBold ? 8 : 4))
        }
    }

    private func check() throws(DocumentError) {
        guard (1...Self.linesMax).contains(lines.count) else {
            throw DocumentError(.tooMany, "lines", "a credit note has 1 to \(Self.linesMax) lines")
        }
        var sum: Int64 = 0
        for (place, line) in lines.enumerated() {
            guard line.amount.currency == total.currency, line.tax.currency == total.currency else {
                throw DocumentError(.contradiction, "lines/\(place)", "all amounts are in \(total.currency)")
            }
            guard line.amount.amount.magnitude <= UInt64(Money.amountMax) else {
                throw DocumentError(.contradiction, "lines/\(place)/amount", "an amount is at most \(Money.amountMax)")
            }
            sum += line.amount.amount
        }
        guard sum == total.amount else {
            throw DocumentError(
                .contradiction, "total", "the lines add up to \(Money(sum, total.currency)), not to \(total)")
        }
        for (place, refund) in refunds.enumerated() where refund.amount.currency != total.currency {
            throw DocumentError(.contradiction, "refunds/\(place)", "all amounts are in \(total.currency)")
        }
    }
}
