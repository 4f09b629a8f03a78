/// A postal address, as the shop gave it; every text is trimmed and bounded where it is parsed.
public struct Address: Hashable, Sendable {
    public var name: String
    public var lines: [String]
    public var city: String
    public var region: String?
    public var postcode: String
    /// ISO 3166-1 alpha-2.
    public var country: String

    public init(
        name: String, lines: [String], city: String, region: String? = nil, postcode: String, country: String
    ) {
        self.name = name
        self.lines = lines
        self.city = city
        self.region = region
        self.postcode = postcode
        self.country = country
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.array("lines") { list in for line in lines { list.value(line) } }
            $0.member("city", city)
            $0.member("region", region)
            $0.member("postcode", postcode)
            $0.member("country", country)
        }
    }

    init(stored json: JSON) throws {
        self.init(
            name: try json.text("name"), lines: (json["lines"]?.array ?? []).compactMap(\.string),
            city: try json.text("city"), region: json["region"]?.string,
            postcode: try json.text("postcode"), country: try json.text("country"))
    }
}

/// Who ordered. The e-mail address, in lower case, is what finds all of a customer's orders.
public struct Customer: Hashable, Sendable {
    public var name: String
    public var email: String?
    public var phone: String?
    /// In which they want to be written to: `en`, `de-AT`; nil for the channel's.
    public var language: String?

    public init(name: String, email: String? = nil, phone: String? = nil, language: String? = nil) {
        self.name = name
        self.email = email
        self.phone = phone
        self.language = language
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("email", email)
            $0.member("phone", phone)
            if let language { $0.member("language", language) }
        }
    }

    init(stored json: JSON) throws {
        self.init(
            name: try json.text("name"), email: json["email"]?.string, phone: json["phone"]?.string,
            language: json["language"]?.string)
    }
}

/// Members of documents that this program wrote: their absence is a fault of the books, not of a caller.
extension JSON {
    func text(_ name: String) throws -> String {
        guard let text = self[name]?.string else { throw BrokenInvariant("a stored document lacks the text \(name)") }
        return text
    }

    func integer(_ name: String) throws -> Int64 {
        guard let number = self[name]?.integer else {
            throw BrokenInvariant("a stored document lacks the number \(name)")
        }
        return number
    }

    /// Reads a document that this program stored.
    static func stored(_ text: String) throws -> JSON {
        do { return try JSON.parse(text, limits: .stored) } catch {
            throw BrokenInvariant("a stored document cannot be read: \(error.reason)")
        }
    }
}
