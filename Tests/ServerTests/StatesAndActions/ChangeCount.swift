import Databases
import OrderManagement
import TestSupport

/// Counts the rows that are written, table by table: whether a refusal changed anything is one look, however much there
/// is in the books. Comparing all rows of all tables would take minutes.
struct ChangeCount {
    private let database: any OpenedDatabase
    private let tables: [String]

    /// A refusal may be kept for its key, and an id that was taken for nothing is not given again.
    private static let beside: Set<String> = ["kept_replies", "counters", "commit_marks", "schema_migrations"]

    /// Starts to count.
    init(_ database: any OpenedDatabase) throws {
        self.database = database
        let isPostgres = database is PostgresDatabase
        let names =
            isPostgres
            ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        let tables = try database.read { try $0.rows(Statement(composed: names)) { try $0.text(0) } }
            .filter { !Self.beside.contains($0) }.sorted()
        self.tables = tables
        try database.write { db in
            try db.script("CREATE TABLE changes_seen (name TEXT PRIMARY KEY, count BIGINT NOT NULL)")
            for table in tables {
                try db.script("INSERT INTO changes_seen VALUES ('\(table)', 0)")
                try db.script(isPostgres ? Self.postgres(table) : Self.sqlite(table))
            }
        }
    }

    private static func sqlite(_ table: String) -> String {
        ["INSERT", "UPDATE", "DELETE"].map { verb in
            """
            CREATE TRIGGER seen_\(verb)_\(table) AFTER \(verb) ON \(table) BEGIN
                UPDATE changes_seen SET count = count + 1 WHERE name = '\(table)';
            END;
            """
        }.joined(separator: "\n")
    }

    private static func postgres(_ table: String) -> String {
        """
        CREATE FUNCTION seen_\(table)() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE changes_seen SET count = count + 1 WHERE name = '\(table)';
            RETURN NULL;
        END $$;
        CREATE TRIGGER seen AFTER INSERT OR UPDATE OR DELETE ON \(table)
            FOR EACH ROW EXECUTE FUNCTION seen_\(table)();
        """
    }

    private static let counts = Statement(composed: "SELECT name, count FROM changes_seen")

    /// How many rows of each table were written so far.
    func now() throws -> [String: Int64] {
        let pairs = try database.read { try $0.rows(Self.counts) { (try $0.text(0), try $0.integer(1)) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Takes everything away again: databases of PostgreSQL serve other tests afterwards.
    func end() throws {
        try database.write { db in
            for table in tables where database is PostgresDatabase {
                try db.script("DROP TRIGGER seen ON \(table); DROP FUNCTION seen_\(table)()")
            }
            if database is PostgresDatabase { try db.script("DROP TABLE changes_seen") }
        }
    }
}
