import Foundation
import Testing

/// Who may import whom, besides Foundation and Synchronization: the walls that the compiler guards.
private let allowed: [String: Set<String>] = [
    // The rules know no package, no engine, no protocol.
    "Sources/OrderManagement": [],
    // Siblings never import each other.
    "Sources/Databases": ["OrderManagement", "GRDB", "GRDBSQLite", "CLibPQ"],
    "Sources/Connectors": ["OrderManagement", "CLibCrypto", "CLibCurl"],
    "Sources/Server": [
        "OrderManagement", "CLibCrypto", "Hummingbird", "HummingbirdCore", "Mustache", "NIOCore", "NIOHTTP1",
        "HTTPTypes", "Logging", "ServiceLifecycle",
    ],
    "Sources/Documents": ["OrderManagement", "CPangoCairo", "CZint"],
    "Sources/Simulation": ["OrderManagement"],
    // The only place that knows every concrete type.
    "Sources/waybill": [
        "OrderManagement", "Databases", "Connectors", "Documents", "Server", "Simulation", "CLibZ", "ArgumentParser",
        "SwiftCSV", "Logging", "ServiceLifecycle", "Yams",
    ],
    "Tests/TestSupport": ["OrderManagement", "Databases", "CLibPQ"],
    "Tests/OrderManagementTests": ["OrderManagement", "Connectors", "Databases", "TestSupport", "Testing"],
    "Tests/DocumentsTests": ["OrderManagement", "Documents", "Testing"],
    "Tests/DatabasesTests": ["OrderManagement", "Databases", "TestSupport", "Testing", "CLibPQ", "GRDBSQLite"],
]

@Suite("Imports")
struct ImportRulesTests {
    /// The modules that a file imports, with their lines.
    private func imports(_ file: SourceFile) -> [(module: String, line: Int)] {
        file.code.enumerated().compactMap { number, line in
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), line.first != " ",
                words[..<place].allSatisfy({ ["public", "internal", "package", "private", "@testable"].contains($0) })
            else { return nil }
            // `import struct GRDB.Configuration` imports GRDB.
            let name = words[(place + 1)...].last ?? ""
            return (name.split(separator: ".").first.map(String.init) ?? name, number + 1)
        }
    }

    @Test("Each target imports only what it may", arguments: allowed.keys.sorted())
    func targets(folder: String) throws {
        let may = (allowed[folder] ?? []).union(["Foundation", "Synchronization", "Glibc", "Darwin"])
        for file in try Repository.files(folder) {
            for (module, line) in imports(file) where !may.contains(module) {
                Issue.record("\(file.path):\(line) imports \(module)")
            }
        }
    }

    @Test("The table names every target of the program")
    func complete() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appendingPathComponent("Sources").path)
        for folder in folders.sorted() where !folder.hasPrefix(".")
            && !["CLib", "CPangoCairo", "CZint"].contains(where: folder.hasPrefix) {
            #expect(allowed["Sources/" + folder] != nil, "\(folder) has no rule")
        }
    }

    // MARK: Within the rules

    /// Verbs name what they do; a noun is everything else. Found by the protocol that verbs conform to.
    private func verbs() throws -> [String: String] {
        var verbs: [String: String] = [:]
        for file in try Repository.files("Sources/OrderManagement") {
            for line in file.code where line.contains("struct ") && line.contains(": Command") && !line.contains("<") {
                let name = line.split(separator: " ").drop { $0 != "struct" }.dropFirst().first ?? ""
                verbs[String(name.prefix { $0 != ":" })] = file.path
            }
        }
        return verbs
    }

    /// A verb's file that names another verb: what two verbs share is a function of a noun; what follows is a job.
    @Test("No verb calls another verb")
    func verbsAlone() throws {
        let verbs = try verbs()
        #expect(verbs.count > 20)
        for file in try Repository.files("Sources/OrderManagement") where verbs.values.contains(file.path) {
            for (number, line) in file.code.enumerated() {
                for (verb, home) in verbs where home != file.path && line.contains("\(verb)(") {
                    Issue.record("\(file.path):\(number + 1) performs \(verb)")
                }
            }
        }
    }

    @Test("The rules never look at a clock, a random number or the environment", arguments: [
        "Date()", "UUID()", ".random(", "SystemRandomNumberGenerator", "ProcessInfo", "getenv", "ContinuousClock",
    ])
    func pure(text: String) throws {
        // `Timestamp.present` is handed to the composition root.
        let excused = ["Sources/OrderManagement/Values/Timestamp.swift"]
        for file in try Repository.files("Sources/OrderManagement") where !excused.contains(file.path) {
            for (number, line) in file.code.enumerated() where line.contains(text) {
                Issue.record("\(file.path):\(number + 1): \(text)")
            }
        }
    }
}
