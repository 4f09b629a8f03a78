/// Why a document cannot be drawn; nothing was drawn then.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Problem: Hashable, Sendable {
        /// The text has no room, not even at the least size that a person can read.
        case doesNotFit
        /// No installed font has these characters.
        case missingGlyphs(String)
        /// A control character stands where only text can be printed.
        case controlCharacter
        /// A barcode cannot hold the text.
        case notEncodable
        /// A number is out of bounds, or two contradict each other.
        case contradiction
        /// A list is longer than any that is printed.
        case tooMany
        /// A library refused: memory is short, or a font file is broken.
        case library
    }

    public let problem: Problem
    /// The input that is at fault, as a path: `recipient/lines/1`, `parcels/2/reference`.
    public let field: String
    /// What is wrong and what would be right.
    public let reason: String

    init(_ problem: Problem, _ field: String, _ reason: String) {
        self.problem = problem
        self.field = field
        self.reason = reason
    }

    /// Nothing is left to print.
    public init(nothing reason: String) { self.init(.contradiction, "", reason) }

    public var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
}
