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

    @Test("A parcel is sorted by country and the area of its postcode", arguments: [
        ("GB", "LS1 4AP", "GB LS1"), ("GB", "ec1a1bb", "GB EC1A"), ("JE", "JE2 3AB", "JE JE2"),
        ("US", "04101", "US 041"), ("US", "04101-1234", "US 041"), ("CA", "K1A 0B1", "CA K1A"),
        ("IE", "D02 X285", "IE D02"),
        ("NL", "1011 AB", "NL 1011"), ("DE", "22767", "DE 22767"), ("DE", "DE-22767", "DE 22767"),
        ("FR", "75 008", "FR 75008"), ("JP", "100-0005", "JP 100"), ("HK", "", "HK"), ("IE", "", "IE"),
        // What looks like no postcode of its country is not taken apart.
        ("GB", "BFPO 5782", "GB BFPO5782"), ("US", "1234", "US 1234"),
    ])
    func sortKey(country: String, postcode: String, key: String) {
        let address = Address(name: "Ada", lines: ["1 High Street"], city: "X", postcode: postcode, country: country)
        #expect(address.sortKey == key)
    }
}
