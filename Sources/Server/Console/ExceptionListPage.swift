import OrderManagement

/// Everything that needs a person, the longest open first, by cause.
struct ExceptionListPage: Page {
    static let template = "exceptions"

    let title = "Exceptions"
    let views: [PageLink]
    let rows: [HomePage.Row]
    let hasRows: Bool
    let range: String
    /// Keyset cursor; nil at the end.
    let next: String?
    let first: String?

    init(views: [PageLink], rows: [HomePage.Row], range: String, next: String?, first: String?) {
        self.views = views
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
        page("/console/exceptions", .ordersRead, .exceptions, query: ["cursor", "kind", "overdue"]) { visit in
            var search = ExceptionSearch()
            search.kind = visit.request.query.text("kind").flatMap { OrderException.Kind(rawValue: $0) }
            let isOverdue = visit.request.query.text("overdue") == "true"
            if isOverdue { search.dueBefore = visit.now }
            let after = visit.request.query.text("cursor").flatMap { ExceptionID($0) }
            let (limit, chosen) = (Self.exceptionsMax, search)
            let (found, orders, groups, configuration) = try await waybill.read { db in
                let found = try ExceptionStore.page(chosen, after: after ?? ExceptionID(0), limit: limit + 1, in: db)
                let orders = try OrderStore.orders(Set(found.compactMap(\.order)).sorted(), in: db)
                return (
                    try found.knowing(orders, by: known, at: visit.now, in: db), orders,
                    try ExceptionStore.groups(at: visit.now, in: db), try known.configuration(in: db)
                )
            }
            let address = Self.address(of: search.kind, isOverdue: isOverdue)
            let rows = found.prefix(limit).filter { $0.isVisible(to: visit.principal) }.map { exception in
                HomePage.Row(
                    exception, orders, configuration, visit.principal, visit.clock, formKey: visit.formKey,
                    back: address)
            }
            let more = found.count > limit ? found[limit - 1].id.description : nil
            let glue = address.contains("?") ? "&" : "?"
            return ExceptionListPage(
                views: visit.principal.locations == nil ? Self.views(of: groups, search.kind, isOverdue) : [],
                rows: rows, range: "\(rows.count) open, the oldest first",
                next: more.map { "\(address)\(glue)cursor=\($0)" }, first: after == nil ? nil : address)
        }
    }

    private static func address(of kind: OrderException.Kind?, isOverdue: Bool) -> String {
        if let kind { return "/console/exceptions?kind=\(kind.rawValue)" }
        return "/console/exceptions" + (isOverdue ? "?overdue=true" : "")
    }

    /// All, the overdue, and each cause that has some.
    private static func views(
        of groups: [ExceptionGroup], _ kind: OrderException.Kind?, _ isOverdue: Bool
    ) -> [PageLink] {
        func count(_ number: Int64) -> String? { number == 0 ? nil : MoneyText.of(number) }
        let overdue = groups.reduce(0) { $0 + $1.overdue }
        var views = [
            PageLink(
                label: "All", address: address(of: nil, isOverdue: false), isCurrent: kind == nil && !isOverdue,
                count: count(groups.reduce(0) { $0 + $1.count })),
            PageLink(
                label: "Overdue", address: address(of: nil, isOverdue: true), isCurrent: isOverdue,
                count: count(overdue)),
        ]
        for cause in OrderException.Kind.allCases {
            let number = groups.reduce(0) { $0 + ($1.kind == cause ? $1.count : 0) }
            guard number > 0 || cause == kind else { continue }
            views.append(
                PageLink(
                    label: Pill(exception: cause).text, address: address(of: cause, isOverdue: false),
                    isCurrent: cause == kind, count: count(number)))
        }
        return views
    }
}
