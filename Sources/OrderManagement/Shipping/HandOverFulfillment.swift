/// A courier has taken a fulfillment along, or those of its parcels that are its own: what stands on its list leaves.
///
/// 1. What has left before stays as it is: its list is closed now, or was; that is told, and no conflict.
/// 2. Parcels that stay are a fulfillment of their own from now on, packed as they are: each courier comes for its own,
///    and no unit leaves stock or is paid for before its parcel does.
/// 3. The others leave as by `ShipFulfillment`.
///
/// - Throws: What `ShipFulfillment` does; `.unknownParcel` for a parcel that is not in it; `.invalidInput` where
///   several couriers take its parcels and nobody says which have left.
public struct HandOverFulfillment: Command {
    public static let name = "hand-over-fulfillment"
    public let fulfillment: FulfillmentID
    /// Those that have left; nil for all.
    public let parcels: [ParcelID]?

    public init(fulfillment: FulfillmentID, parcels: [ParcelID]? = nil) {
        self.fulfillment = fulfillment
        self.parcels = parcels
    }

    /// What saying that it was handed over did.
    public enum Outcome: String, CaseIterable, Sendable {
        /// It has left with this call.
        case shipped
        /// It had left before, and is put on its courier's list now.
        case listed
        /// It had left, and there is nothing to list any more.
        case alreadyHandedOver = "already_handed_over"
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        let named = try self.named(in: step.order)
        if step.fulfillment.state == .shipped || step.fulfillment.state == .delivered {
            let isListed = named.contains { work.isToBeListed(step.order.parcels[$0]) }
            return reply(isListed ? .listed : .alreadyHandedOver, step)
        }
        step = try FulfillmentStep(fulfillment, heldUp: .ship, in: work)
        _ = try step.fulfillment.after(.ship)
        if parcels == nil { try requireOneCourier(of: named, in: step.order) }
        let staying = step.order.places(ofBoxesIn: fulfillment.number).filter { !named.contains($0) }
        if !staying.isEmpty { try step.order.keep(boxes: staying, from: step.index, in: &work) }
        try Shipment(of: fulfillment).leave(&step, in: &work)
        _ = step.finish(in: &work)
        return reply(.shipped, step)
    }

    /// Where in the order the parcels are that have left.
    private func named(in order: Order) throws(Refusal) -> [Int] {
        let boxes = order.places(ofBoxesIn: fulfillment.number)
        guard let parcels else { return boxes }
        var named: [Int] = []
        for id in parcels {
            guard id.order == order.id, let place = boxes.first(where: { order.parcels[$0].number == id.number }) else {
                throw Refusal(
                    .unknownParcel,
                    "\(id) is no parcel of \(fulfillment) any more: it was unpacked, or others of its fulfillment have "
                        + "left meanwhile; look at it, and say it again")
            }
            named.append(place)
        }
        return named
    }

    /// Nobody who takes parcels along takes those of another: which have left must be said.
    private func requireOneCourier(of places: [Int], in order: Order) throws(Refusal) {
        let ways = Dictionary(grouping: places) { order.parcels[$0].courier ?? "" }
        // What bears no label has its own reason to stay, which whoever ships it is told.
        guard ways.keys.filter({ !$0.isEmpty }).count > 1 else { return }
        let words = ways.sorted { $0.key < $1.key }.map { courier, places in
            places.prefix(Self.listedMax).map { ParcelID(order.id, order.parcels[$0].number).description }
                .joined(separator: ", ")
                + (places.count > Self.listedMax ? " and \(places.count - Self.listedMax) more" : "")
                + (courier.isEmpty ? " by nobody that is named" : " by \(courier)")
        }
        throw Refusal(
            .invalidInput,
            "its parcels go by several couriers: \(words.joined(separator: "; ")): say by `parcels` which have left; "
                + "or, if all of them have, say so by POST /v1/fulfillments/\(fulfillment)/shipments")
    }

    /// How many of a courier's parcels are named.
    private static let listedMax = 5

    private func reply(_ outcome: Outcome, _ step: FulfillmentStep) -> Reply {
        var json = JSONWriter(reservingCapacity: 1024)
        json.object {
            $0.member("outcome", outcome.rawValue)
            $0.name("fulfillment")
            step.fulfillment.write(to: &$0, of: step.order)
        }
        return Reply(body: json.text, version: step.order.version)
    }
}

extension Work {
    /// Whether a parcel has left with somebody who takes parcels along by lists, and stands on none.
    fileprivate func isToBeListed(_ parcel: Parcel) -> Bool {
        guard parcel.state.isSent, parcel.handOver == nil, let courier = parcel.courier else { return false }
        return configuration.couriers[courier] != nil
    }
}

extension Order {
    /// Where the boxes of a fulfillment stand among its parcels.
    fileprivate func places(ofBoxesIn fulfillment: Int) -> [Int] {
        parcels.indices.filter { parcels[$0].fulfillment == fulfillment && !parcels[$0].lines.isEmpty }
    }

    /// Boxes that stay where others of their fulfillment leave are one of their own, packed as they are.
    fileprivate mutating func keep(boxes staying: [Int], from index: Int, in work: inout Work) throws {
        let whole = fulfillments[index]
        var units: [Int: Int64] = [:]
        for line in staying.flatMap({ parcels[$0].lines }) { units[line.line, default: 0] += line.quantity }
        guard !take(units, outOf: index) else { throw BrokenInvariant("of \(number) nothing leaves") }
        let leaving = Dictionary(
            fulfillments[index].lines.map { ($0.line, $0.picked) }, uniquingKeysWith: +)
        let lines = whole.lines.compactMap { line -> Fulfillment.Line? in
            guard let quantity = units[line.line], quantity > 0 else { return nil }
            let picked = min(quantity, line.picked - (leaving[line.line] ?? 0))
            return Fulfillment.Line(line: line.line, quantity: quantity, picked: picked)
        }
        let rest = whole.split(lines, as: nextFulfillmentNumber)
        for place in staying { parcels[place].fulfillment = rest.number }
        fulfillments.append(rest)
        record(.fulfillmentPacked, rest, restOf: FulfillmentID(id, whole.number), in: &work)
    }
}
