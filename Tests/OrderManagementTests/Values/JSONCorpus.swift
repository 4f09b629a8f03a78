import Testing

/// Texts written by hand: good ones, and bad ones with the place and the reason of their fault.
enum JSONCorpus {
    struct Fault: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let offset: Int
        let reason: String

        init(_ text: String, _ offset: Int, _ reason: String) { self.init(Array(text.utf8), offset, reason) }

        init(_ bytes: [UInt8], _ offset: Int, _ reason: String) {
            (self.bytes, self.offset, self.reason) = (bytes, offset, reason)
        }

        /// A fault within quotes; `bytes` begin at offset 1.
        static func quoted(_ bytes: [UInt8], _ offset: Int, _ reason: String) -> Fault {
            Fault([0x22] + bytes + [0x22], offset, reason)
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self) }
    }

    static let texts = [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "123456789012345678", "-123456789012345678",
        "9223372036854775807", "-9223372036854775808", "0.5", "-0.5", "1.25", "1e5", "1E5", "1e+5", "1e-5",
        "0e0", "0.0e-0", "123.456e2", "-1.5E-7", "2.2250738585072014e-308", "1.7976931348623157e308", "0.1",
        "3.141592653589793", "100.0", #""""#, #""a""#, #""hello world""#, #""A. Example""#,
        #""+44 20 7946 0000""#, #""a@example.com""#, #""é""#, #""日本語""#, #""😀""#, #""\"""#, #""\\""#, #""\/""#,
        #""\b\f\n\r\t""#, #""\u0041""#, #""\u00e9""#, #""\u20ac""#, #""\ud83d\ude00""#, #""\uD834\uDD1E""#,
        #""\udbff\udfff""#, #""a\nb""#, #""tab\there and more""#, #""exactly8""#, #""exactly15bytes!""#,
        #""sixteen bytes!!!""#, #""\u001f""#, #""\uFFFF""#, "\"\u{7F}\"", "\"\u{2028}\"", "\"e\u{301}\"", "[]",
        "[ ]", "[1]", "[1,2,3]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[[[1]]]", "[null,true,false]", #"["a","b"]"#,
        "[1.5,\"x\",{}]", "{}", "{ }", #"{"a":1}"#, #"{"a":1,"b":2}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"":1}"#,
        #"{"a":{"a":{"a":null}}}"#, #"{"é":1,"e":2}"#, #"{"a\u0062":1,"a":2}"#,
        #"{"amount":1999,"currency":"GBP"}"#, #"{"sku":"85123A","quantity":6}"#, " \t\r\n1 \t\r\n",
        "[1,\n2,\r\n3]", "{\"a\":\n[\n]\n}", #"{"lines":[{"line":"lin_1","quantity":2}]}"#,
        #"{"price":0.10,"tax":-0.0}"#,
    ]

    static let faults: [Fault] = words + numbers + strings + encodings + structures

    private static let words: [Fault] = [
        .init("", 0, "expected a value, found the end"), .init("  ", 2, "found the end"),
        .init("nul", 0, "the word null"),
        .init("nulL", 0, "the word null"), .init("True", 0, "expected a value"), .init("tru", 0, "the word true"),
        .init("fals", 0, "the word false"), .init("falsehood", 5, "expected nothing"),
        .init("nullnull", 4, "expected nothing"),
        .init("NaN", 0, "expected a value"), .init("Infinity", 0, "expected a value"),
        .init("undefined", 0, "expected a value"),
        .init("'a'", 0, "expected a value"), .init("a", 0, "expected a value"), .init("// x\n1", 0, "expected a value"),
        .init("1 // x", 2, "expected nothing"), .init("1 2", 2, "expected nothing"),
        .init("{}{}", 2, "expected nothing"),
        .init("\u{C}1", 0, "the byte 12"), .init("\u{A0}1", 0, "the byte 194"),
    ]

    private static let numbers: [Fault] = [
        .init("-", 1, "expected a digit"), .init("--1", 1, "expected a digit"), .init("+1", 0, "expected a value"),
        .init("01", 0, "begin with zeros"), .init("-01", 1, "begin with zeros"), .init("00", 0, "begin with zeros"),
        .init("-00.5", 1, "begin with zeros"), .init(".5", 0, "expected a value"), .init("-.5", 1, "expected a digit"),
        .init("1.", 2, "expected a digit"), .init("1.e5", 2, "expected a digit"), .init("1e", 2, "expected a digit"),
        .init("1e+", 3, "expected a digit"), .init("1E-x", 3, "expected a digit"),
        .init("1.5.5", 3, "expected nothing"),
        .init("1e5.5", 3, "expected nothing"), .init("0x10", 1, "expected nothing"),
        .init("1_000", 1, "expected nothing"),
        .init("[1e400]", 1, "too large"), .init("-1e309", 0, "too large"), .init("-Infinity", 1, "expected a digit"),
    ]

    private static let strings: [Fault] = [
        .init("\"", 1, "expected a double quote"), .init("\"abc", 4, "expected a double quote"),
        .init("\"abcdefghijk", 12, "expected a double quote"), .init(#""\"#, 2, "rest of an escape"),
        .init(#""\""#, 3, "expected a double quote"), .init(#""\x41""#, 1, "no such escape"),
        .init(#""\'""#, 1, "no such escape"), .init(#""\U0041""#, 1, "no such escape"),
        .init(#""ab\a""#, 3, "no such escape"),
        .init(#""\u""#, 3, "hexadecimal"), .init(#""\u00""#, 5, "hexadecimal"), .init(#""\u00g0""#, 5, "hexadecimal"),
        .init(#""\u+041""#, 3, "hexadecimal"), .init(#""\u004"#, 6, "hexadecimal"),
        .init(#""\u0000""#, 1, "databases cannot keep"), .init(#""ab\u0000""#, 3, "databases cannot keep"),
        .init(#"{"\u0000":1}"#, 2, "databases cannot keep"),
        .init(#""\ud800""#, 1, "two surrogates"), .init(#""\udc00""#, 1, "two surrogates"),
        .init(#""\ud83d\ud83d""#, 1, "two surrogates"), .init(#""\ude00\ud83d""#, 1, "two surrogates"),
        .init(#""\ud83dx""#, 1, "two surrogates"), .init(#""x\ud83d\n""#, 2, "two surrogates"),
        .init("\"\u{0}\"", 1, "U+0000"), .init("\"a\nb\"", 2, #"\n"#), .init("\"a\tb\"", 2, #"\t"#),
        .init("\"\r\"", 1, #"\r"#),
        .init("\"\u{1}\"", 1, #"\u0001"#), .init("\"12345678\u{1F}\"", 9, #"\u001f"#),
        .init("\"a\u{8}\"", 2, #"\u0008"#),
    ]

    private static let encodings: [Fault] = [
        .init([0xEF, 0xBB, 0xBF, 0x31], 0, "byte order mark"), .init([0xFE, 0xFF, 0x00, 0x31], 0, "the byte 254"),
        .init([0xC3, 0xA9], 0, "the byte 195"), .quoted([0x80], 1, "not UTF-8"), .quoted([0xBF], 1, "not UTF-8"),
        .quoted([0xC0, 0x80], 1, "not UTF-8"), .quoted([0xC1, 0xBF], 1, "not UTF-8"), .quoted([0xC3], 1, "not UTF-8"),
        .quoted([0xC3, 0x28], 1, "not UTF-8"), .quoted([0xE0, 0x80, 0xAF], 1, "not UTF-8"),
        .quoted([0xE0, 0x9F, 0xBF], 1, "not UTF-8"), .quoted([0xE2, 0x82], 1, "not UTF-8"),
        .quoted([0xE2, 0x28, 0xA1], 1, "not UTF-8"), .quoted([0xED, 0xA0, 0x80], 1, "not UTF-8"),
        .quoted([0xED, 0xBF, 0xBF], 1, "not UTF-8"), .quoted([0xF0, 0x80, 0x80, 0xAF], 1, "not UTF-8"),
        .quoted([0xF0, 0x8F, 0xBF, 0xBF], 1, "not UTF-8"), .quoted([0xF0, 0x9F, 0x98], 1, "not UTF-8"),
        .quoted([0xF0, 0x9F, 0x28, 0x80], 1, "not UTF-8"), .quoted([0xF4, 0x90, 0x80, 0x80], 1, "not UTF-8"),
        .quoted([0xF5, 0x80, 0x80, 0x80], 1, "not UTF-8"), .quoted([0xFF], 1, "not UTF-8"),
        .quoted(Array("abcdefghij".utf8) + [0xE9], 11, "not UTF-8"), .init([0x22, 0xE2, 0x82], 1, "not UTF-8"),
        .init(Array(#"{"a"#.utf8) + [0xFF] + Array(#"":1}"#.utf8), 3, "not UTF-8"),
    ]

    private static let structures: [Fault] = [
        .init("[", 1, "expected a value"), .init("]", 0, "expected a value"), .init("[1", 2, #"expected "," or "]""#),
        .init("[1,", 3, "expected a value"), .init("[1,]", 3, "expected a value"), .init("[,1]", 1, "expected a value"),
        .init("[1,,2]", 3, "expected a value"), .init("[1 2]", 3, #"expected "," or "]""#),
        .init("[1}", 2, #"expected "," or "]""#),
        .init("[\"a\":1]", 4, #"expected "," or "]""#), .init("{", 1, "name of a member"),
        .init("}", 0, "expected a value"),
        .init("{1:2}", 1, "name of a member"), .init("{a:1}", 1, "name of a member"),
        .init("{'a':1}", 1, "name of a member"),
        .init(#"{"a"}"#, 4, #"expected ":""#), .init(#"{"a" 1}"#, 5, #"expected ":""#),
        .init(#"{"a":}"#, 5, "expected a value"),
        .init(#"{"a":1,}"#, 7, "name of a member"), .init(#"{,"a":1}"#, 1, "name of a member"),
        .init(#"{"a":1 "b":2}"#, 7, #"expected "," or "}""#), .init(#"{"a":1]"#, 6, #"expected "," or "}""#),
        .init(#"{"a":1"#, 6, #"expected "," or "}""#), .init(#"{"a""#, 4, #"expected ":""#),
        .init(#"{"a"::1}"#, 5, "expected a value"),
        .init(#"{"a":1,"a":2}"#, 7, "stands twice"), .init(#"{"x":{"a":1,"\u0061":2}}"#, 12, "stands twice"),
        .init(#"{"a":1,null:2}"#, 7, "name of a member"), .init("[1,\n2,\n x]", 8, "expected a value"),
    ]
}
