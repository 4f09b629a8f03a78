import Foundation
import OrderManagement
import TestSupport

@testable import Server

/// A customer with the link of an order: looks at its pages over HTTP, and sends the forms that they show.
///
/// A class, since visits change what is shown; used by one test at a time.
final class CustomerBrowser {
    let server: TestServer
    /// The order's own address: `/o/…`.
    let path: String
    private(set) var answer: TestServer.Answer

    var page: String { answer.text }
    var status: Int { answer.status }

    /// - Parameter id: An order, whose link the shop hands out.
    init(_ server: TestServer, _ id: OrderID) async throws {
        self.server = server
        answer = try await server.send("GET", "/v1/orders/\(id)/customer-links")
        guard let path = answer.json["path"]?.string else { throw NoSuchForm(description: answer.text) }
        self.path = path
        try await open()
    }

    func open(_ more: String = "", headers: [String: String] = [:]) async throws {
        answer = try await server.send("GET", path + more, key: "", headers: headers)
    }

    /// Sends the form of the shown page, filled in; redirects are followed.
    func submit(_ values: [String: String] = [:], headers: [String: String] = [:]) async throws {
        try await send(try fields(values), headers: headers)
    }

    /// What the form of the shown page would send.
    func fields(_ values: [String: String] = [:]) throws -> (action: String, body: String) {
        guard let form = page.firstMatch(of: /<form method="post" action="([^"]*)">(.*?)<\/form>/.dotMatchesNewlines())
        else { throw NoSuchForm(description: "no form in \(page)") }
        var fields: [String: String] = [:]
        for input in form.2.matches(of: /<input[^>]*name="([^"]*)" value="([^"]*)"/) {
            fields[String(input.1)] = Self.plain(String(input.2))
        }
        for list in form.2.matches(of: /<select name="([^"]*)">(.*?)<\/select>/.dotMatchesNewlines()) {
            let chosen = list.2.firstMatch(of: /value="([^"]*)" selected/) ?? list.2.firstMatch(of: /value="([^"]*)"/)
            fields[String(list.1)] = chosen.map { String($0.1) } ?? ""
        }
        for (name, value) in values { fields[name] = value }
        let body = fields.sorted { $0.key < $1.key }
            .map { "\(PercentCoding.encoded($0))=\(PercentCoding.encoded($1))" }.joined(separator: "&")
        return (String(form.1), body)
    }

    func send(_ form: (action: String, body: String), headers: [String: String] = [:]) async throws {
        let type = ["Content-Type": "application/x-www-form-urlencoded"]
        answer = try await server.send(
            "POST", form.action, form.body, key: "", headers: type.merging(headers) { $1 })
    }

    /// Where the links and offers of the page lead, by what they are called.
    func address(of label: String) -> String? {
        page.matches(of: /<a class="[a-z]+" href="([^"]*)">(?:<strong>)?([^<]*)</).first { $0.2 == label }
            .map { String($0.1) }
    }

    /// What stands below what is offered, or is not.
    func hint(of label: String) -> String? {
        page.matches(of: /<strong>([^<]*)<\/strong><span>([^<]*)</).first { $0.1 == label }.map { String($0.2) }
    }

    var headline: String? { page.firstMatch(of: /<h1>([^<]*)</).map { String($0.1) } }
    var promise: String? { page.firstMatch(of: /<p class="promise">([^<]*)</).map { String($0.1) } }
    var notice: String? { page.firstMatch(of: /<p class="notice [a-z]+" role="[a-z]+">([^<]*)</).map { String($0.1) } }
    /// What was told of the first parcel, the newest first.
    var story: [String] {
        guard let list = page.firstMatch(of: /<ol class="story">(.*?)<\/ol>/.dotMatchesNewlines()) else { return [] }
        return list.1.matches(of: /<p>([^<]*)</).map { String($0.1) }
    }

    private static func plain(_ html: String) -> String {
        html.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
}

extension TestSystem {
    /// A shop whose channels are told of a policy.
    func setPolicy(of channel: Channel = .till, _ change: (inout ChannelPolicy) -> Void) throws {
        var changed = channel
        change(&changed.policy)
        try perform(SaveChannel(channel: changed))
    }
}
