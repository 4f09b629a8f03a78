import Testing

@testable import Server

@Suite("Digests, keys and passwords")
struct DigestTests {
    @Test("SHA-256 gives the values of FIPS 180-4")
    func digest() {
        #expect(Digest(of: "abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest(of: "").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Digest(of: "abc").base64url == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
    }

    @Test("Base 64 reads back what it wrote, of any length")
    func base64() {
        for count in 0...70 {
            let bytes = RandomBytes.make(count)
            #expect(Base64URL.bytes(Base64URL.text(bytes)) == bytes)
        }
        #expect(Base64URL.bytes("a+b") == nil)
    }

    @Test("Keys are 43 characters that nobody can guess")
    func keys() {
        #expect(KeyText().text.hasPrefix("wb_") && KeyText().text.count == 43 && KeyText() != KeyText())
        #expect(KeyText(chosen: "short") == nil && KeyText(chosen: "with a space in the middle") == nil)
    }

    @Test("A password's hash knows its password and no other, and never looks the same twice")
    func passwords() {
        let hash = PasswordHash(of: "correct horse")
        #expect(hash.matches("correct horse") && !hash.matches("correct horsf") && !hash.matches(""))
        #expect(hash != PasswordHash(of: "correct horse"))
        #expect(!PasswordHash(stored: "scrypt$1$2").matches("x"))
    }

    @Test("Percent-encoded text is decoded strictly and encoded safely")
    func percentCoding() {
        #expect(PercentCoding.decoded("a%20b+c") == "a b+c")
        #expect(PercentCoding.decoded("a+b%2B", plusIsSpace: true) == "a b+")
        #expect(PercentCoding.decoded("%C3%28") == nil && PercentCoding.decoded("%4") == nil)
        #expect(PercentCoding.encoded("ä/b c") == "%C3%A4%2Fb%20c")
    }
}
