import Documents
import Foundation

/// Programs that read what was drawn, and are none of ours. `scripts/install test` installs them.
enum Tool: String {
    case pdftoppm, pdfinfo, pdftotext, zbarimg

    var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(rawValue)") }

    struct Failure: Error, CustomStringConvertible { let description: String }

    static func run(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(path): \(String(decoding: said, as: UTF8.self))")
        }
        return String(decoding: data, as: UTF8.self)
    }

    func callAsFunction(_ arguments: String...) throws -> String { try Self.run("/usr/bin/\(rawValue)", arguments) }
}

/// Python with packages that read labels; where it is missing, their tests are skipped and say so.
enum Readers {
    static let python: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return ProcessInfo.processInfo.environment["WAYBILL_LABEL_READERS"]
            ?? root.appendingPathComponent(".build/label-readers/bin/python").path
    }()
    static var areInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }
    static let advice = "biip and zplkit of Python are missing: scripts/install test"
}

/// A temporary folder that is removed with what is in it.
struct Folder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/waybill-documents-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path) (\(error))") }
    }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// What others read in a PDF.
enum Reading {
    /// The text, page by page.
    static func pages(_ pdf: [UInt8]) throws -> [String] {
        let folder = try Folder()
        let text = try Tool.pdftotext("-layout", try folder.write(pdf, "a.pdf"), "-")
        return Array(text.components(separatedBy: "\u{C}").dropLast())
    }

    /// The text without white space: lines may be broken anywhere.
    static func letters(_ pdf: [UInt8]) throws -> String {
        let folder = try Folder()
        return try Tool.pdftotext("-raw", try folder.write(pdf, "a.pdf"), "-").filter { !$0.isWhitespace }
    }

    /// What a scanner reads on each page, rendered as a printer with so many dots per inch would.
    static func barcodes(_ pdf: [UInt8], dotsPerInch: Int) throws -> [String] {
        let folder = try Folder()
        _ = try Tool.pdftoppm(
            "-r", "\(dotsPerInch)", "-gray", "-png", try folder.write(pdf, "a.pdf"), "\(folder.path)/page")
        return try scan(folder.path)
    }

    /// What a scanner reads in the pictures of a folder, in the order of their names: `type:data`.
    static func scan(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.sorted().flatMap {
            try Tool.zbarimg("--quiet", "--nodbus", "\(folder)/\($0)").split(separator: "\n").map(String.init)
        }
    }

    struct Picture {
        let width: Int
        let height: Int
        /// Of everything that is not white.
        let left: Int, top: Int, right: Int, bottom: Int
    }

    /// Each page in gray, one pixel a point.
    static func ink(_ pdf: [UInt8], dotsPerInch: Int = 72) throws -> [Picture] {
        let folder = try Folder()
        _ = try Tool.pdftoppm("-r", "\(dotsPerInch)", "-gray", try folder.write(pdf, "a.pdf"), "\(folder.path)/page")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".pgm") }.sorted()
            .map { try picture(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)"))) }
    }

    private static func picture(_ file: Data) throws -> Picture {
        // `P5`, width, height, 255, then a byte a pixel.
        let header = file.prefix(40).split(whereSeparator: { $0 == 10 || $0 == 32 }).prefix(4)
            .map { String(decoding: $0, as: UTF8.self) }
        guard header.count == 4, let width = Int(header[1]), let height = Int(header[2]) else {
            throw Tool.Failure(description: "no picture")
        }
        let pixels = Array(file.suffix(width * height))
        var (left, top, right, bottom) = (width, height, -1, -1)
        for y in 0..<height {
            for x in 0..<width where pixels[y * width + x] < 200 {
                (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
            }
        }
        return Picture(width: width, height: height, left: left, top: top, right: right, bottom: bottom)
    }
}
