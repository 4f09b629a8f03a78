import Foundation
import Testing

@testable import waybill

@Suite("Table files")
struct TableFileTests {
    private func rows(_ text: String) throws -> [String] {
        var rows: [String] = []
        try TableFile(text: text, name: "test").read { record in
            switch record {
            case .success(let record): rows.append("\(record.line): " + record.fields.joined(separator: "|"))
            case .failure(let wrong): rows.append("\(wrong.line)! \(wrong.reason)")
            }
        }
        return rows
    }

    @Test("Line breaks and quotes inside of quotes belong to the field; lines are counted through them")
    func quotes() throws {
        #expect(
            try rows("a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n1,2\n") == ["2: x\ny|say \"hi\"", "4: 1|2"])
    }

    @Test("CRLF, a byte order mark, blank lines and a last line without its break are read as they are meant")
    func lineEnds() throws {
        #expect(try rows("\u{FEFF}a,b\r\n1,2\r\n\r\n3,") == ["2: 1|2", "4: 3|"])
    }

    @Test("A row with too few or too many fields is rejected by its line, its neighbours are read")
    func fieldCount() throws {
        let rows = try rows("a,b\n1,2\n3\n4,5,6\n7,8\n")
        #expect(rows.count == 4)
        #expect(rows[0] == "2: 1|2" && rows[3] == "5: 7|8")
        #expect(rows[1].hasPrefix("3! it has 1 fields") && rows[2].hasPrefix("4! it has 3 fields"))
    }

    @Test("A quote that stands alone breaks its own row, not those before it")
    func loneQuote() throws {
        let rows = try rows("a,b\n1,2\n12\" vinyl,3\n4,5\n")
        #expect(rows.first == "2: 1|2")
        #expect(rows.contains { $0.hasPrefix("3!") })
        #expect(rows.last == "4: 4|5")
    }

    @Test("A table of many pieces has every row once, in order")
    func manyPieces() throws {
        let text = "n,text\n" + (1...30_000).map { "\($0),\"a\n,\($0 % 7)\"" }.joined(separator: "\n")
        var numbers: [Int] = []
        try TableFile(text: text, name: "test").read { numbers.append(Int(try $0.get().fields[0]) ?? -1) }
        #expect(numbers == Array(1...30_000))
    }

    @Test("A line longer than a record may be is rejected by its number, is not held, and those around it are read")
    func tooLong() throws {
        let long = String(repeating: "x", count: 3 * TableFile.recordBytesMax)
        let rows = try rows("a,b\n1,2\n\(long),2\n3,4\n\(long)")
        #expect(rows.count == 4)
        #expect(rows[0] == "2: 1|2" && rows[2] == "4: 3|4")
        #expect(rows[1].hasPrefix("3! it is longer than 1048576 bytes") && rows[3].hasPrefix("5! it is longer"))
        var cutter = RecordCutter()
        var (most, rejected) = (0, 0)
        for _ in 0..<200 {
            cutter.bytes += [UInt8](repeating: UInt8(ascii: "{"), count: 128 << 10)
            rejected += cutter.cut(.ndjson, isLast: false).spans.count
            most = max(most, cutter.bytes.count)
        }
        #expect(rejected == 1 && most <= TableFile.recordBytesMax)
        #expect(cutter.cut(.ndjson, isLast: true).spans.isEmpty)
    }

    @Test("A JSON array on one line is refused for what it is, whatever its size")
    func oneLine() throws {
        let array = "[" + String(repeating: #"{"sku": "A"},"#, count: 300_000) + "]"
        let wrong = #expect(throws: UnreadableFile.self) { _ = try rows(array) }
        #expect("\(wrong.map { "\($0)" } ?? "")".contains("NDJSON with an object per line"))
    }

    @Test("A file with semicolons is read as one with commas, where its header line has no comma")
    func semicolons() throws {
        let table = TableFile(text: "sku;name\r\nA1;\"Tea; green\"\r\nB2;Milk, fresh\r\n", name: "semi.csv")
        var names: [String?] = []
        try table.read { names.append(try $0.get().value("name")) }
        #expect(names == ["Tea; green", "Milk, fresh"])
    }

    @Test("NDJSON is known by its first character; a line that is no object is rejected")
    func ndjson() throws {
        var seen: [String] = []
        let text = "{\"sku\":\"A\",\"weight_g\":5}\n[1]\n{\"sku\":\n\n{\"sku\":\"B\"}"
        try TableFile(text: text, name: "test").read { record in
            switch record {
            case .success(let record): seen.append("\(record.line) \(record.value("sku") ?? "")")
            case .failure(let wrong): seen.append("\(wrong.line)!")
            }
        }
        #expect(seen == ["1 A", "2!", "3!", "5 B"])
    }

    @Test("A file that is cut off within its compressed data is refused, not taken for its beginning")
    func cutOff() throws {
        // gzip (RFC 1952) of "a,b\n1,2\n", its last eight bytes missing.
        let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0xD4, 0x49, 0xE2, 0x32]
        let path = NSTemporaryDirectory() + UUID().uuidString + ".csv.gz"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        #expect(throws: UnreadableFile.self) { try TableFile(path: path).read { _ in } }
        #expect(throws: UnreadableFile.self) { try TableFile(path: path + ".none").read { _ in } }
    }
}
