public import OrderManagement

/// The schema's steps as they ship inside the program: what `migrate` and tests run.
public enum MigrationFiles {
    /// In the order in which they run.
    public static let all: [Migration] = EmbeddedMigrations.all.map {
        Migration(number: $0.number, name: $0.name, sql: $0.sql, checksum: $0.checksum)
    }
}
