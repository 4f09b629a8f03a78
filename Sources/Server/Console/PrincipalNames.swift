import OrderManagement

/// What people call those who act: users by their names, programs by those of their keys.
enum PrincipalNames {
    /// - Returns: By principal; those that are neither, or gone, are left out.
    static func of(_ principals: Set<String>, in db: any Connection) throws -> [String: String] {
        var names: [String: String] = [:]
        for principal in principals {
            if let id = UserID(principal) {
                names[principal] = try UserStore.user(id, in: db)?.name
            } else if let id = KeyID(principal),
                let key = try APIKeyStore.page(after: KeyID(id.value - 1), limit: 1, in: db).first, key.id == id
            {
                names[principal] = "key \(key.name)"
            }
        }
        return names
    }
}
