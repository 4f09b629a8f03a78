/// Locations, in their table.
enum LocationStore {
    private static let all = Statement("SELECT code, document FROM locations ORDER BY code")
    private static let upsert = Statement(
        """
        INSERT INTO locations (code, document) VALUES (:code, :document)
        ON CONFLICT (code) DO UPDATE SET document = excluded.document
        """)

    private static let one = Statement("SELECT document FROM locations WHERE code = :code")

    /// One location, without all else that is configured.
    static func location(_ code: String, in db: any Connection) throws -> Location? {
        try db.first(one, [.text(code)]) { try Location(stored: try JSON.stored(try $0.text(0))) }
    }

    static func all(in db: any Connection) throws -> [Location] {
        try db.rows(all) { try Location(stored: try JSON.stored(try $0.text(1))) }
    }

    static func save(_ locations: [Location], in db: any Connection) throws {
        try db.change(
            upsert,
            locations.map { location in
                var json = JSONWriter()
                location.write(to: &json)
                return [.text(location.code), .text(json.text)]
            })
    }
}
