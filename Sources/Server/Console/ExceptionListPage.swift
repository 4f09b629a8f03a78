import OrderManagement

/// Everything that needs a person, the longest open first.
struct ExceptionListPage: Page {
    static let template = "exceptions"

    let title = "Exceptions"
    let rows: [HomePage.Row]
    let hasRows: Bool
    let range: String
    /// Keyset cursor; nil at the end.
    let next: String?
    let first: String?

    init(rows: [HomePage.Row], range: String, next: String?, first: String?) {
        self.rows = rows
        self.hasRows = !rows.isEmpty
        self.range = range
        self.next = next
        self.first = first
    }
}

extension Console {
    private static let exceptionsMax = 50

    var exceptionList: Endpoint {
        page("/console/exceptions", .ordersRead, .exceptions, query: ["cursor"]) { visit in
            let after = visit.request.query.text("cursor").flatMap { ExceptionID($0) }
            let limit = Self.exceptionsMax
            let (found, orders) = try await waybill.read { db in
                let found = try ExceptionStore.open(after: after ?? ExceptionID(0), limit: limit + 1, in: db)
                let named = Array(Set(found.compactMap(\.order)))
                return (found, try OrderSummary.of(named, in: db))
            }
            let known = Dictionary(uniqueKeysWithValues: orders.map { ($0.id, $0) })
            let rows = found.prefix(limit).filter { visit.principal.sees($0) }.map { exception in
                HomePage.Row(
                    exception, known, visit.principal, visit.clock, formKey: visit.formKey, back: "/console/exceptions")
            }
            let more = found.count > limit ? found[limit - 1].id.description : nil
            return ExceptionListPage(
                rows: rows, range: "\(rows.count) open, the oldest first",
                next: more.map { "/console/exceptions?cursor=\($0)" }, first: after == nil ? nil : "/console/exceptions"
            )
        }
    }

    var resolveException: Endpoint {
        form("/console/exceptions/{id}/resolutions") { visit, form in
            let command = ResolveException(
                exception: try visit.request.id(ExceptionID.self),
                resolution: try form.required("resolution", "What was done"))
            _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
            return Outcome(sentence: "The exception is resolved.", address: "/console/exceptions")
        }
    }
}
