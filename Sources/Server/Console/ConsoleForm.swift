import HTTPTypes
import NIOCore
import OrderManagement

/// What a form of the console posted.
struct ConsoleForm: Sendable {
    private let fields: Query

    static let bytesMax = 64 << 10
    static let textMax = 1_000
    /// Fields that pages fill in for themselves, as long as they need to be.
    private static let ours: Set<String> = [HandOverForms.listed, "back"]

    /// - Throws: `.invalidInput` for a body that is no form, and for a text that is too long to be kept whole.
    init(_ request: APIRequest) throws(Refusal) {
        fields = try Query(Substring(String(buffer: request.body)))
        for field in fields.items where field.value.count > Self.textMax && !Self.ours.contains(field.name) {
            throw Refusal(
                .invalidInput,
                "\(field.name.prefix(40)) has \(field.value.count) characters: \(Self.textMax) at most, please")
        }
    }

    /// - Parameter query: The fields as an address carries them.
    init(query: String) throws(Refusal) { fields = try Query(query[...]) }

    /// The fields of some names, to be posted unseen by another form.
    func fields(where isWanted: (String) -> Bool) -> [HiddenField] {
        fields.items.filter { isWanted($0.name) }.map { HiddenField(name: $0.name, value: $0.value) }
    }

    /// The fields of some names that say something, as an address carries them.
    func query(where isWanted: (String) -> Bool) -> String {
        fields(where: isWanted).filter { !$0.value.isEmpty }
            .map { "\(PercentCoding.encoded($0.name))=\(PercentCoding.encoded($0.value))" }
            .joined(separator: "&")
    }

    /// The names in a field that lists them with spaces between.
    func list(_ name: String) -> [String] { (fields.text(name) ?? "").split(separator: " ").map(String.init) }

    /// What was typed, without spaces around; nil for nothing.
    func text(_ name: String) -> String? {
        guard let text = fields.text(name) else { return nil }
        let bare = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return bare.isEmpty ? nil : String(bare)
    }

    /// - Parameter label: what the form calls it.
    /// - Throws: `.invalidInput` when nothing was typed.
    func required(_ name: String, _ label: String) throws(Refusal) -> String {
        guard let text = text(name) else { throw Self.missing(label) }
        return text
    }

    private static func missing(_ label: String) -> Refusal {
        Refusal(.invalidInput, "\(label) is missing: please fill it in")
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
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(text), range.contains(number) else {
            throw Refusal(
                .invalidInput,
                "\(label) must be a whole number in digits alone, from \(range.lowerBound) to \(range.upperBound): "
                    + "\(text) is none")
        }
        return number
    }

    /// A number that must be there. - Throws: as `integer`.
    func requiredInteger(_ name: String, _ label: String, in range: ClosedRange<Int64>) throws(Refusal) -> Int64 {
        guard let number = try integer(name, label, in: range) else {
            throw Self.missing(label)
        }
        return number
    }

    /// The last minute of a day. - Throws: `.invalidInput` for text that is no day.
    func endOfDay(_ name: String, _ label: String, _ clock: WallClock) throws(Refusal) -> Timestamp {
        let text = try required(name, label)
        guard let day = clock.beginning(of: text) else {
            throw Refusal(.invalidInput, "\(label) must be a day, as 2026-03-12: \(text.prefix(40)) is none")
        }
        return day + .hours(24) + .minutes(-1)
    }

    /// A name that others gave, as long as the interface for programs takes it. - Throws: `.invalidInput`.
    func name(_ name: String, _ label: String, max: Int) throws(Refusal) -> String {
        let text = try required(name, label)
        guard text.count <= max else {
            throw Refusal(.invalidInput, "\(label) must have at most \(max) characters, has \(text.count)")
        }
        return text
    }

    /// In lower case. - Throws: `.invalidInput` for what is no address.
    func email(_ name: String, _ label: String) throws(Refusal) -> String {
        let text = try self.name(name, label, max: 254)
        guard Fields.isEmail(text) else {
            throw Refusal(.invalidInput, "\(label): \(text) is no e-mail address")
        }
        return text.lowercased()
    }

    /// An amount above 0. - Throws: `.invalidInput`, also for one that could mean another.
    func money(_ name: String, _ label: String, in currency: Currency) throws(Refusal) -> Money {
        guard let money = try amount(name, label, in: currency) else {
            throw Self.missing(label)
        }
        guard money.amount > 0 else { throw Refusal(.invalidInput, "\(label) must be above 0") }
        return money
    }

    /// An amount that may be 0; nil where nothing was typed. - Throws: as `money`.
    func amount(_ name: String, _ label: String, in currency: Currency) throws(Refusal) -> Money? {
        guard let text = text(name) else { return nil }
        guard let money = MoneyText.amount(text, in: currency) else {
            let point = currency.decimals == 0 ? "without decimals" : "with a dot before its decimals"
            throw Refusal(
                .invalidInput, "\(label) must be an amount in \(currency) \(point), such as "
                    + "\(MoneyText.examples(in: currency)): \(text.prefix(40)) could be read in two ways, or in none")
        }
        return money
    }

    /// The units per order line that the fields `units-1`, `units-2` … name; nil when the form has no such field.
    /// - Parameter mayBeNone: Whether it says something to choose no unit at all.
    func units(of order: Order, mayBeNone: Bool = false) throws(Refusal) -> [LineQuantity]? {
        var units: [LineQuantity] = []
        var isAsked = false
        for line in order.lines {
            guard fields.text(Self.units(line.number)) != nil else { continue }
            isAsked = true
            let count = try integer(Self.units(line.number), "Units of \(line.sku)", in: 0...line.ordered) ?? 0
            if count > 0 { units.append(LineQuantity(line: OrderLineID(order.id, line.number), quantity: count)) }
        }
        guard isAsked else { return nil }
        guard mayBeNone || !units.isEmpty else { throw Refusal(.invalidInput, "no unit was chosen: enter how many") }
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
