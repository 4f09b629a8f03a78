import OrderManagement

/// One row of the *Online Retail* layout, its values read.
struct OnlineRetailRow {
    /// What a stock code stands for.
    enum Kind: Hashable {
        case goods
        case carriage
        case charge(OnlineRetail.Omission)

        var omission: OnlineRetail.Omission? {
            switch self {
            case .goods, .carriage: nil
            case .charge(let omission): omission
            }
        }

        /// Goods have five digits and at most two letters, or one of the shop's odd codes for goods (`DCGS…`).
        init(code: String) {
            switch code {
            case "POST", "DOT", "C2": self = .carriage
            case "D": self = .charge(.discount)
            case "M": self = .charge(.manual)
            case "S": self = .charge(.samples)
            case "B": self = .charge(.badDebt)
            case "BANK CHARGES": self = .charge(.bankCharges)
            case "AMAZONFEE": self = .charge(.marketplaceFee)
            default:
                if code.hasPrefix("GIFT_") {
                    self = .charge(.voucher)
                } else if code.hasPrefix("DCGS") || Self.isGoods(code) {
                    self = .goods
                } else {
                    self = .charge(.otherCode)
                }
            }
        }

        private static func isGoods(_ code: String) -> Bool {
            let rest = code.utf8.drop { (48...57).contains($0) }
            return code.utf8.count - rest.count == 5 && rest.count <= 2 && rest.allSatisfy { (65...90).contains($0) }
        }
    }

    let line: Int
    let invoice: String
    /// Whether it stands on a cancellation note.
    var isOfNote: Bool { invoice.hasPrefix("C") }
    /// In upper case.
    let sku: String
    let writtenSKU: String
    let kind: Kind
    let description: String
    let quantity: Int64
    let time: String
    let price: Price
    let customer: String?
    let country: String
    /// The row as written, for telling one content from another.
    let content: String

    static func read(_ record: TableRecord) -> Result<OnlineRetailRow, RejectedRow> {
        let fields = record.fields
        guard fields.count >= OnlineRetail.columns.count else {
            return .failure(RejectedRow(record.line, "it has \(fields.count) fields"))
        }
        guard let quantity = Int64(fields[3]), abs(quantity) <= PlaceOrder.quantityMax else {
            return .failure(RejectedRow(record.line, "the quantity \(fields[3])"))
        }
        guard let price = Price(fields[5]) else {
            return .failure(RejectedRow(record.line, "the price \(fields[5])"))
        }
        guard !fields[0].isEmpty, !fields[1].isEmpty else {
            return .failure(RejectedRow(record.line, "the invoice number or the stock code is empty"))
        }
        return .success(
            OnlineRetailRow(
                line: record.line, invoice: fields[0], sku: fields[1].uppercased(), writtenSKU: fields[1],
                kind: Kind(code: fields[1].uppercased()), description: fields[2], quantity: quantity, time: fields[4],
                price: price, customer: fields[6].isEmpty ? nil : fields[6], country: fields[7],
                content: fields.joined(separator: "\u{1F}")))
    }

    /// A price as written in pounds, read without rounding.
    struct Price: Hashable {
        /// Ten-thousandths of a penny.
        private let units: Int64

        /// - Returns: nil for text that is no decimal number of at most six decimals.
        init?(_ text: String) {
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let fraction = parts.count == 2 ? parts[1] : ""
            guard let whole = parts.first, !whole.isEmpty, whole.count <= 9, fraction.count <= 6,
                (whole + fraction).utf8.allSatisfy({ (48...57).contains($0) }),
                let value = Int64(whole + fraction + String(repeating: "0", count: 6 - fraction.count))
            else { return nil }
            units = text.hasPrefix("-") ? -value : value
        }

        var isZeroOrLess: Bool { units <= 0 }
        /// nil where it is no whole number of pence.
        var pence: Int64? { units % 10_000 == 0 ? units / 10_000 : nil }
    }
}
