import Foundation
import GRDBSQLite

/// What the figures were measured on; without it they say nothing.
struct Machine: Codable {
    let cores: Int
    let processor: String
    let memoryGibibytes: Int
    let kernel: String
    let swift: String
    let sqlite: String
    let build: String
    /// Median of a hundred: what one commit must wait for.
    let syncMilliseconds: Double
    let loadBefore: Double
    var loadAfter: Double?
    let startedAt: String

    static func present(scratch: borrowing ScratchFolder) throws -> Machine {
        Machine(
            cores: ProcessInfo.processInfo.activeProcessorCount, processor: processorName(),
            memoryGibibytes: Int((Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824).rounded()),
            kernel: file("/proc/sys/kernel/osrelease") ?? "unknown", swift: swiftVersion,
            sqlite: String(cString: sqlite3_libversion()), build: isOptimized ? "release" : "debug",
            syncMilliseconds: try measuredSyncMilliseconds(in: scratch), loadBefore: load(),
            startedAt: ISO8601DateFormatter().string(from: Date()))
    }

    /// The load average of the last minute.
    static func load() -> Double {
        file("/proc/loadavg").flatMap { $0.split(separator: " ").first }.flatMap { Double($0) } ?? 0
    }

    /// Processor time that this process has taken, in its own code and in the kernel.
    static func processorSeconds() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The most memory that any ended child had resident, in MB (getrusage(2), `ru_maxrss`).
    static func childrenPeakMegabytes() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage) == 0 else { return 0 }
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }

    /// Bytes that this process handed to the kernel for writing.
    static func bytesWritten() -> Int64 {
        let line = file("/proc/self/io")?.split(separator: "\n").first { $0.hasPrefix("wchar:") }
        return line.flatMap { Int64($0.dropFirst(6).trimmingCharacters(in: .whitespaces)) } ?? 0
    }

    private static func file(_ path: String) -> String? {
        // Not there on other systems than Linux: the fact is then unknown, which is no reason to stop.
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func processorName() -> String {
        let line = file("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    static var isOptimized: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    private static func measuredSyncMilliseconds(in scratch: borrowing ScratchFolder) throws -> Double {
        let path = scratch.path(of: "sync")
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw BenchmarkFailure("cannot write to \(path)") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 7, count: 8192)
        var times: [Double] = []
        for _ in 0..<100 {
            let start = ContinuousClock.now
            guard write(descriptor, page, page.count) == page.count, fdatasync(descriptor) == 0 else {
                throw BenchmarkFailure("cannot write to \(path)")
            }
            times.append((ContinuousClock.now - start).seconds * 1000)
        }
        return times.median
    }
}

/// A benchmark could not be carried out.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A temporary folder, removed with what is in it.
struct ScratchFolder: ~Copyable {
    let folder: String

    /// - Parameter parent: Where to make it; nil for the system's temporary folder.
    init(in parent: String? = nil) throws {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        folder = parent + "/waybill-benchmarks-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Progress.say("left behind: \(folder) (\(error))")
        }
    }

    func path(of name: String) -> String { folder + "/" + name }

    /// Removes a database with its log.
    func removeDatabase(_ name: String) throws {
        for suffix in ["", "-wal", "-shm", ".lock", "-lock"] {
            let path = path(of: name + suffix)
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        }
    }

    func bytes(of name: String) throws -> Int64 {
        let facts = try FileManager.default.attributesOfItem(atPath: path(of: name))
        return (facts[.size] as? NSNumber)?.int64Value ?? 0
    }
}

/// Says on standard error what is being measured.
enum Progress {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
