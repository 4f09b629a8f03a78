import Foundation
import OrderManagement
import Synchronization

/// Where a command speaks: this process's terminal, or a client at the other end of the admin socket.
///
/// Commands never touch standard output themselves, so that they work the same in both places.
/// A class, since it remembers when it last showed progress.
final class Console: Sendable {
    /// What a command says.
    enum Message: Equatable, Sendable {
        /// For standard output, as it is.
        case out(String)
        /// For standard error, as it is.
        case err(String)
        /// How far long work has come; nothing when it is over.
        case progress(String)
    }

    /// Where relative paths among the arguments start from: the caller's working directory.
    let folder: String
    /// Whether a person watches: standard error of the caller is a terminal.
    let showsProgress: Bool
    private let deliver: @Sendable (Message) -> Void
    private let lastProgress = Mutex<ContinuousClock.Instant?>(nil)

    /// No progress more often than this: drawing is not the work.
    private static let progressInterval = Duration.milliseconds(100)

    init(folder: String, showsProgress: Bool, deliver: @escaping @Sendable (Message) -> Void) {
        self.folder = folder
        self.showsProgress = showsProgress
        self.deliver = deliver
    }

    /// Writes a line to standard output.
    func out(_ line: String = "") { deliver(.out(line + "\n")) }

    /// Writes text to standard output as it is: pages of an export.
    func write(_ text: String) { deliver(.out(text)) }

    /// Writes a line to standard error.
    func err(_ line: String) { deliver(.err(line + "\n")) }

    /// Shows how far long work has come, if somebody watches; calls in quick succession are skipped.
    ///
    /// - Parameter fraction: From 0 to 1; nil where the end is not known.
    func progress(_ label: String, _ fraction: Double? = nil, _ detail: String = "") {
        guard showsProgress else { return }
        let now = ContinuousClock.now
        let isDue = lastProgress.withLock { last in
            if let last, now - last < Self.progressInterval { return false }
            last = now
            return true
        }
        if isDue { deliver(.progress(Self.progressLine(label, fraction, detail))) }
    }

    /// Wipes the progress line away: the long work is over.
    func endProgress() {
        guard showsProgress else { return }
        lastProgress.withLock { $0 = nil }
        deliver(.progress(""))
    }

    /// Writes one JSON document as one line.
    func json(_ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        write(&json)
        out(json.text)
    }

    /// Writes rows under their headings, columns aligned; columns that hold only numbers are flush right.
    func table(_ headings: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        let columns = headings.indices
        let widths = columns.map { column in
            max(headings[column].count, rows.map { $0[column].count }.max() ?? 0)
        }
        let isNumeric = columns.map { column in
            rows.allSatisfy { $0[column].allSatisfy { $0.isNumber || $0 == "." || $0 == "-" || $0 == "," } }
        }
        for row in [headings] + rows {
            let cells = columns.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumeric[column] ? padding + row[column] : row[column] + padding
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            out(line)
        }
    }

    /// A path among the arguments, made absolute.
    func path(_ argument: String) -> String { absolutePath(argument, in: folder) }

    private static func progressLine(_ label: String, _ fraction: Double?, _ detail: String) -> String {
        guard let fraction else { return detail.isEmpty ? label : "\(label)  \(detail)" }
        let share = min(max(fraction, 0), 1)
        let width = 24
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let percent = String(Int(share * 100))
        return "\(label)  \(bar) \(String(repeating: " ", count: 3 - percent.count))\(percent) %  \(detail)"
    }
}

/// A path as seen from a folder, without `.` and `..`.
func absolutePath(_ path: String, in folder: String) -> String {
    // Joined by hand: a URL with a base keeps `..` in its path.
    URL(fileURLWithPath: path.hasPrefix("/") ? path : folder + "/" + path).standardized.path
}

/// A command cannot do what it was asked, and has done nothing: exit code 1.
struct CommandRefused: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What a person reads of an error.
func explanation(of error: any Error) -> String {
    switch error {
    case let refusal as Refusal:
        ([refusal.explanation] + refusal.details.map { "  \($0.pointer): \($0.detail)" }).joined(separator: "\n")
    case is CancellationError: "interrupted"
    default: "\(error)"
    }
}

/// This process's own standard output and standard error.
enum Terminal {
    /// A console that speaks here.
    static func console() -> Console {
        Console(
            folder: FileManager.default.currentDirectoryPath, showsProgress: isatty(STDERR_FILENO) == 1,
            deliver: show)
    }

    /// Shows one message; a progress line gives way to what is said next.
    @Sendable static func show(_ message: Console.Message) {
        isProgressShown.withLock { isShown in
            if isShown { write("\r\u{1B}[K", to: STDERR_FILENO) }
            isShown = false
            switch message {
            case .out(let text): write(text, to: STDOUT_FILENO)
            case .err(let text): write(text, to: STDERR_FILENO)
            case .progress(let line):
                isShown = !line.isEmpty
                write(line, to: STDERR_FILENO)
            }
        }
    }

    private static let isProgressShown = Mutex(false)

    /// Writes all of the text, or ends the process: output that is lost is not to look complete.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                guard count >= 0 else { giveUp(descriptor) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func giveUp(_ descriptor: Int32) -> Never {
        if descriptor != STDERR_FILENO {
            let reason = "waybill: cannot write the output: \(String(cString: strerror(errno)))\n"
            _ = reason.withCString { Foundation.write(STDERR_FILENO, $0, strlen($0)) }
        }
        exit(1)
    }
}
