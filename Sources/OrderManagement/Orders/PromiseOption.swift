/// A way to have a basket: by a delivery service or at a store, with dates and with what the way costs.
struct PromiseOption {
    /// Goods that would leave one location, or be handed out by it, together.
    private struct Part {
        let fulfillment: Fulfillment
        let parcels: [Parcel]
        /// Units that are in these parcels, and units beyond them, of goods that take very many.
        let packed: Int64
        let beyond: Int64
        /// Why nobody brings one of the parcels that is to be paid at the door; nil where somebody does.
        var unpayable: String?

        /// The day that the channel promises; a later one where the courier that would be chosen needs longer.
        let arrivesBy: Timestamp

        /// Minor units; what lies beyond costs as what is packed.
        var cost: Int64 {
            let cost = parcels.reduce(Int64(0)) { $0 + $1.price.amount }
            let (share, isTooMuch) = cost.multipliedReportingOverflow(by: packed + beyond)
            return beyond == 0 || packed == 0 || isTooMuch ? cost : share / packed
        }
    }

    private struct Parcel {
        let grams: Int64
        /// nil where no courier is set up, or none takes it.
        let courier: CourierChoice.Option?
        let price: Money
    }

    private let order: Order
    private let parts: [Part]
    private let short: [OrderAllocation.Want]
    /// Whether an order would be accepted so.
    private let isAccepted: Bool
    /// When what is short is expected.
    private let shortUntil: Timestamp
    /// Why no courier keeps the service, which is a fast one; nil where one does. No day is promised then.
    private let unkeptSpeed: String?
    /// Why it cannot be had so: for want of speed, or since nobody takes the cash at the door.
    private var unavailable: String? { unkeptSpeed ?? parts.lazy.compactMap(\.unpayable).first }

    /// Whether anything of it is there.
    var hasUnits: Bool { !parts.isEmpty }

    /// - Parameter order: As it would be placed, with its fulfillments.
    init(_ order: Order, _ outcome: OrderAllocation.Outcome, _ channel: Channel, in work: Work) {
        var order = order
        short = outcome.shortfalls
        let shortUntil = work.now + .days(channel.policy.backorderDays)
        self.shortUntil = shortUntil
        let last = outcome.shortfalls.map { order.lines[$0.line - 1].availableFrom ?? shortUntil }.max()
        if let last, channel.waitsForAll {
            order.promiseAll(from: last, in: work)
        }
        self.order = order
        unkeptSpeed = outcome.unkeptSpeed
        isAccepted = outcome.unkeptSpeed == nil && outcome.shortfalls.allSatisfy { want in
            channel.policy.shortfall == .backorder || order.lines[want.line - 1].isPreorder(at: work.now)
        } && order.beyondPreorders(outcome.shortfalls.map { ($0.line, $0.units) }, channel, in: work).isEmpty
        parts = order.fulfillments.indices.map { index in
            Self.part(index, of: order, channel, waitingFor: channel.waitsForAll ? last : nil, in: work)
        }
    }

    /// The parcels that are suggested, each by the courier that would be chosen; without one by what the channel
    /// reckons with for its service.
    private static func part(
        _ index: Int, of order: Order, _ channel: Channel, waitingFor last: Timestamp?, in work: Work
    ) -> Part {
        let fulfillment = order.fulfillments[index]
        guard fulfillment.method == .ship, let origin = work.configuration.locations[fulfillment.location] else {
            return Part(
                fulfillment: fulfillment, parcels: [], packed: 0, beyond: 0, arrivesBy: fulfillment.deliverBy)
        }
        let suggestion = order.suggestion(for: index, in: work)
        let records = work.courierRecords(from: origin.code, to: order.delivery.address)
        var unpayable: String?
        let parcels = suggestion.parcels.map { parcel in
            let choice = order.courierChoice(
                for: parcel, of: index, from: origin, on: channel, records, waitingFor: last, in: work)
            if order.cashHeld > 0, unpayable == nil, choice.isOutOfReach {
                let due = Money(order.cash(for: parcel.units), order.currency)
                unpayable = "no courier takes \(due) at the door from \(origin.code): \(choice.explanation)"
            }
            let price = choice.best?.counted
                ?? Money(channel.parcelCost(of: parcel.grams, from: origin, of: order), order.currency)
            return Parcel(grams: parcel.grams, courier: choice.best, price: price)
        }
        let beyond = suggestion.rest.reduce(Int64(0)) { $0 + $1.count }
        let packed = fulfillment.lines.reduce(-beyond) { $0 + $1.quantity }
        let arrivesBy = parcels.reduce(fulfillment.deliverBy) { latest, parcel in
            parcel.courier?.arrivesAt.map { origin.calendar.later(latest, $0) } ?? latest
        }
        return Part(
            fulfillment: fulfillment, parcels: parcels, packed: packed, beyond: beyond, unpayable: unpayable,
            arrivesBy: arrivesBy)
    }

    /// Whether there is anything to promise a day and a price of.
    private var isPromised: Bool { unavailable == nil && !parts.isEmpty }
    private var leavesBy: Timestamp? { isPromised ? parts.map(\.fulfillment.shipBy).max() : nil }
    private var arrivesBy: Timestamp? { isPromised ? parts.map(\.arrivesBy).max() : nil }

    /// What can be had before what cannot, all of it before a part of it, then by the day on which the last of it is
    /// there, then by what the way costs.
    func isSooner(than other: PromiseOption) -> Bool { rank < other.rank }

    private var rank: (Int, Int64, Timestamp, Int64, String) {
        (
            unavailable == nil ? 0 : 1, short.reduce(0) { $0 + $1.units }, arrivesBy ?? .latest, shippingCost,
            order.delivery.service ?? order.delivery.location ?? ""
        )
    }

    private var shippingCost: Int64 { parts.reduce(0) { $0 + $1.cost } }

    func write(to json: inout JSONWriter) {
        let isPickup = order.delivery.method == .pickup
        json.object {
            $0.member("method", order.delivery.method.rawValue)
            $0.member(isPickup ? "location" : "service", isPickup ? order.delivery.location : order.delivery.service)
            $0.member("complete", short.isEmpty)
            $0.member("accepted", isAccepted)
            $0.member("unavailable", unavailable)
            if isPickup {
                $0.member("ready_by", leavesBy)
            } else {
                $0.member("ship_by", leavesBy)
                $0.member("deliver_by", arrivesBy)
                $0.member("shipping_cost", isPromised ? Money(shippingCost, order.currency) : nil)
            }
            $0.array("fulfillments") { list in for part in parts { list.object { write(part, to: &$0) } } }
            $0.array("short") { list in
                for want in short {
                    list.object {
                        let line = order.lines[want.line - 1]
                        $0.member("sku", line.sku)
                        $0.member("quantity", want.units)
                        $0.member("expected_at", line.availableFrom ?? shortUntil)
                    }
                }
            }
        }
    }

    private func write(_ part: Part, to json: inout JSONWriter) {
        let fulfillment = part.fulfillment
        json.member("location", fulfillment.location)
        json.array("lines") { list in
            for line in fulfillment.lines {
                list.object {
                    $0.member("sku", order.lines[line.line - 1].sku)
                    $0.member("quantity", line.quantity)
                }
            }
        }
        guard fulfillment.method == .ship else { return json.member("ready_by", fulfillment.shipBy) }
        json.member("ship_by", isPromised ? fulfillment.shipBy : nil)
        json.member("deliver_by", isPromised ? part.arrivesBy : nil)
        json.array("parcels") { list in
            for parcel in part.parcels {
                list.object {
                    $0.member("weight_g", parcel.grams)
                    let courier = isPromised ? parcel.courier : nil
                    $0.member("courier", courier?.courier)
                    $0.member("service", courier?.service)
                    $0.member("price", isPromised ? parcel.price : nil)
                    $0.member("leaves_at", courier?.leavesAt)
                    $0.member("time_known", courier.map { $0.arrivesAt != nil })
                }
            }
        }
    }
}

extension Channel {
    /// Whether it sends an order only when all of it is there.
    fileprivate var waitsForAll: Bool { policy.supply.backorderRelease == .complete }

    /// What the channel reckons with for a parcel, in minor units, where no courier says it.
    fileprivate func parcelCost(of grams: Int64, from origin: Location, of order: Order) -> Int64 {
        guard let service = service(of: order) else { return 0 }
        return (order.isAbroad(from: origin) ? service.foreignParcelCost : service.domesticParcelCost)
            + (grams * service.costPerKilogram + 999) / 1_000
    }
}
