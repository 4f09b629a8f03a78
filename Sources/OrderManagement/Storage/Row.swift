/// One row of a query's answer; columns are read by their place. Valid only while it is being visited.
public struct Row {
    private let columns: any RowColumns

    public init(_ columns: any RowColumns) { self.columns = columns }

    public func isNull(_ column: Int) -> Bool { columns.isNull(column) }
    /// A whole number. - Throws: `BrokenInvariant` on null.
    public func integer(_ column: Int) throws -> Int64 {
        guard !columns.isNull(column) else { throw BrokenInvariant("column \(column) is null, a number was expected") }
        return columns.integer(column)
    }
    /// Text. - Throws: `BrokenInvariant` on null.
    public func text(_ column: Int) throws -> String {
        guard !columns.isNull(column) else { throw BrokenInvariant("column \(column) is null, text was expected") }
        return columns.text(column)
    }
    public func int(_ column: Int) throws -> Int { Int(try integer(column)) }
    public func bool(_ column: Int) throws -> Bool { try integer(column) != 0 }
    public func optionalInteger(_ column: Int) -> Int64? { columns.isNull(column) ? nil : columns.integer(column) }
    public func optionalText(_ column: Int) -> String? { columns.isNull(column) ? nil : columns.text(column) }
}

/// How a driver hands over the columns of its present row, without copying those that nobody reads.
public protocol RowColumns {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func text(_ column: Int) -> String
}
