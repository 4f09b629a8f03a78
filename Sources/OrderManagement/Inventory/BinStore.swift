/// Where SKUs lie within a location: a text that its people know the place by, such as `A-02-10`.
public enum BinStore {
    private static let save = Statement(
        """
        INSERT INTO bins (location, sku, bin) VALUES (:location, :sku, :bin)
        ON CONFLICT (location, sku) DO UPDATE SET bin = excluded.bin
        """)
    private static let delete = Statement("DELETE FROM bins WHERE location = :location AND sku = :sku")
    private static let find = Statement("SELECT sku, bin FROM bins WHERE location = :location AND sku = :sku")

    /// - Parameter bins: nil where a SKU has no bin any more.
    static func save(_ bins: [(location: String, sku: String, bin: String?)], in db: any Connection) throws {
        try db.change(delete, bins.filter { $0.bin == nil }.map { [.text($0.location), .text($0.sku)] })
        try db.change(
            save,
            bins.compactMap { entry in
                entry.bin.map { [.text(entry.location), .text(entry.sku), .text($0)] }
            })
    }

    /// The bins of SKUs at a location; those without one are left out.
    public static func bins(of skus: [String], at location: String, in db: any Connection) throws -> [String: String] {
        var bins: [String: String] = [:]
        try db.query(find, skus.map { [.text(location), .text($0)] }) { bins[try $0.text(0)] = try $0.text(1) }
        return bins
    }
}
