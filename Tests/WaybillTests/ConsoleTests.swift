import Foundation
import Synchronization
import Testing

@testable import waybill

/// Collects what a console says. A class, since the console's closure shares it.
private final class Heard: Sendable {
    private let messages = Mutex<[Console.Message]>([])
    var all: [Console.Message] { messages.withLock { $0 } }
    var out: String {
        all.map { if case .out(let text) = $0 { text } else { "" } }.joined()
    }

    func console(progress: Bool = true) -> Console {
        Console(folder: "/shop/jo", showsProgress: progress) { message in
            self.messages.withLock { $0.append(message) }
        }
    }
}

@Suite("What commands say")
struct ConsoleTests {
    @Test("A table has its columns aligned, numbers to the right")
    func table() {
        let heard = Heard()
        heard.console().table(["SKU", "UNITS"], [["TEE", "5"], ["CAP-RED", "1200"]])
        #expect(heard.out == "SKU      UNITS\nTEE          5\nCAP-RED   1200\n")
    }

    @Test("Progress is said only to those who watch, and not faster than it can be read")
    func progress() {
        let heard = Heard()
        let silent = heard.console(progress: false)
        silent.progress("import", 0.5)
        silent.endProgress()
        #expect(heard.all.isEmpty)
        let shown = heard.console()
        for _ in 0..<1000 { shown.progress("import", 0.5, "500 rows") }
        shown.endProgress()
        #expect(heard.all.count < 20)
        #expect(heard.all.last == .progress(""))
        #expect(heard.all.first == .progress("import  ████████████░░░░░░░░░░░░  50 %  500 rows"))
    }

    @Test("A relative path starts from the caller's folder")
    func path() {
        #expect(Heard().console().path("stock.csv") == "/shop/jo/stock.csv")
        #expect(Heard().console().path("../stock.csv") == "/shop/stock.csv")
        #expect(Heard().console().path("/tmp/stock.csv") == "/tmp/stock.csv")
    }

    @Test(
        "A CSV cell is quoted where it must be and is never a formula",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"), ("+44 20 7946", "'+44 20 7946"), ("-x", "'-x"), ("@cmd", "'@cmd"), ("-5", "-5"),
            ("-5.20", "-5.20"), ("=A1,B1", "\"'=A1,B1\""), ("", ""),
        ])
    func csv(text: String, cell: String) {
        #expect(CSV.cell(text) == cell)
    }

    @Test("A request survives the socket")
    func request() throws {
        let arguments = ["key", "create", "--name", "a \"b\"\n"]
        let request = AdminRequest(arguments: arguments, folder: "/x y", showsProgress: true)
        let again = try AdminRequest(request.line)
        #expect(again.arguments == request.arguments)
        #expect(again.folder == request.folder)
        #expect(again.showsProgress)
        #expect(!request.line.contains("\n"))
    }

    @Test("A socket can be in a folder with a long name, and only its owner may use it")
    func longPath() throws {
        let folder = try TemporaryFolder()
        let deep = folder.file(String(repeating: "d", count: 120))
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        let path = deep + "/waybill.db.sock"
        #expect(try UnixSocket.connect(to: path) == nil)
        let listener = try UnixSocket.listen(at: path)
        let client = try #require(try UnixSocket.connect(to: path))
        let server = try #require(UnixSocket.accept(listener))
        UnixSocket.write("one\ntwo\n", to: client)
        var reader = LineReader(server)
        #expect(reader.next() == "one")
        #expect(reader.next() == "two")
        close(client)
        #expect(reader.next() == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        close(server)
        close(listener)
        // Nobody listens any more: the file alone is no server.
        #expect(try UnixSocket.connect(to: path) == nil)
    }
}
