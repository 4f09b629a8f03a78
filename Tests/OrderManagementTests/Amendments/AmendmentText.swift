import OrderManagement
import TestSupport
import Testing

/// A change of an order, as tests write it: lines by their numbers.
struct Amended {
    var add: [(units: Int64, sku: String, price: Int64)] = []
    var quantities: [(line: Int, units: Int64)] = []
    var swaps: [(line: Int, units: Int64, sku: String)] = []
    /// Everything else, and what the short forms cannot say.
    var rest: (inout AmendmentRequest, OrderID) -> Void = { _, _ in }

    func request(for order: OrderID) -> AmendmentRequest {
        var request = AmendmentRequest()
        request.add = add.map { .init(sku: $0.sku, quantity: $0.units, unitPrice: gbp($0.price)) }
        request.quantities = quantities.map { .init(line: order.line($0.line), quantity: $0.units) }
        request.swaps = swaps.map { .init(line: order.line($0.line), sku: $0.sku, quantity: $0.units) }
        rest(&request, order)
        return request
    }
}

/// Another address.
func leeds(_ change: inout Amended) {
    change.rest = { request, _ in
        request.delivery = .init(
            method: .ship, service: "standard",
            address: Address(
                name: "Grace Hopper", lines: ["2 Low Street"], city: "Leeds", postcode: "LS1 4AP", country: "GB"),
            location: nil)
    }
}

extension TestSystem {
    func request(_ id: OrderID, _ change: (inout Amended) -> Void) -> AmendmentRequest {
        var amended = Amended()
        change(&amended)
        return amended.request(for: id)
    }

    /// Stages a change.
    func stage(_ id: OrderID, _ change: (inout Amended) -> Void) throws -> AmendmentID {
        try perform(AmendOrder(order: id, request: request(id, change)))
        return AmendmentID(id, try order(id).amendments.count)
    }

    /// Stages a change and commits it. - Returns: What the commitment answers.
    @discardableResult
    func amend(_ id: OrderID, _ change: (inout Amended) -> Void) throws -> JSON {
        try JSON.parse(perform(CommitAmendment(amendment: try stage(id, change))).body)
    }

    /// What a change would do.
    func preview(_ id: OrderID, _ change: (inout Amended) -> Void) throws -> JSON {
        try JSON.parse(perform(AmendOrder(order: id, request: request(id, change), isPreview: true)).body)
    }
}

extension JSON {
    /// `money.due_after.amount` and the like.
    func at(_ path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { json, part in
            Int(part).map { json?.array?[$0] } ?? json?[String(part)]
        }
    }
}
