import HTTPTypes
import NIOCore
import OrderManagement

/// What a form of the console posted.
struct ConsoleForm: Sendable {
    private let fields: Query

    static let bytesMax = 64 << 10
    static let textMax = 1_000

    /// - Throws: `.invalidInput` for a body that is no form.
    init(_ request: APIRequest) throws(Refusal) {
        fields = try Query(Substring(String(buffer: request.body)))
    }

    /// What was typed, without spaces around; nil for nothing.
    func text(_ name: String) -> String? {
        guard let text = fields.text(name) else { return nil }
        let bare = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return bare.isEmpty ? nil : String(bare.prefix(Self.textMax))
    }

    /// - Parameter label: what the form calls it.
    /// - Throws: `.invalidInput` when nothing was typed.
    func required(_ name: String, _ label: String) throws(Refusal) -> String {
        guard let text = text(name) else { throw Refusal(.invalidInput, "\(label) is missing: please fill it in") }
        return text
    }

    /// Passwords count every character.
    func password(_ name: String) -> String { fields.text(name) ?? "" }

    func word<Word: RawRepresentable>(_ name: String, _ label: String, _ type: Word.Type) throws(Refusal) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try required(name, label)) else {
            throw Refusal(.invalidInput, "\(label) is none of the choices")
        }
        return word
    }

    func integer(_ name: String, _ label: String, in range: ClosedRange<Int64>) throws(Refusal) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Int64(text.filter { $0 != "," }), range.contains(number) else {
            throw Refusal(
                .invalidInput,
                "\(label) must be a whole number from \(range.lowerBound) to \(MoneyText.of(range.upperBound))")
        }
        return number
    }

    func money(_ name: String, _ label: String, in currency: Currency) throws(Refusal) -> Money {
        guard let money = MoneyText.amount(try required(name, label), in: currency), money.amount > 0 else {
            throw Refusal(.invalidInput, "\(label) must be an amount above 0 in \(currency), such as 12.50")
        }
        return money
    }

    /// The units per order line that the fields `units-1`, `units-2` … name; nil when the form has no such field.
    func units(of order: Order) throws(Refusal) -> [LineQuantity]? {
        var units: [LineQuantity] = []
        var isAsked = false
        for line in order.lines {
            guard fields.text(Self.units(line.number)) != nil else { continue }
            isAsked = true
            let count = try integer(Self.units(line.number), "Units of \(line.sku)", in: 0...line.ordered) ?? 0
            if count > 0 { units.append(LineQuantity(line: OrderLineID(order.id, line.number), quantity: count)) }
        }
        guard isAsked else { return nil }
        guard !units.isEmpty else { throw Refusal(.invalidInput, "no unit was chosen: enter how many") }
        return units
    }

    /// The name of the field that asks for the units of a line.
    static func units(_ line: Int) -> String { "units-\(line)" }

    /// A page of the console to go back to; anything else is not followed.
    var back: String? { text("back").flatMap { Self.isOwnPage($0) ? $0 : nil } }

    static func isOwnPage(_ address: String) -> Bool {
        guard address.hasPrefix("/console"), address.utf8.count <= 2_000 else { return false }
        guard address.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else { return false }
        return [nil, "/", "?"].contains(address.dropFirst("/console".count).first)
    }
}
