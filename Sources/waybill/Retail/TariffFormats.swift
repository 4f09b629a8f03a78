import OrderManagement

/// Days of services whose codes fit a pattern.
struct ServiceDays: Hashable {
    /// A code in which `*` stands for anything.
    let pattern: String
    let days: Int64

    func fits(_ code: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return code == pattern }
        guard let first = parts.first, let last = parts.last, code.hasPrefix(first) else { return false }
        var rest = code.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= last.count && rest.hasSuffix(last)
    }
}

/// What a price list leaves unsaid of sizes: services that are letters by their name take no parcels.
///
/// A price without a size is for any size, and so a postcard's would be the cheapest for a parcel of the same weight.
/// Limits are those that Royal Mail publishes for its formats; other posts differ by a few millimetres.
struct TariffFormats {
    /// Those of the price list, with the sizes that they lack.
    private(set) var prices: [TariffTables.Row] = []
    /// What these mean.
    private(set) var sizes: [String: Tariff.Size] = [:]
    private(set) var remarks: [String] = []

    static let letter = Tariff.Size(240, 165, 5)
    static let largeLetter = Tariff.Size(353, 250, 25)

    private enum Format: String, CaseIterable { case letter, largeLetter = "large_letter", other }

    /// - Parameter given: What the options say, by names in small letters.
    init(prices: [TariffTables.Row], methods: [TariffTables.Row], given: [String: Tariff.Size]) {
        let names = methods.reduce(into: [String: String]()) { $0[$1["method"] ?? ""] = $1["name"] }
        var found: [Format: Set<String>] = [:]
        self.prices = prices.map { row in
            guard (row["parcel_size"] ?? "").isEmpty, let method = row["method"] else { return row }
            let format = Self.format(of: method, names[method] ?? "")
            found[format, default: []].insert(method)
            guard format != .other || given[format.rawValue] != nil else { return row }
            var row = row
            row["parcel_size"] = Self.name(of: format)
            return row
        }
        for (format, size) in [(Format.letter, Self.letter), (.largeLetter, Self.largeLetter)] {
            sizes[Self.name(of: format)] = given[format.rawValue] ?? size
        }
        if let size = given[Format.other.rawValue] { sizes[Self.name(of: .other)] = size }
        for format in Format.allCases {
            guard let methods = found[format]?.sorted(), let first = methods.first else { continue }
            let which = "\(methods.count) services (\(first)\(methods.count > 1 ? ", …" : ""))"
            if let size = sizes[Self.name(of: format)] {
                guard format != .other else { continue }
                let edges = size.edges.map { "\($0)" }.joined(separator: "x")
                remarks.append(
                    "\(which) are letters by their name and say no size: they take what fits "
                        + "\(format.rawValue)=\(edges) mm; --sizes \(format.rawValue)=LxWxH says another")
            } else {
                remarks.append(
                    "\(which) have prices without a size: they are offered for parcels of any size, and of none; "
                        + "--sizes other=LxWxH limits them")
            }
        }
    }

    /// A name that no price list has.
    private static func name(of format: Format) -> String { "\u{1F}" + format.rawValue }

    /// By the words of its code, then of its name.
    private static func format(of method: String, _ name: String) -> Format {
        for text in [method, name] {
            let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
            guard let place = words.lastIndex(where: { $0 == "letter" || $0 == "letters" || $0 == "largeletter" })
            else { continue }
            let isLarge = words[place] == "largeletter" || (place > 0 && words[place - 1] == "large")
            return isLarge ? .largeLetter : .letter
        }
        return .other
    }
}
