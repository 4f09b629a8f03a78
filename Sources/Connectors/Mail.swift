import Foundation
import OrderManagement

/// A name and an address that can stand in the head of a mail.
public struct MailAddress: Hashable, Sendable {
    let name: String
    let address: String
    var domain: String { String(address[address.index(after: address.lastIndex(of: "@")!)...]) }  // init requires it

    /// - Returns: nil for an address that could be more than one, or none.
    public init?(name: String, address: String) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = address.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && !"<>()[],;:\\\"".unicodeScalars.contains(scalar)
                && scalar.properties.generalCategory != .control && !scalar.properties.isWhitespace
        }
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain, address.utf8.count <= 254 else {
            return nil
        }
        self.name = Mail.oneLine(name)
        self.address = address
    }

    /// `Example Shop <orders@example.com>`, or the address alone.
    public init?(_ text: String) {
        guard let bracket = text.lastIndex(of: "<"), text.hasSuffix(">") else {
            self.init(name: "", address: text)
            return
        }
        self.init(
            name: text[..<bracket].trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\""))),
            address: String(text[text.index(after: bracket)...].dropLast()))
    }

    /// As a head shows it (RFC 5322, section 3.4).
    var text: String { name.isEmpty ? "<\(address)>" : "\(Mail.encoded(name)) <\(address)>" }
}

/// A mail's head, made so that no name and no subject can add a line to it.
struct Mail {
    let letter: Letter
    let from: MailAddress
    let to: MailAddress
    /// The same at every attempt, by which receivers know it again (RFC 5322, section 3.6.4).
    let id: String
    let at: Date

    var headers: [String] {
        [
            "From: \(from.text)", "To: \(to.text)", "Subject: \(Self.encoded(letter.subject))",
            "Date: \(Self.date.string(from: at))", "Message-ID: <\(id)>", "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative",  // libcurl adds the boundary
        ]
    }

    private static let date: DateFormatter = {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return format
    }()

    /// Text without line breaks and other controls.
    static func oneLine(_ text: String) -> String {
        text.unicodeScalars.split {
            $0.properties.generalCategory == .control || $0.properties.isWhitespace
        }.map { String($0) }.joined(separator: " ")
    }

    /// Encoded words of at most 75 bytes (RFC 2047), also for plain text: then nothing in it can mean anything.
    static func encoded(_ text: String) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in oneLine(text).unicodeScalars {
            let more = Array(String(scalar).utf8)
            if bytes.count + more.count > 45, !bytes.isEmpty {
                words.append(word(bytes))
                bytes = []
            }
            bytes += more
        }
        if !bytes.isEmpty { words.append(word(bytes)) }
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Data(bytes).base64EncodedString())?=" }

    /// With the line ends of mail.
    static func lines(_ text: String) -> String {
        text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\n", with: "\r\n")
    }
}
