import CLibZ
import Foundation

/// Why a file cannot be read any further.
struct UnreadableFile: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The bytes of a table, piece by piece: of a file, plain or gzip (RFC 1952), or of a text in memory.
///
/// A class, since it owns an open file.
final class TableBytes {
    /// Bytes asked for at a time.
    static let pieceMax = 128 * 1024

    private let file: gzFile?
    private let name: String
    private var text: [UInt8] = []
    private var at = 0

    /// Opens a file; whether it is compressed is seen from its first bytes, not from its name.
    /// - Throws: `UnreadableFile` when there is none, or it may not be read.
    init(path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UnreadableFile("there is no file \(path)")
        }
        guard !isFolder.boolValue else { throw UnreadableFile("\(path) is a folder") }
        guard let file = gzopen(path, "rb") else {
            throw UnreadableFile("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        gzbuffer(file, UInt32(Self.pieceMax))
        self.file = file
        self.name = path
    }

    init(text: String) {
        self.file = nil
        self.name = "text"
        self.text = Array(text.utf8)
    }

    deinit { if let file { gzclose(file) } }

    /// Appends the next piece. - Returns: false at the end.
    /// - Throws: `UnreadableFile` when the file is damaged or cut off.
    func read(into bytes: inout [UInt8]) throws -> Bool {
        guard let file else {
            let piece = text[at..<min(text.count, at + Self.pieceMax)]
            at += piece.count
            bytes.append(contentsOf: piece)
            return !piece.isEmpty
        }
        var piece = [UInt8](repeating: 0, count: Self.pieceMax)
        let count = gzread(file, &piece, UInt32(piece.count))
        guard count >= 0, count > 0 || isWhole(file) else {
            var code: Int32 = 0
            let reason = gzerror(file, &code).map { String(cString: $0) } ?? "unknown"
            throw UnreadableFile("\(name) is damaged or cut off: \(reason)")
        }
        bytes.append(contentsOf: piece[..<Int(count)])
        return count > 0
    }

    /// At the end: whether the compressed data ended as they should.
    private func isWhole(_ file: gzFile) -> Bool {
        var code: Int32 = 0
        _ = gzerror(file, &code)
        return code == Z_OK || code == Z_STREAM_END
    }
}
