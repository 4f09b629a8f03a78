/// A field that differs between two documents: where it stands, and both of its values.
public struct FieldChange: Hashable, Sendable {
    /// `policy.services[express].domestic_days`
    public let field: String
    /// nil where the field was not there.
    public let before: JSON?
    /// nil where it is not there any more.
    public let after: JSON?

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("field", field)
            $0.name("from")
            $0.value(before ?? .null)
            $0.name("to")
            $0.value(after ?? .null)
        }
    }

    /// Every field that differs, in the order of the documents. Entries of lists are compared by their name, where all
    /// of them have one (`code`), and else list with list.
    static func between(_ before: JSON?, _ after: JSON?, at field: String = "") -> [FieldChange] {
        guard before != after else { return [] }
        if let old = before?.members, let new = after?.members {
            let names = new.map(\.name) + old.map(\.name).filter { name in !new.contains { $0.name == name } }
            return names.flatMap { name in
                between(before?[name], after?[name], at: field.isEmpty ? name : "\(field).\(name)")
            }
        }
        if let old = named(before), let new = named(after) {
            let names = new.map(\.name) + old.map(\.name).filter { name in !new.contains { $0.name == name } }
            let changes = names.flatMap { name in
                between(
                    old.first { $0.name == name }?.value, new.first { $0.name == name }?.value, at: "\(field)[\(name)]")
            }
            // The same entries in another order.
            if !changes.isEmpty { return changes }
        }
        return [FieldChange(field: field, before: before, after: after)]
    }

    /// The entries of a list by their names; nil where one has none, or two have the same.
    private static func named(_ list: JSON?) -> [JSON.Member]? {
        guard let entries = list?.array, !entries.isEmpty else { return nil }
        let named = entries.compactMap { entry in entry["code"]?.string.map { JSON.Member($0, entry) } }
        guard named.count == entries.count, Set(named.map(\.name)).count == named.count else { return nil }
        return named
    }
}
