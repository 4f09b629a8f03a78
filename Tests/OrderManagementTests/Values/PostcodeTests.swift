import Testing

@testable import OrderManagement

@Suite("Postcodes")
struct PostcodeTests {
    @Test("A parcel is sorted by country and the area of its postcode", arguments: [
        ("GB", "LS1 4AP", "GB LS1"), ("GB", "ec1a1bb", "GB EC1A"), ("JE", "JE2 3AB", "JE JE2"),
        ("US", "04101", "US 041"), ("US", "04101-1234", "US 041"), ("CA", "K1A 0B1", "CA K1A"), ("IE", "D02 X285", "IE D02"),
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
