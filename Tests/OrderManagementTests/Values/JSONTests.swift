import Foundation
import Testing

@testable import OrderManagement

@Suite("JSON texts")
struct JSONTests {
    // MARK: Reading

    @Test("A text becomes a tree whose members keep their order")
    func tree() throws {
        let json = try JSON.parse(#" {"b": [1, -2.5, "x", true, null, {}], "a": {"c": 9223372036854775807}} "#)
        #expect(json.members?.map(\.name) == ["b", "a"])
        #expect(json["b"] == .array([.integer(1), .number(-2.5), .string("x"), .bool(true), .null, .object([])]))
        #expect(json["a"]?["c"]?.integer == .max)
        #expect(json["missing"] == nil && json["b"]?["c"] == nil)
    }

    @Test("Each value answers for its own type and is nil for the others")
    func types() throws {
        let json = try JSON.parse(#"[null, true, 1, 1.0, "a", [], {}]"#)
        let values = try #require(json.array)
        #expect(
            values.map(\.kind) == ["null", "true or false", "whole number", "number", "text", "list", "object"])
        #expect(values.map(\.isNull) == [true, false, false, false, false, false, false])
        #expect(values.map { $0.bool != nil } == [false, true, false, false, false, false, false])
        #expect(values.map { $0.integer != nil } == [false, false, true, false, false, false, false])
        #expect(values.map { $0.number != nil } == [false, false, true, true, false, false, false])
        #expect(values.map { $0.string != nil } == [false, false, false, false, true, false, false])
        #expect(values.map { $0.array != nil } == [false, false, false, false, false, true, false])
        #expect(values.map { $0.members != nil } == [false, false, false, false, false, false, true])
    }

    @Test(
        "Whole numbers of 64 bits stay exact and all others become floating point",
        arguments: [
            ("0", JSON.integer(0)), ("-0", .integer(0)), ("-9223372036854775808", .integer(.min)),
            ("999999999999999999", .integer(999_999_999_999_999_999)),
            ("1000000000000000000", .integer(1_000_000_000_000_000_000)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-9223372036854775809", .number(-0x1p63)),
            ("1.0", .number(1)), ("1e2", .number(100)), ("1E+2", .number(100)), ("-0.0", .number(-0.0)),
            ("2.2250738585072014e-8", .number(0x1.7e43c8800759cp-26)), ("1e-400", .number(0)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ])
    func numbers(text: String, value: JSON) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(
        "Escapes become the characters that they stand for",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
            (#""\ud83d\uDE00\uDBFF\uDFFF""#, "\u{1F600}\u{10FFFF}"), (#""é日😀 plain""#, "é日😀 plain"),
            (#""\u0001""#, "\u{1}"),
        ])
    func escapes(text: String, string: String) throws {
        #expect(try JSON.parse(text).string == string)
    }

    @Test("A string may have any length around the eight bytes that are read at once")
    func lengths() throws {
        for length in 0...40 {
            for character in ["a", "é", "😀", "\\n"] {
                let inside = String(repeating: "b", count: length) + character
                let json = try JSON.parse("[\"\(inside)\",\"\(character)\(inside)\"]")
                let expected = inside.replacingOccurrences(of: "\\n", with: "\n")
                #expect(json.array?.first?.string == expected)
                #expect(json.array?.last?.string?.count == length + 2)
            }
        }
    }

    // MARK: Refusing

    @Test("Every fault is refused at its own byte and in words", arguments: JSONCorpus.faults)
    func fault(fault: JSONCorpus.Fault) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(fault.bytes) }
        #expect(error?.offset == fault.offset)
        #expect(error?.reason.contains(fault.reason) == true, "\(error?.reason ?? "")")
        #expect(error?.isTooLarge == false)
    }

    @Test("An error names the line, and the column in characters rather than bytes")
    func place() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("{\n  \"é😀\": x}") }
        #expect(error.map { [$0.offset, $0.line, $0.column] } == [14, 2, 9])
        #expect(error?.description == #"line 2, column 9: expected a value, found "x""#)
    }

    @Test("Nesting is taken to the limit and refused beyond, however deep the text claims to be")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON.parse(nested(32))
        let error = #expect(throws: JSONError.self) { try JSON.parse(nested(33)) }
        #expect(error?.offset == 32 && error?.isTooLarge == false)
        let objects = String(repeating: "{\"a\":", count: 300_000)
        #expect(throws: JSONError.self) { try JSON.parse(objects, limits: .stored) }
        #expect(JSONLimits(depthMax: .max).depthMax == JSONLimits.depthCeiling)
        let boundless = JSONLimits(depthMax: .max)
        _ = try JSON.parse(nested(JSONLimits.depthCeiling), limits: boundless)
        #expect(throws: JSONError.self) { try JSON.parse(nested(100_000), limits: boundless) }
        _ = try JSON.parse("[" + String(repeating: "[],", count: 40) + "[]]")
    }

    @Test("Bytes are taken to the limit; one more is too large")
    func size() throws {
        let limits = JSONLimits(bytesMax: 10)
        _ = try JSON.parse("\"12345678\"", limits: limits)
        let error = #expect(throws: JSONError.self) { try JSON.parse("\"123456789\"", limits: limits) }
        #expect(error?.isTooLarge == true && error?.offset == 10)
    }

    @Test("Members are taken to the limit of each object; one more is refused")
    func members() throws {
        let limits = JSONLimits(membersMax: 2)
        _ = try JSON.parse(#"{"a":{"c":1,"d":2},"b":2}"#, limits: limits)
        let error = #expect(throws: JSONError.self) { try JSON.parse(#"{"a":1,"b":2,"c":3}"#, limits: limits) }
        #expect(error?.offset == 13)
        #expect(error?.reason == "an object may have 2 members, not more")
    }

    @Test("A repeated name is found at any place of an object of any size, also where it is spelled otherwise")
    func repeatedNames() throws {
        for count in [2, 15, 16, 17, 18, 100] {
            let names = (0..<count).map { "name_\($0)" }
            _ = try JSON.parse("{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}")
            for again in ["name_0", "name_\(count - 1)", #"n\u0061me_0"#] {
                let text = "{" + (names + [again]).map { "\"\($0)\":1" }.joined(separator: ",") + "}"
                let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
                #expect(error?.offset == text.utf8.count - again.utf8.count - 5)
            }
        }
        for pair in [(#"\u004b"#, "K"), ("K", "\u{212A}"), ("\u{E9}", "e\u{301}"), ("abcdefgh1", #"abcdefgh\u0031"#)] {
            #expect(throws: JSONError.self) { try JSON.parse("{\"\(pair.0)\":1,\"x\":2,\"\(pair.1)\":3}") }
            #expect(throws: JSONError.self) { try JSON.parse("{\"\(pair.1)\":1,\"x\":2,\"\(pair.0)\":3}") }
        }
        _ = try JSON.parse(#"[{"a":1},{"a":{"a":2}}]"#)
    }

    @Test("Every cut of a text is refused at the cut or before, and reads nothing beyond")
    func cuts() throws {
        let text = Array(#"{"é":["\u00e9\ud83d\ude00",-1.5e+3,true,false,null],"b":{"c":"😀"}}"#.utf8)
        _ = try JSON.parse(text)
        for length in 0..<text.count {
            let error = #expect(throws: JSONError.self) { try JSON.parse(Array(text[..<length])) }
            #expect(try #require(error).offset <= length)
        }
    }

    // MARK: Writing

    @Test("Two thousand random trees come back as they were written")
    func roundTrip() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            let tree = JSON.random(depth: 4, &random)
            let text = tree.text
            #expect(try JSON.parse(text) == tree, "\(text)")
            #expect(try JSON.parse(text).text == text)
        }
    }

    @Test("The writer places commas, and escapes what must be escaped and nothing else")
    func writing() throws {
        var writer = JSONWriter()
        let absent: String? = nil
        writer.object {
            $0.member("text", "a\"\\/\u{1}\u{1F}\n\r\t\u{8}\u{C}\u{7F}é😀")
            $0.member("absent", absent)
            $0.member("name \"\(1)\"", Int64.min)
            $0.array("list") {
                $0.value(1)
                $0.value(-0.5)
                $0.object { _ in }
                $0.array { _ in }
                $0.array { $0.null() }
                $0.value(Double.infinity)
                $0.raw("{\"x\":1}")
                $0.value(true)
            }
            $0.object("inner") { $0.member("flag", false) }
            $0.member("raw", raw: "[1,2]")
            $0.member("tree", JSON.array([.null, .object([.init("k", .integer(1))])]))
        }
        let expected =
            #"{"text":"a\"\\/\u0001\u001f\n\r\t\b\f"# + "\u{7F}é😀"
            + #"","absent":null,"name \"1\"":-9223372036854775808,"#
            + #""list":[1,-0.5,{},[],[null],null,{"x":1},true],"inner":{"flag":false},"raw":[1,2],"#
            + #""tree":[null,{"k":1}]}"#
        #expect(writer.text == expected)
        #expect(try JSON.parse(writer.bytes).text == expected)
    }

    @Test("Money is written in minor units, moments in RFC 3339")
    func domainValues() throws {
        var writer = JSONWriter()
        let pounds = try #require(Currency("GBP"))
        let unpaid: Money? = nil
        writer.object {
            $0.member("total", Money(1999, pounds))
            $0.member("placed_at", Timestamp(milliseconds: 1_772_360_100_000))
            $0.member("refund", unpaid)
        }
        let expected =
            #"{"total":{"amount":1999,"currency":"GBP"},"placed_at":"2026-03-01T10:15:00Z","refund":null}"#
        #expect(writer.text == expected)
    }

    @Test("Whole numbers of every length are written digit by digit")
    func digits() throws {
        var value: Int64 = 1
        for _ in 0..<18 {
            value *= 10
            for number in [value, value - 1, -value, 1 - value] {
                #expect(JSON.integer(number).text == String(number))
            }
        }
        #expect(JSON.array([.integer(.max), .integer(.min), .integer(0)]).text == "[\(Int64.max),\(Int64.min),0]")
    }

    // MARK: Beside Foundation

    /// Whether we refuse on purpose what Foundation may accept.
    ///
    /// Repeated names are read differently by different readers; U+0000 cannot be stored; RFC 8259 forbids a byte order
    /// mark and any encoding but UTF-8, which Foundation guesses from zero bytes; nesting and members have limits of
    /// our own. The open Foundation also takes a comma after the last value, which no JSON has.
    private func isStricter(_ error: JSONError, _ bytes: [UInt8]) -> Bool {
        let reasons = ["stands twice", "U+0000", "byte order mark", "deep, not deeper", "members, not more"]
        if bytes.contains(0) || reasons.contains(where: error.reason.contains) { return true }
        guard error.offset < bytes.count,
            bytes[error.offset] == ASCII.closeBrace || bytes[error.offset] == ASCII.closeBracket
        else { return false }
        return bytes[..<error.offset].last { $0 > 0x20 } == ASCII.comma
    }

    @Test("Foundation agrees on every text of the corpus, but for the faults that we refuse on purpose")
    func corpus() throws {
        #expect(JSONCorpus.texts.count + JSONCorpus.faults.count >= 150)
        for text in JSONCorpus.texts {
            let json = try JSON.parse(text)
            let other = try foundation(Array(text.utf8))
            #expect(json.agrees(with: other), "\(text)")
            #expect(try JSON.parse(json.text) == json, "\(text)")
        }
        for fault in JSONCorpus.faults { compare(fault.bytes) }
    }

    @Test("Foundation agrees on twenty thousand texts with random faults")
    func mutations() {
        var random = SeededRandom(seed: 11)
        let texts = JSONCorpus.texts.map { Array($0.utf8) }
        let alphabet = Array(#"{}[]",:\/u0d8e19.-+tfn"#.utf8) + [0x00, 0x0A, 0x1F, 0x20, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
        var accepted = 0
        for index in 0..<20_000 {
            var bytes = texts[index % texts.count]
            for _ in 0...random.below(2) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = alphabet[random.below(alphabet.count)]
                case 1: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
                case 2: bytes.remove(at: place)
                default: bytes.swapAt(place, random.below(bytes.count))
                }
            }
            if compare(bytes) { accepted += 1 }
        }
        #expect(accepted > 1_000, "too few mutations are valid to say anything")
    }

    /// - Returns: Whether we accept the text.
    @discardableResult
    private func compare(_ bytes: [UInt8]) -> Bool {
        let other = Result { try foundation(bytes) }
        do throws(JSONError) {
            let json = try JSON.parse(bytes)
            switch other {
            case .success(let value):
                if !json.agrees(with: value) { Issue.record("values differ: \(json.text) and \(value)") }
            case .failure: Issue.record("only we accept \(String(decoding: bytes, as: UTF8.self))")
            }
            return true
        } catch {
            if case .success = other, !isStricter(error, bytes) {
                Issue.record("only Foundation accepts \(String(decoding: bytes, as: UTF8.self)) \(bytes): \(error)")
            }
            return false
        }
    }

    private func foundation(_ bytes: [UInt8]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }
}

extension JSON {
    /// Whether Foundation read the same.
    fileprivate func agrees(with other: Any) -> Bool {
        switch self {
        case .null: other is NSNull
        case .bool(let bool): other as? Bool == bool
        case .integer(let integer): (other as? NSNumber)?.int64Value == integer
        case .number(let number):
            // Foundation scales a decimal number by ten and again by ten, and so may be off in the last places;
            // `numbers` tests that ours are exact.
            (other as? NSNumber).map { abs($0.doubleValue - number) <= 64 * number.ulp } ?? false
        case .string(let string): (other as? String).map { Array($0.utf8) == Array(string.utf8) } ?? false
        case .array(let values):
            (other as? [Any]).map { others in
                others.count == values.count && zip(values, others).allSatisfy { $0.agrees(with: $1) }
            } ?? false
        case .object(let members):
            (other as? [String: Any]).map { others in
                others.count == members.count
                    && members.allSatisfy { member in others[member.name].map(member.value.agrees) ?? false }
            } ?? false
        }
    }

    fileprivate static func random(depth: Int, _ random: inout SeededRandom) -> JSON {
        switch random.below(depth == 0 ? 6 : 10) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
        case 3:
            let number = Double(bitPattern: random.next())
            return .number(number.isFinite ? number : 0.1)
        case 4, 5: return .string(randomText(&random))
        case 6, 7: return .array((0..<random.below(6)).map { _ in .random(depth: depth - 1, &random) })
        default:
            let names = Set((0..<random.below(24)).map { _ in randomText(&random) }).sorted()
            return .object(names.map { Member($0, .random(depth: depth - 2 < 0 ? 0 : depth - 2, &random)) })
        }
    }

    private static func randomText(_ random: inout SeededRandom) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "_", "Z", "9", "\"", "\\", "/", "\n", "\u{1}", "\u{7F}", "é", "\u{301}", "日", "😀",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<random.below(14) { text.append(scalars[random.below(random.below(3) == 0 ? scalars.count : 5)]) }
        return String(text)
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
