import OrderManagement
import Testing

@Suite("SSCC")
struct SSCCTests {
    @Test("Check digits are GS1's", arguments: [
        ("10614141234567890", 8), ("3761042500212345", 3), ("400638133393", 1), ("00000000000000000", 0), ("", 0),
        ("12a", nil), ("١٢", nil),
    ])
    func checkDigits(digits: String, wanted: Int?) {
        #expect(GS1.checkDigit(of: digits) == wanted)
    }

    @Test("A code is made of extension digit, company prefix, serial and check digit")
    func made() throws {
        let code = try #require(SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: 234_567_890))
        #expect(code.digits == "106141412345678908")
        let long = SSCC(extensionDigit: 0, companyPrefix: "340123456789", serial: 7)
        #expect(long?.digits.prefix(17) == "03401234567890007")
        #expect(SSCC.serialMax(companyPrefix: "0614141") == 999_999_999)
        #expect(SSCC.serialMax(companyPrefix: "340123456789") == 9_999)
    }

    @Test("What is out of bounds makes no code")
    func bounds() {
        #expect(SSCC(extensionDigit: 10, companyPrefix: "0614141", serial: 1) == nil)
        #expect(SSCC(extensionDigit: -1, companyPrefix: "0614141", serial: 1) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "061", serial: 1) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "06141411234567", serial: 1) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "06141A1", serial: 1) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: 1_000_000_000) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: -1) == nil)
        #expect(SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: 999_999_999) != nil)
    }

    @Test("A scan is read with and without its identifier", arguments: [
        "106141412345678908", "00106141412345678908", "(00)106141412345678908", "(00) 1 0614141 234567890 8",
        "]C100106141412345678908", "\u{1D}00106141412345678908", "]C1(00)106141412345678908",
    ])
    func read(text: String) {
        #expect(SSCC(text)?.digits == "106141412345678908")
    }

    @Test("One wrong digit is found, whichever it is, and so is most swapping")
    func wrongDigits() {
        let right = Array("106141412345678908")
        for place in right.indices {
            for digit in "0123456789" where digit != right[place] {
                var wrong = right
                wrong[place] = digit
                #expect(SSCC(String(wrong)) == nil)
            }
        }
        for text in ["", "1061414123456789", "1061414123456789081", "10614141234567890A", "1061414123456789O8"] {
            #expect(SSCC(text) == nil)
        }
    }

    @Test("Every serial gives another code, which reads back")
    func serials() {
        let codes = (0..<2_000).compactMap { SSCC(extensionDigit: 3, companyPrefix: "4012345678", serial: $0) }
        #expect(Set(codes).count == 2_000)
        #expect(codes.allSatisfy { SSCC($0.digits) == $0 })
    }
}
