extension Int64 {
    /// A number of units as sentences have it: `1 unit`, `2 units`.
    var unitText: String { self == 1 ? "1 unit" : "\(self) units" }
}
