/// Says where SKUs lie within a location.
///
/// 1. Checks SKUs and locations, all before anything is set.
/// 2. Sets or clears the bins, and tells them.
///
/// - Throws: `.unknownSKU`, `.unknownLocation`, each with its place.
public struct SetBins: Command {
    public static let name = "set-bins"
    public static let entriesMax = 1_000
    /// Characters of a bin.
    public static let lengthMax = 40

    public struct Entry: Hashable, Sendable {
        public let sku: String
        public let location: String
        /// nil: it has none.
        public let bin: String?
        public init(sku: String, location: String, bin: String?) {
            self.sku = sku
            self.location = location
            self.bin = bin
        }
    }

    public let entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    public func needs(_ needs: inout Needs, given work: Work) {
        for entry in entries { needs.item(entry.sku) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        var wrong: [Refusal.Detail] = []
        for (index, entry) in entries.enumerated() {
            wrong += work.objections(toStockOf: entry.sku, at: entry.location, pointer: "/\(index)")
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        // Of several entries for one place the last one holds.
        var last: [[String]: Entry] = [:]
        for entry in entries { last[[entry.location, entry.sku]] = entry }
        let bins = last.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        work.write { try BinStore.save(bins.map { ($0.location, $0.sku, $0.bin) }, in: $0) }
        for entry in bins {
            work.record(.stockBinSet) { entry.write(as: &$0) }
        }
        var json = JSONWriter(reservingCapacity: 128 * bins.count)
        json.object {
            $0.array("data") { list in
                for entry in bins { list.object { entry.write(as: &$0) } }
            }
        }
        return Reply(body: json.text)
    }
}

extension SetBins.Entry {
    fileprivate func write(as json: inout JSONWriter) {
        json.member("sku", sku)
        json.member("location", location)
        json.member("bin", bin)
    }
}
