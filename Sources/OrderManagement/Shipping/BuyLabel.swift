/// Buys a parcel's label: by the service that is named, by the one that was named for the label that it bears, or by
/// the one that serves it best.
///
/// 1. Answers with the label that the parcel bears, where nothing is said that it was not bought for: whoever wants
///    another one all the same says so.
/// 2. Takes over a weight or size that was measured again, and looks at the address, unless a person names the service:
///    to them it is right as it is. A service that was named stays until its label is voided: where it does not take
///    the parcel any more, that is said.
/// 3. Chooses the service (`CourierChoice`); the label that the parcel bears, if any, is let go of.
/// 4. Keeps the intent; a courier is asked by a job, a tariff of the retailer's own is answered at once.
///
/// - Throws: `.illegalTransition` for a parcel that is on its way, also by what its courier has told, or that nobody
///   sends any more; `.labelPending`; `.noService`, saying why each service does not take it, what its address lacks,
///   which items have no weight, and for what is collected; `.unknownCourier`; `.onHold`.
public struct BuyLabel: Command {
    public static let name = "buy-label"
    public let parcel: ParcelID
    /// nil for the one that was named before, or else the best one.
    public let service: (courier: String, code: String)?
    public let weightGrams: Int64?
    public let size: ItemSize?
    /// Whether another label is bought though nothing has changed.
    public let again: Bool

    public init(
        parcel: ParcelID, service: (courier: String, code: String)? = nil, weightGrams: Int64? = nil,
        size: ItemSize? = nil, again: Bool = false
    ) {
        self.again = again
        (self.parcel, self.service) = (parcel, service)
        (self.weightGrams, self.size) = (weightGrams, size)
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.packed(parcel.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel)
        try order.requireNoHold(on: order.parcels[place].lines.map(\.line))
        try order.parcels[place].requireChangeable()
        if !again, bears(order.parcels[place]) { return order.reply(with: place, status: 201) }
        if let weightGrams { order.parcels[place].weightGrams = weightGrams }
        if let size { order.parcels[place].size = size }
        order.weigh(place, in: work)
        let kept = service == nil ? order.parcels[place].namedService : nil
        let service = service ?? kept
        if let service { try check(service, in: work.configuration) } else { try order.checkAddress() }
        let choice = try order.choice(for: place, in: work)
        guard let option = choice.option(service) else {
            let way = kept == nil ? "" : "; it was named for this parcel before: name another, or void its label"
            throw Refusal([.init(pointer(in: choice), .noService, choice.refusal(of: service) + way)])
        }
        try order.checkRoom(on: option, for: place, in: work)
        try order.requireHere(order.parcels[place])
        try order.letGoOfLabel(of: place, in: &work)
        try order.intendLabel(option, isNamed: service != nil, for: place, in: &work)
        order = work.update(order)
        return order.reply(with: place, status: 201)
    }

    /// What was sent that no service takes; empty for the parcel as it is.
    private func pointer(in choice: CourierChoice) -> String {
        if service != nil { return "/service" }
        if weightGrams != nil, choice.refuses(.weight) { return "/weight_g" }
        return size != nil && choice.refuses(.size) ? "/size_mm" : ""
    }

    /// Whether a parcel bears a label for just what is said.
    private func bears(_ parcel: Parcel) -> Bool {
        guard let label = parcel.label, label.state == .bought else { return false }
        return (service.map { $0.courier == label.courier && $0.code == label.service } ?? true)
            && weightGrams ?? parcel.weightGrams == parcel.weightGrams && size ?? parcel.size == parcel.size
    }

    private func check(
        _ service: (courier: String, code: String), in configuration: Configuration
    ) throws(Refusal) {
        guard let courier = configuration.couriers[service.courier] else {
            throw Refusal([
                .init("/courier", .unknownCourier, configuration.words(withoutCourier: service.courier))
            ])
        }
        guard courier.tariff.services.contains(where: { $0.code == service.code }) else {
            let known = courier.tariff.services.map(\.code).joined(separator: ", ")
            throw Refusal([
                .init("/service", .unknownCourier, "\(courier.name) has no service \(service.code); it has: \(known)")
            ])
        }
    }
}

/// Lets go of a parcel's label: the courier is asked to take it back.
///
/// - Throws: `.illegalTransition` for a parcel without a live label, and for one that is on its way.
public struct VoidLabel: Command {
    public static let name = "void-label"
    public let parcel: ParcelID
    public init(parcel: ParcelID) { self.parcel = parcel }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(parcel.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel)
        if order.parcels[place].label == nil, let last = order.parcels[place].labels.last {
            _ = try last.state.after(.void)
        }
        try order.parcels[place].requireChangeable(evenPending: true)
        if order.parcels[place].label == nil { _ = try order.parcels[place].state.after(.unlabel) }
        try order.requireHere(order.parcels[place])
        try order.letGoOfLabel(of: place, in: &work)
        order = work.update(order)
        return order.reply(with: place, status: 200)
    }
}

/// Looks who could carry a packed parcel; changes nothing.
///
/// - Throws: `.illegalTransition` for a parcel that has left; `.noService` for one that nobody weighed.
public struct RateParcel: Command {
    public static let name = "rate-parcel"
    public let parcel: ParcelID
    public init(parcel: ParcelID) { self.parcel = parcel }

    public func needs(_ needs: inout Needs, given work: Work) { needs.packed(parcel.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        let (order, place) = try work.parcel(parcel, for: .fulfillmentsRead)
        try order.parcels[place].requireChangeable(evenPending: true)
        let choice = try order.choice(for: place, in: work)
        var json = JSONWriter()
        json.object { choice.write(to: &$0) }
        return Reply(body: json.text)
    }
}

extension Work {
    /// A parcel of an order, by its place in it. - Throws: `.forbidden`; `.notFound`.
    func parcel(
        _ id: ParcelID, for scope: Scope = .fulfillmentsWrite
    ) throws(Refusal) -> (order: Order, place: Int) {
        try principal.require(scope)
        let order = try order(id.order)
        guard let place = order.parcels.firstIndex(where: { $0.number == id.number }),
            let part = order.fulfillments.first(where: { $0.number == order.parcels[place].fulfillment }),
            principal.sees(location: part.location)
        else { throw Refusal(.notFound, "there is no parcel \(id)") }
        return (order, place)
    }
}

extension Needs {
    /// An order with what its goods weigh, measure and require.
    mutating func packed(_ id: OrderID, given work: Work) {
        order(id)
        guard let order = work.peek(id) else { return }
        for line in order.lines {
            goods(of: line.sku, given: work)
            for part in line.components { item(part.sku) }  // as it was sold, which its kit may be no more
        }
        if let address = order.delivery.address { courierRecords(to: address, given: work) }
    }

    /// What the labels of an order need that is to go to another address; nothing where none waits for one.
    mutating func labelled(_ id: OrderID, to address: Address?, given work: Work) {
        guard let address, let order = work.peek(id), order.exceptions.contains(where: { $0.kind == .labelFailed })
        else { return }
        packed(id, given: work)
        courierRecords(to: address, given: work)
    }
}

extension Order {
    /// - Throws: `.illegalTransition` for a parcel that its courier has, as it told, though nobody has shipped it.
    func requireHere(_ parcel: Parcel) throws(Refusal) {
        guard isKnownToHaveLeft(parcel) else { return }
        throw Refusal(
            .illegalTransition,
            "its courier has told that the parcel \(ParcelID(id, parcel.number)) is on its way: ship it, or, if that "
                + "is not so, resolve its exception first")
    }
}

extension Parcel {
    /// The label that is on it, or will be.
    public var label: Label? { labels.last { $0.state.isLive } }

    /// The service that a person named for the label that is on it.
    fileprivate var namedService: (courier: String, code: String)? {
        label.flatMap { $0.isNamed ? ($0.courier, $0.service) : nil }
    }

    /// - Throws: `.illegalTransition` once it has left, or was unpacked; `.labelPending` while its courier is asked.
    func requireChangeable(evenPending: Bool = false) throws(Refusal) {
        guard !lines.isEmpty else { throw Refusal(.illegalTransition, "the parcel \(number) was unpacked") }
        guard state == .packed || state == .labelled else {
            _ = try state.after(.label)
            return
        }
        if !evenPending, label?.state == .pending {
            throw Refusal(.labelPending, "its courier is being asked for a label: wait for the answer, or void it")
        }
    }
}

extension CourierChoice {
    /// The best of all, or the one that is named.
    func option(_ service: (courier: String, code: String)?) -> Option? {
        guard let service else { return best }
        return options.first { $0.courier == service.courier && $0.service == service.code }
    }

    /// Why there is none, for people.
    func refusal(of service: (courier: String, code: String)?) -> String {
        guard let service else { return "no service takes this parcel: \(explanation)" }
        let reason = objections["\(service.courier)/\(service.code)"] ?? "it is not active"
        return "\(service.courier)/\(service.code) does not take this parcel: \(reason)"
    }
}
