import Connectors
import Foundation
import OrderManagement
import Synchronization

/// Questions to a server outside with its answers, as a file keeps them: replayed in order, each question as it
/// was recorded; or recorded from the real server.
///
/// A class, since it remembers how far it is.
final class Exchanges: Sendable {
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    private struct Exchange: Sendable {
        let call: HTTPCall
        let status: Int
        let answer: JSON
        /// The server did it; nobody heard of it.
        let isLost: Bool
    }

    private let base: String
    /// What tells recordings apart at the real server.
    let key: String
    private let live: HTTPCalls?
    private let state: Mutex<(exchanges: [Exchange], next: Int, losing: String?)>

    /// A recording that is replayed.
    ///
    /// - Parameter base: The address of the server, which the recording leaves out.
    init(file: URL, base: String) throws {
        let json = try JSON.parse([UInt8](try Data(contentsOf: file)), limits: .stored)
        (self.base, live) = (base, nil)
        key = json["key"]?.string ?? ""
        let exchanges = (json["exchanges"]?.array ?? []).map { each in
            Exchange(
                call: HTTPCall(
                    method: each["method"]?.string ?? "", url: base + (each["path"]?.string ?? ""),
                    body: each["body"].flatMap { $0.isNull ? nil : $0.text }),
                status: Int(each["status"]?.integer ?? 0), answer: each["answer"] ?? .null,
                isLost: each["lost"]?.bool ?? false)
        }
        state = Mutex((exchanges, 0, nil))
    }

    /// A recording that is made now.
    init(recording live: @escaping HTTPCalls, base: String, key: String) {
        (self.base, self.key, self.live) = (base, key, live)
        state = Mutex(([], 0, nil))
    }

    /// While recording: the answer to the next question whose address ends so is lost on the way.
    func loseNext(_ suffix: String) { state.withLock { $0.losing = suffix } }
    /// Whether all that was recorded was asked.
    var isAtEnd: Bool { state.withLock { $0.next == $0.exchanges.count } }

    func answer(_ call: HTTPCall) async throws -> HTTPAnswer {
        guard let live else { return try replay(call) }
        let answer = try await live(call)
        let isLost = state.withLock { state in
            let isLost = state.losing.map { call.url.hasSuffix($0) } ?? false
            if isLost { state.losing = nil }
            return isLost
        }
        let exchange = Exchange(
            call: call, status: answer.status, answer: try JSON.parse(answer.body, limits: .stored), isLost: isLost)
        state.withLock {
            $0.exchanges.append(exchange)
            $0.next += 1
        }
        if isLost { throw Unexpected(description: "the answer was lost on the way") }
        return answer
    }

    private func replay(_ call: HTTPCall) throws -> HTTPAnswer {
        let exchange = try state.withLock { state in
            guard state.next < state.exchanges.count else {
                throw Unexpected(description: "\(call.method) \(call.url) is not in the recording")
            }
            let exchange = state.exchanges[state.next]
            // Numbers may be written otherwise: 20.00 and 20.0 are one question.
            let body = try call.body.map { try JSON.parse($0).text }
            guard exchange.call.method == call.method, exchange.call.url == call.url, exchange.call.body == body else {
                throw Unexpected(
                    description: "\(call.method) \(call.url) \(call.body ?? "") instead of \(exchange.call)")
            }
            state.next += 1
            return exchange
        }
        if exchange.isLost { throw Unexpected(description: "the answer was lost on the way") }
        return HTTPAnswer(status: exchange.status, body: [UInt8](exchange.answer.text.utf8))
    }

    /// Texts are kept up to here: of a label drawn as a picture its beginning is enough.
    private static let textMax = 4_096

    private static func short(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(String(text.prefix(textMax)))
        case .array(let list): .array(list.map(short))
        case .object(let members): .object(members.map { .init($0.name, short($0.value)) })
        case .null, .bool, .integer, .number: json
        }
    }

    func save(to file: URL) throws {
        var json = JSONWriter()
        json.object {
            $0.member("key", key)
            $0.array("exchanges") { list in
                for exchange in state.withLock({ $0.exchanges }) {
                    list.object {
                        $0.member("method", exchange.call.method)
                        $0.member("path", String(exchange.call.url.dropFirst(base.count)))
                        $0.member("body", raw: exchange.call.body)
                        $0.member("status", exchange.status)
                        if exchange.isLost { $0.member("lost", true) }
                        $0.member("answer", Self.short(exchange.answer))
                    }
                }
            }
        }
        try Data(json.bytes).write(to: file)
    }
}

/// What was said, in order. A class, since closures share it.
final class TextList: Sendable {
    private let list = Mutex<[String]>([])
    var texts: [String] { list.withLock { $0 } }
    func add(_ text: String) { list.withLock { $0.append(text) } }
}
