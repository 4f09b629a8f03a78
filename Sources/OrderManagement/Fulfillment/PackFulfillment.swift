/// The picked units are in boxes, each with its weight; a pickup may do without boxes.
///
/// 1. Checks that the parcels hold the units, all of them and nothing else; where nobody says what is in which, the
///    goods are in the boxes that are suggested for them.
/// 2. Makes the parcels; where the channel has labels bought by themselves, each gets the service that serves it best.
///    A parcel that no service takes is shown to a person.
///
/// - Throws: `.unitsUncovered` unless the parcels hold exactly the units; `.illegalTransition`; `.onHold`.
public struct PackFulfillment: Command {
    public static let name = "pack-fulfillment"

    public struct Box: Hashable, Sendable {
        public let lines: [LineQuantity]
        public let weightGrams: Int64
        public let size: ItemSize?
        public init(lines: [LineQuantity], weightGrams: Int64, size: ItemSize? = nil) {
            self.lines = lines
            self.weightGrams = weightGrams
            self.size = size
        }
    }

    public let fulfillment: FulfillmentID
    /// nil for those that are suggested.
    public let parcels: [Box]?
    public static let parcelsMax = 200

    public init(fulfillment: FulfillmentID, parcels: [Box]?) {
        self.fulfillment = fulfillment
        self.parcels = parcels
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.packed(fulfillment.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .pack, in: work)
        try step.order.fulfillments[step.index].apply(.pack, at: work.now)
        let isPickup = step.fulfillment.method == .pickup
        if self.parcels == nil { try step.requirePicked() }
        let parcels = try parcels ?? (isPickup ? [] : step.order.suggestedBoxes(for: step.index, in: work))
        if !(parcels.isEmpty && isPickup) { try check(parcels, of: step) }
        step.order.forgetOpened(fulfillment.number)
        step.order.endNote(of: step.index)
        for box in parcels {
            step.order.parcels.append(
                Parcel(
                    number: step.order.nextParcelNumber, fulfillment: fulfillment.number,
                    weightGrams: box.weightGrams, size: box.size,
                    lines: box.lines.map { Fulfillment.Line(line: $0.line.number, quantity: $0.quantity) },
                    at: work.now))
            step.order.record(.parcelPacked, step.order.parcels[step.order.parcels.count - 1], in: &work)
        }
        for index in step.fulfillment.lines.indices {
            step.order.fulfillments[step.index].lines[index].picked = step.fulfillment.lines[index].quantity
        }
        step.order.record(.fulfillmentPacked, step.fulfillment, in: &work)
        let channel = try work.configuration.channel(step.order.channel)
        if step.fulfillment.method == .ship, channel.policy.shipping.labels == .automatic {
            step.order.labelParcels(of: fulfillment.number, in: &work)
        }
        return step.finish(in: &work)
    }

    private func check(_ parcels: [Box], of step: FulfillmentStep) throws(Refusal) {
        let places = parcels.indices.flatMap { box in
            parcels[box].lines.indices.map { "/parcels/\(box)/lines/\($0)" }
        }
        let boxed = try step.order.units(
            of: parcels.flatMap(\.lines), at: { places[$0] }, atMost: \.ordered, what: { _ in "ordered" })
        var wrong: [Refusal.Detail] = []
        for line in step.fulfillment.lines where boxed[line.line] != line.quantity {
            let sku = step.order.line(line.line)?.sku ?? ""
            wrong.append(
                .init(
                    "/parcels", .unitsUncovered,
                    "\(sku): \(line.quantity) to pack, the parcels hold \(boxed[line.line] ?? 0)"))
        }
        for number in boxed.keys.sorted() where !step.fulfillment.lines.contains(where: { $0.line == number }) {
            wrong.append(
                .init("/parcels", .unitsUncovered, "\(OrderLineID(step.order.id, number)) is not in this fulfillment"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

/// Opens packed boxes again.
///
/// - Throws: `.illegalTransition`; `.onHold`.
public struct UnpackFulfillment: Command {
    public static let name = "unpack-fulfillment"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .unpack, in: work)
        try step.order.unpack(step.index, in: &work)
        step.order.record(.fulfillmentPicking, step.fulfillment, in: &work)
        return step.finish(in: &work)
    }
}
