import CLibCurl
import Foundation
import OrderManagement
import Synchronization

/// A question to a server outside.
public struct HTTPCall: Hashable, Sendable {
    public let method: String
    public let url: String
    /// As they go over the wire: `Accept: application/json`.
    public let headers: [String]
    /// nil for none.
    public let body: String?

    public init(method: String, url: String, headers: [String] = [], body: String? = nil) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
    }
}

/// What a server said, whatever it was.
public struct HTTPAnswer: Hashable, Sendable {
    public let status: Int
    public let body: [UInt8]

    public init(status: Int, body: [UInt8]) { (self.status, self.body) = (status, body) }
}

/// No answer came, or none that could be taken in: whether the question was understood is not known.
public struct NoHTTPAnswer: Error, CustomStringConvertible {
    public let description: String
}

/// SEAM: who carries questions to servers outside. Whatever it throws has an unknown outcome.
public typealias HTTPCalls = @Sendable (HTTPCall) async throws -> HTTPAnswer

/// HTTP through libcurl, with a deadline for each question; connections are kept and used again for questions that
/// change nothing.
///
/// Everything else goes over a connection of its own: on one that was kept, libcurl asks a second time by itself when
/// the server closes it without an answer, and a courier would sell twice what was asked for once.
///
/// After trouble in reaching a server nobody is sent to it for a while, so that one that does not answer does not hold
/// up everything else. A class, since it owns connections.
public final class CurlCalls: Sendable {
    public struct Options: Hashable, Sendable {
        public var connectSecondsMax = 10
        /// From the first byte to the last; a courier may take its time to sell a label.
        public var secondsMax = 60
        /// How long the server is left alone after trouble.
        public var restSeconds: Double = 5
        /// More than this of an answer is trouble.
        public var bytesMax = 33_554_432

        public init() {}
    }

    /// A handle is used by one question at a time.
    private struct Handle: @unchecked Sendable { let curl: UnsafeMutableRawPointer }
    private struct State: Sendable {
        var idle: [Handle] = []
        var restsUntil = ContinuousClock.now
    }

    private let options: Options
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "http", attributes: .concurrent)
    private static let isStarted = waybill_curl_start() == CURLE_OK

    public init(_ options: Options = Options()) { self.options = options }

    deinit { state.withLock { for handle in $0.idle { curl_easy_cleanup(handle.curl) } } }

    /// - Throws: `NoHTTPAnswer`; `ConnectorRests` where nobody was asked.
    public func perform(_ call: HTTPCall) async throws -> HTTPAnswer {
        let outcome = await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: transfer(call)) }
        }
        return try outcome.get()
    }

    private func transfer(_ call: HTTPCall) -> Result<HTTPAnswer, any Error> {
        let now = ContinuousClock.now
        let (left, waiting) = state.withLock { (($0.restsUntil - now) / .seconds(1), $0.idle.popLast()) }
        let isResting = left > 0
        defer { if isResting, let waiting { state.withLock { $0.idle.append(waiting) } } }
        guard !isResting else {
            return .failure(
                ConnectorRests("\(Self.place(call.url)) did not answer a moment ago", seconds: left))
        }
        guard Self.isStarted, let curl = waiting?.curl ?? curl_easy_init() else {
            return .failure(NoHTTPAnswer(description: "libcurl did not start"))
        }
        defer { state.withLock { $0.idle.append(Handle(curl: curl)) } }
        return transfer(call, by: curl)
    }

    private func transfer(_ call: HTTPCall, by curl: UnsafeMutableRawPointer) -> Result<HTTPAnswer, any Error> {
        curl_easy_reset(curl)  // keeps the connection
        let headers = (call.headers + ["Expect:"]).reduce(nil) { curl_slist_append($0, $1) }
        defer { curl_slist_free_all(headers) }
        let texts = [
            (CURLOPT_URL, call.url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_CUSTOMREQUEST, call.method),
        ]
        for (option, text) in texts { _ = waybill_curl_set_text(curl, option, text) }
        let numbers = [
            (CURLOPT_CONNECTTIMEOUT, options.connectSecondsMax), (CURLOPT_TIMEOUT, options.secondsMax),
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0),
        ]
        for (option, number) in numbers { _ = waybill_curl_set_long(curl, option, number) }
        if call.method != "GET" {
            for option in [CURLOPT_FRESH_CONNECT, CURLOPT_FORBID_REUSE] { _ = waybill_curl_set_long(curl, option, 1) }
        }
        if let body = call.body { _ = waybill_curl_set_text(curl, CURLOPT_COPYPOSTFIELDS, body) }
        _ = waybill_curl_set_list(curl, CURLOPT_HTTPHEADER, headers)
        let received = Received(bytesMax: options.bytesMax)
        _ = waybill_curl_set_taker(curl, Self.take, Unmanaged.passUnretained(received).toOpaque())
        let code = withExtendedLifetime(received) { curl_easy_perform(curl) }
        guard code == CURLE_OK else {
            state.withLock { $0.restsUntil = .now + .seconds(options.restSeconds) }
            let reason = String(cString: curl_easy_strerror(code))
            return .failure(NoHTTPAnswer(description: "no answer of \(Self.place(call.url)): \(reason)"))
        }
        var status = 0
        _ = waybill_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPAnswer(status: status, body: received.bytes))
    }

    /// A class, since libcurl knows it by its address.
    private final class Received {
        var bytes: [UInt8] = []
        let bytesMax: Int
        init(bytesMax: Int) { self.bytesMax = bytesMax }
    }

    private static let take: curl_write_callback = { data, size, count, place in
        guard let data, let place else { return 0 }
        let received = Unmanaged<Received>.fromOpaque(place).takeUnretainedValue()
        let length = size * count
        guard received.bytes.count + length <= received.bytesMax else { return 0 }  // libcurl gives up
        received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: length))
        return length
    }

    /// The server of an address: all else may be secret.
    private static func place(_ url: String) -> String {
        guard let parts = URLComponents(string: url), let host = parts.host else { return "the server" }
        return host + (parts.port.map { ":\($0)" } ?? "")
    }
}
