public import OrderManagement

/// The schema that this program brings along.
public enum DatabaseSchema {
    /// Its steps in the order in which they run.
    public static let migrations = EmbeddedMigrations.all.map {
        Migration(number: $0.number, name: $0.name, sql: $0.sql, checksum: $0.checksum)
    }
}
