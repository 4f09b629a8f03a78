import HTTPTypes
import NIOHTTP1
import Testing

@testable import Server

/// Answers as they are sent.
@Suite("Answers")
struct AnswerTests {
    @Test("The date of an answer is written as RFC 9110 has it")
    func date() {
        #expect(AnswerDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(AnswerDate.text(1_772_323_200) == "Sun, 01 Mar 2026 00:00:00 GMT")
    }

    @Test("What is written into a header begins no other line")
    func injection() {
        let answer = APIResponse(body: .text("{}"), headers: [(.location, "/v1/a\r\nSet-Cookie: b=c")])
        let head = answer.written(id: "r.1", date: "today").head
        #expect(head.headers["Location"] == ["/v1/a  Set-Cookie: b=c"])
        #expect(head.headers["Set-Cookie"].isEmpty)
    }

    @Test("Answers are not kept, except those that may be; all have length and date, unless they come bit by bit")
    func headers() {
        let file = APIResponse(body: .bytes([1, 2]), type: .css, headers: [(.cacheControl, "max-age=60")])
        let written = file.written(id: "r.2", date: "today").head.headers
        #expect(
            written.map { "\($0.name): \($0.value)" } == [
                "X-Content-Type-Options: nosniff", "Request-Id: r.2", "Content-Type: text/css; charset=utf-8",
                "Cache-Control: max-age=60", "Content-Length: 2", "Date: today",
            ])
        let stream = APIResponse(body: .stream { _ in }, type: .events).written(id: "r.3", date: "today").head.headers
        #expect(stream["Content-Length"].isEmpty && stream["Cache-Control"] == ["no-store"])
    }
}
