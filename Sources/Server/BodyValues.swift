import OrderManagement

/// Values of the domain as members of a body.
extension Fields {
    // MARK: Text

    /// Text that must be there: trimmed, 1…`max` characters, without control characters.
    mutating func text(_ name: String, max: Int = 200) -> String {
        guard let json = value(name) else {
            noteMissing(name, "text")
            return ""
        }
        return text(name, json, max) ?? ""
    }

    mutating func optionalText(_ name: String, max: Int = 200) -> String? {
        value(name).flatMap { text(name, $0, max) }
    }

    /// Text that may be missing, null or empty, as forms send the parts that an address has not; "" for none.
    mutating func textOrNone(_ name: String, max: Int = 200) -> String {
        guard let json = value(name) else { return "" }
        if case .string(let text) = json, !text.beginsPlain, text.allSatisfy(\.isWhitespace) { return "" }
        return text(name, json, max) ?? ""
    }

    private func text(_ name: String, _ json: JSON, _ max: Int) -> String? {
        guard case .string(let string) = json else {
            noteWrong(name, "text", json)
            return nil
        }
        switch PlainText.read(string, max: max) {
        case .success(let text): return text
        case .failure(let fault):
            problems.note(at: name, fault.reason)
            return nil
        }
    }

    // MARK: Numbers

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64 {
        guard let json = value(name) else {
            noteMissing(name, "a whole number")
            return range.lowerBound
        }
        return integer(name, json, range) ?? range.lowerBound
    }

    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        value(name).flatMap { integer(name, $0, range) }
    }

    private func integer(_ name: String, _ json: JSON, _ range: ClosedRange<Int64>) -> Int64? {
        guard case .integer(let number) = json else {
            if case .number(let number) = json {
                let isWhole = number.rounded() == number
                let isInside = number >= Double(range.lowerBound) && number <= Double(range.upperBound)
                problems.note(
                    at: name,
                    isWhole
                        ? isInside
                            ? "must be written in digits alone, as \(Int64(exactly: number) ?? range.upperBound): "
                                + "without exponent, point or decimals"
                            : "must be from \(range.lowerBound) to \(range.upperBound), is \(number)"
                        : "must be a whole number, is \(number)")
            } else {
                noteWrong(name, "a whole number", json)
            }
            return nil
        }
        guard range.contains(number) else {
            problems.note(at: name, "must be from \(range.lowerBound) to \(range.upperBound), is \(number)")
            return nil
        }
        return number
    }

    /// Whole units: 1…1,000,000.
    mutating func quantity(_ name: String = "quantity") -> Int64 { integer(name, in: 1...PlaceOrder.quantityMax) }

    mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let json = value(name) else { return nil }
        guard let number = json.number else {
            noteWrong(name, "a number", json)
            return nil
        }
        guard range.contains(number) else {
            problems.note(at: name, "must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func optionalTruth(_ name: String) -> Bool? {
        guard let json = value(name) else { return nil }
        guard case .bool(let truth) = json else {
            noteWrong(name, "true or false", json)
            return nil
        }
        return truth
    }

    // MARK: Words, times, identifiers

    /// One of the words of an enumeration, which has at least one; or of some of them, where callers do not say others.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Word.Type, among known: [Word]? = nil
    ) -> Word where Word.RawValue == String {
        guard has(name) else {
            _ = value(name)
            noteMissing(name, "one of: \((known ?? Array(Word.allCases)).map(\.rawValue).joined(separator: ", "))")
            return Word.allCases[Word.allCases.startIndex]
        }
        return optionalWord(name, type, among: known) ?? Word.allCases[Word.allCases.startIndex]
    }

    mutating func optionalWord<Word: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Word.Type, among known: [Word]? = nil
    ) -> Word? where Word.RawValue == String {
        guard let json = value(name) else { return nil }
        if case .string(let text) = json, let word = Word(rawValue: text),
            known?.contains(where: { $0 == word }) ?? true
        {
            return word
        }
        let words = (known ?? Array(Word.allCases)).map(\.rawValue).joined(separator: ", ")
        if case .string = json {
            problems.note(at: name, "must be one of: \(words)")
        } else {
            noteWrong(name, "one of: \(words)", json)
        }
        return nil
    }

    mutating func time(_ name: String) -> Timestamp {
        guard has(name) else {
            _ = value(name)
            noteMissing(name, "a time as 2026-03-01T10:15:00Z")
            return .earliest
        }
        return optionalTime(name) ?? .earliest
    }

    /// RFC 3339, from 2000 to 2100.
    mutating func optionalTime(_ name: String) -> Timestamp? {
        guard let json = value(name) else { return nil }
        guard case .string(let text) = json, let time = Timestamp(text) else {
            noteWrong(name, "a time as 2026-03-01T10:15:00Z (RFC 3339)", json)
            return nil
        }
        guard time >= .earliest, time <= .latest else {
            problems.note(at: name, "must lie between the years 2000 and 2100")
            return nil
        }
        return time
    }

    mutating func line() -> OrderLineID { part("line", OrderLineID(OrderID(0), 1)) }

    /// The name of a part of an order; `standIn` takes its place when it is wrong.
    mutating func part<Subject>(_ name: String, _ standIn: PartIdentifier<Subject>) -> PartIdentifier<Subject> {
        guard has(name) else {
            _ = value(name)
            noteMissing(name, "an id as \(Subject.prefix)_…")
            return standIn
        }
        return optionalPart(name, of: Subject.self) ?? standIn
    }

    mutating func optionalPart<Subject>(_ name: String, of subject: Subject.Type) -> PartIdentifier<Subject>? {
        guard let json = value(name) else { return nil }
        guard case .string(let text) = json, let id = PartIdentifier<Subject>(text) else {
            noteWrong(name, "an id as \(Subject.prefix)_…", json)
            return nil
        }
        return id
    }

    mutating func order(_ name: String = "order") -> OrderID {
        guard let json = value(name) else {
            noteMissing(name, "an id as ord_…")
            return OrderID(0)
        }
        guard case .string(let text) = json, let id = OrderID(text) else {
            noteWrong(name, "an id as ord_…", json)
            return OrderID(0)
        }
        return id
    }

    // MARK: Money

    mutating func money(_ name: String, from least: Int64 = 0) -> Money {
        guard has(name) else {
            _ = value(name)
            noteMissing(name, #"money as {"amount": 1999, "currency": "GBP"}"#)
            return Self.noMoney
        }
        return optionalMoney(name, from: least) ?? Self.noMoney
    }

    /// Minor units of a known currency, up to `Money.amountMax`.
    mutating func optionalMoney(_ name: String, from least: Int64 = 0) -> Money? {
        optionalObject(name) { fields in
            let amount = fields.integer("amount", in: least...Money.amountMax)
            let code = fields.text("currency", max: 3)
            guard let currency = Currency(code) else {
                if !code.isEmpty {
                    fields.problems.note(
                        at: "currency", "is no currency that is known here: expected one as GBP (ISO 4217)")
                }
                return Self.noMoney
            }
            return Money(amount, currency)
        }
    }

    private static let noMoney = Money(0, Currency("EUR")!)  // in the table of currencies

    // MARK: Lines

    /// `L` of the contract: `[{"line": "lin_…", "quantity": 2}]`; nil when it is absent.
    mutating func optionalLines(_ name: String = "lines") -> [LineQuantity]? {
        optionalList(name, 1...PlaceOrder.linesMax) { $0.lineQuantity() }
    }

    mutating func lines(_ name: String = "lines") -> [LineQuantity] {
        list(name, 1...PlaceOrder.linesMax) { $0.lineQuantity() }
    }

    private mutating func lineQuantity() -> LineQuantity { LineQuantity(line: line(), quantity: quantity()) }

    mutating func address(_ name: String) -> Address? {
        object(name) { fields in
            let name = fields.text("name")
            let problems = fields.problems
            let lines = fields.values("lines", 1...5) { problems.text($0) }
            if lines == nil { fields.noteMissing("lines", "a list of 1 to 5 texts") }
            let city = fields.text("city")
            let region = fields.textOrNone("region")
            let postcode = fields.textOrNone("postcode", max: 20)
            let country = fields.text("country", max: 2)
            if !country.isEmpty, !Country.isKnown(country) {
                problems.note(at: "country", "is no country that there is: expected one as GB (ISO 3166-1)")
            }
            return Address(
                name: name, lines: lines ?? [], city: city, region: region.isEmpty ? nil : region,
                postcode: postcode, country: country)
        }
    }
}

extension BodyProblems {
    /// Text that is an entry of a list.
    func text(_ json: JSON, max: Int = 200) -> String? {
        guard case .string(let string) = json else {
            note("expected text, found \(found(json))")
            return nil
        }
        switch PlainText.read(string, max: max) {
        case .success(let text): return text
        case .failure(let fault):
            note(fault.reason)
            return nil
        }
    }
}

extension String {
    /// Whether it begins with a visible character of ASCII: most texts do, and have no more to be asked then.
    fileprivate var beginsPlain: Bool { utf8.first.map { $0 > 0x20 && $0 < 0x7F } ?? false }
}

/// Text as people type it.
enum PlainText {
    struct Fault: Error { let reason: String }

    /// Trims text and checks its length and characters.
    static func read(_ text: String, max: Int) -> Result<String, Fault> {
        var isPlain = true  // nothing to trim or to look closer at: ASCII without controls, no space at the ends
        for byte in text.utf8 where byte < 0x20 || byte >= 0x7F { isPlain = false }
        let utf8 = text.utf8
        if isPlain, utf8.count <= max, let first = utf8.first, first != 0x20, utf8.last != 0x20 {
            return .success(text)
        }
        var scalars = Substring(text).unicodeScalars
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        let trimmed = String(Substring(scalars))
        if trimmed.isEmpty { return .failure(Fault(reason: "must not be empty")) }
        guard trimmed.count <= max else {
            return .failure(Fault(reason: "may have \(max) characters at most, has \(trimmed.count)"))
        }
        guard trimmed.utf8.count <= 4 * max + 16 else {
            return .failure(Fault(reason: "has too many combining characters"))
        }
        for scalar in scalars where scalar.properties.generalCategory == .control {
            let number = String(scalar.value, radix: 16, uppercase: true)
            return .failure(Fault(reason: "must not have control characters, has U+\(number)"))
        }
        return .success(trimmed)
    }
}
