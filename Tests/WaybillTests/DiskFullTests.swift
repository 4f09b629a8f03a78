import Foundation
import OrderManagement
import Testing

@Suite("A disk that fails", .serialized)
struct DiskFullTests {
    /// Only root may mount a small file system.
    private static let mayMount = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/mount")

    private static func shell(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test("On a full disk writes answer 503 and reads go on; with room again, writes go on", .enabled(if: mayMount))
    func diskFull() throws {
        let folder = try TemporaryFolder()
        // Without the right to mount, in a container say, there is nothing to be seen here.
        guard try Self.shell("mount -t tmpfs -o size=4m tmpfs '\(folder.path)'") == 0 else { return }
        defer {
            do {
                #expect(try Self.shell("umount -l '\(folder.path)'") == 0)
            } catch {
                Issue.record(error)
            }
        }
        let shop = try Shop(at: folder.file("waybill.db"))
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        let first = try connection.post("/v1/orders", Shop.order(named: "first"), key: "first")
        #expect(first.status == 201, "\(first.body)")
        #expect(try Self.shell("dd if=/dev/zero of='\(folder.file("filler"))' bs=4096 2>/dev/null; true") == 0)

        var statuses: Set<Int> = []
        for number in 0..<200 {
            let name = "f\(number)"
            statuses.insert(try connection.post("/v1/orders", Shop.order(named: name), key: name).status)
        }
        #expect(statuses.contains(503))
        #expect(statuses.isSubset(of: [201, 503]))
        let id = try #require(try JSON.parse(first.body)["id"]?.string)
        #expect(try connection.get("/v1/orders/" + id).status == 200)

        try FileManager.default.removeItem(atPath: folder.file("filler"))
        let after = try connection.post("/v1/orders", Shop.order(named: "f199"), key: "f199")
        #expect(after.status == 201, "\(after.body)")
        #expect(try server.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
    }

    private static let mayLimit = FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")

    @Test(
        "When it is not known whether a commit holds, the server exits with 70 and its successor knows",
        .enabled(if: mayLimit))
    func unknownOutcome() throws {
        let (shop, path) = try Shop.inFile()
        let server = try RunningServer(database: shop.url)
        let connection = HTTPConnection(port: server.port, key: shop.key)
        #expect(try connection.post("/v1/orders", Shop.order(named: "first"), key: "first").status == 201)
        // A file size limit fails the write itself, which SQLite cannot tell from a broken disk.
        let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? NSNumber
        let size = try #require(log?.uint64Value)
        #expect(try Self.shell("prlimit --pid \(server.processNumber) --fsize=\(size + 16_384):") == 0)
        var answered: [String: HTTPConnection.Answer] = [:]
        var count = 0
        do {
            while count < 500 {
                count += 1
                let name = "u\(count)"
                answered[name] = try connection.post("/v1/orders", Shop.order(named: name), key: name)
            }
        } catch is HTTPConnection.Broken {
            #expect(try server.waitForEnd().code == 70)
        }
        #expect(count < 500, "the limit was never felt")

        let successor = try RunningServer(database: shop.url)
        let again = HTTPConnection(port: successor.port, key: shop.key)
        for number in 1...count {
            let name = "u\(number)"
            let answer = try again.post("/v1/orders", Shop.order(named: name), key: name)
            #expect(answer.status == 201)
            if let before = answered[name], before.status == 201 { #expect(answer == before) }
        }
        #expect(try successor.stop().code == 0)
        #expect(try BuiltProgram.run(["doctor", "--database", shop.url]).code == 0)
    }
}
