public import Databases
import OrderManagement

extension TestDatabase {
    /// What the engines keep for themselves.
    private static let ofEngines: Set<String> = ["schema_migrations", "commit_marks"]

    /// Every row of every table of the schema, as text, the same on every engine that holds the same rows.
    public static func dump(_ database: any OpenedDatabase) throws -> [String] {
        let isPostgres = database is PostgresDatabase
        return try database.read { db in
            let names =
                isPostgres
                ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
                : "SELECT name FROM sqlite_master WHERE type = 'table'"
            let tables = try db.rows(Statement(composed: names)) { try $0.text(0) }.filter { !ofEngines.contains($0) }
            return try tables.sorted().flatMap { table in
                let columns = try db.rows(Statement(composed: columnsText(table, isPostgres))) { try $0.text(0) }
                let query = "SELECT \(columns.sorted().joined(separator: ", ")) FROM \(table)"
                return try db.rows(Statement(composed: query)) { row in
                    let values = columns.indices.map { row.optionalText($0).map { "'\($0)'" } ?? "NULL" }
                    return "\(table) \(values.joined(separator: " "))"
                }.sorted()
            }
        }
    }

    private static func columnsText(_ table: String, _ isPostgres: Bool) -> String {
        isPostgres
            ? """
            SELECT CAST(column_name AS TEXT) FROM information_schema.columns
            WHERE table_name = '\(table)' AND table_schema = current_schema()
            """
            : "SELECT name FROM pragma_table_info('\(table)')"
    }
}
