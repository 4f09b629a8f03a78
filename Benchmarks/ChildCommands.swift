import ArgumentParser
import Foundation
import NIOCore
import OrderManagement
import Server

/// What the benchmarks start as processes of their own.
enum ChildCommands {
    static let bearer = "benchmark_key_0123456789"

    /// Prints the port, then ends the process when standard input ends.
    static func announce(_ port: Int) {
        FileHandle.standardOutput.write(Data("\(port)\n".utf8))
        let thread = Thread {
            while !FileHandle.standardInput.readData(ofLength: 64).isEmpty {}
            exit(0)
        }
        thread.start()
    }
}

/// The bare server of `BareEcho`.
struct EchoServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "echo-server", shouldDisplay: false)

    func run() async throws { try await BareEcho.serve { ChildCommands.announce($0) } }
}

/// The real server on a database, as `waybill serve` runs it.
struct ShopServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "shop-server", shouldDisplay: false)

    @Option var database: String

    func run() async throws {
        let opened = try Retailer.open(database)
        let waybill = OrderManagement(database: opened)
        var options = Server.Options(port: 0)
        options.onListening = { ChildCommands.announce($0) }
        try await Server(waybill: waybill, options: options).run()
    }
}

/// One run of the load client; answers with a `LoadResult` as JSON.
struct LoadClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load-client", shouldDisplay: false)

    @Option var port: Int
    @Option var path: String
    @Option var connections = 64
    @Option var seconds = 3.0
    @Option var warmUp = 0.3
    @Option var lines = 3
    @Option var spread = Shape.Spread.uniform
    @Option var first = 0
    @Flag var get = false

    func run() async throws {
        let bearer = ChildCommands.bearer
        let requests: [PreparedRequest]
        if get {
            requests = SampleOrders(Shape(lines: 3, spread: .uniform), count: 1000).samples.map { sample in
                let sku = SampleOrders.sku(sample.lines[0].sku)
                return .get(path.replacingOccurrences(of: "{sku}", with: sku), bearer: bearer)
            }
        } else {
            requests = SampleOrders(Shape(lines: lines, spread: spread), count: 2048).samples.map {
                .order($0, to: path, bearer: bearer)
            }
        }
        let client = LoadClient(
            port: port, path: path, connections: connections, warmUp: .milliseconds(Int(warmUp * 1000)),
            duration: .milliseconds(Int(seconds * 1000)), requests: requests, firstNumber: first)
        FileHandle.standardOutput.write(try JSONEncoder().encode(try await client.run()))
    }
}

extension Shape.Spread: ExpressibleByArgument {}
