import Testing

@testable import OrderManagement

@Suite("Postcodes")
struct PostcodeTests {
    @Test("A country before a postcode is understood as people write it, and left out where it is compared or sent",
        arguments: [
            ("LU", "L-1855", "1855"), ("LU", "LU-1855", "1855"), ("LU", "1855", "1855"), ("DE", "D-10115", "10115"),
            ("DE", "d 10115", "10115"), ("AT", "A-1010", "1010"), ("FR", "F-75001", "75001"),
            ("SE", "S-114 55", "114 55"),
            ("SE", "SE-114 55", "114 55"), ("CH", "CH-8001", "8001"), ("LV", "LV-1010", "1010"),
            ("FI", "FIN-00100", "00100"), ("NL", "NL-1012 AB", "1012 AB"), ("LI", "FL-9490", "9490"),
            ("GB", "GB1 1AA", "GB1 1AA"), ("MT", "MST 1000", "MST 1000"), ("IE", "IE", "IE"),
        ])
    func prefixes(country: String, written: String, plain: String) {
        #expect(Postcode.plain(written, in: country) == plain)
        if country != "GB", country != "IE" { #expect(Postcode.objection(to: written, in: country) == nil) }
    }

    @Test("Another country's letters are no part of a postcode", arguments: [
        ("LU", "D-1855"), ("DE", "L-10115"), ("AT", "1010A"), ("SE", "S-1145"), ("FR", "F-"),
    ])
    func wrong(country: String, written: String) {
        #expect(Postcode.objection(to: written, in: country) != nil)
    }
}
