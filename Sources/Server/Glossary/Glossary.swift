/// What each property of the interface means: said once, for wherever it stands.
///
/// One word means one idea, so most properties are described by their name alone. Where a name means something else in
/// one place, the description stands under that place and the name: `Movement.reason`, `lines.reason`. The place that
/// says most goes first, so `Return.lines.reason` would go before both.
enum Glossary {
    /// By name, or by place and name.
    static let meanings: [String: String] = [orders, money, returns, goods, parcels, places, policies, work]
        .reduce(into: [:]) { all, part in
            all.merge(part) { _, twice in preconditionFailure("a property is described twice: \(twice)") }
        }

    /// - Parameter path: The named schema and the properties in which it stands, and its own name at the end.
    /// - Returns: nil for a property that nobody has described, which a test finds.
    static func meaning(of path: [String]) -> (key: String, text: String)? {
        for start in path.indices {
            let key = path[start...].joined(separator: ".")
            if let text = meanings[key] { return (key, text) }
        }
        return nil
    }
}
