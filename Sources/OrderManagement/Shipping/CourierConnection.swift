/// SEAM: whoever sells a courier's labels. Called by jobs only, never inside a transaction.
///
/// A call that throws has an unknown outcome: it is made again later. `buy` is called only after
/// `purchase` has said that no earlier call with that key bought anything.
public protocol CourierConnection: Sendable {
    /// What couriers name in `connection`.
    var name: String { get }
    /// What the courier's services ask for a parcel, now.
    func rates(for request: LabelRequest) async throws -> [CourierRate]
    func buy(_ request: LabelRequest) async throws -> LabelOutcome
    /// What became of an earlier request, by its key alone: the order may have changed since.
    /// - Returns: nil where the courier never heard of it.
    func purchase(under key: String) async throws -> LabelOutcome?
    func void(_ label: BoughtLabel) async throws -> VoidOutcome
    /// What the courier has to tell of parcels, in any order.
    func news(of labels: [BoughtLabel]) async throws -> [CourierNews]
    /// Tells the courier that parcels wait at a location, and asks for its list of them.
    func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome
    /// What became of an earlier call to a place by its key; nil where the courier never heard of it, or said no.
    func pickup(of request: PickupRequest) async throws -> PickupOutcome?
    /// Calls the courier to a place; asked only after `pickup` has said that no earlier call with that key did.
    func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome
    /// Tells it not to come.
    func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome
}

/// Connections by which nobody is called to a place: that is said, and people call by themselves.
extension CourierConnection {
    public func pickup(of request: PickupRequest) async throws -> PickupOutcome? { nil }
    public func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome {
        .refused(reason: "\(request.courier) is not called by \(name): call it yourself")
    }
    public func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome {
        .refused(reason: "\(pickup.courier) is not called by \(name): tell it yourself")
    }
}

/// A place to which a courier is to come.
public struct PickupRequest: Sendable {
    /// The idempotency key: the pickup and how often it was asked for.
    public let key: String
    public let courier: String
    public let account: String?
    public let address: Address
    /// `2026-03-02`, and the times of its clocks between which parcels wait there: `14:00`.
    public let date: String
    public let ready: String
    public let closes: String
    public let parcels: Int64
    /// Grams, of all of them.
    public let weightGrams: Int64
    /// For the driver.
    public let note: String?

    public init(
        key: String, courier: String, account: String?, address: Address, date: String, ready: String, closes: String,
        parcels: Int64, weightGrams: Int64, note: String?
    ) {
        (self.key, self.courier, self.account, self.address) = (key, courier, account, address)
        (self.date, self.ready, self.closes) = (date, ready, closes)
        (self.parcels, self.weightGrams, self.note) = (parcels, weightGrams, note)
    }
}

public enum PickupOutcome: Sendable, Hashable {
    /// - reference: The courier's own name for it, by which it is cancelled.
    case booked(reference: String)
    case refused(reason: String)
}

/// A courier that was called, as it knows that.
public struct BookedPickup: Hashable, Sendable {
    public let account: String?
    public let courier: String
    public let date: String
    public let reference: String

    public init(_ request: PickupRequest, reference: String) {
        (account, courier, date, self.reference) = (request.account, request.courier, request.date, reference)
    }
}

/// A parcel that wants a label.
public struct LabelRequest: Sendable {
    /// The idempotency key: the parcel and the label's number in it.
    public let key: String
    public let courier: String
    public let account: String?
    public let service: String
    public let sender: Address
    public let recipient: Address
    public let recipientEmail: String?
    public let recipientPhone: String?
    /// Grams, at least 1.
    public let weightGrams: Int64
    public let size: ItemSize?
    /// The number of the order.
    public let reference: String
    /// Of the parcel, for couriers that print the retailer's own.
    public let sscc: String?
    /// What lies in it: for customs, and for couriers that insure.
    public let contents: [Content]
    public let value: Money
    /// For parcels that cross a customs border; nil for others.
    public let customs: Customs?
    /// What is to be paid for it at the door; nil for nothing.
    public let cash: Money?

    public struct Customs: Hashable, Sendable {
        public let incoterm: Incoterm
        /// The number of the invoice: the order's.
        public let invoice: String
        /// The retailer's number as an exporter (EORI).
        public let exporter: String?
        /// Its number for the tax of a small consignment to the European Union (IOSS).
        public let importer: String?

        public init(incoterm: Incoterm, invoice: String, exporter: String? = nil, importer: String? = nil) {
            (self.incoterm, self.invoice) = (incoterm, invoice)
            (self.exporter, self.importer) = (exporter, importer)
        }
    }

    public struct Content: Hashable, Sendable {
        public let sku: String
        public let description: String
        public let quantity: Int64
        public let weightGrams: Int64
        /// Of one, as its weight.
        public let value: Money
        /// Digits of the Harmonized System.
        public let commodityCode: String?
        public let originCountry: String?

        public init(
            sku: String, description: String, quantity: Int64, weightGrams: Int64, value: Money,
            commodityCode: String? = nil, originCountry: String? = nil
        ) {
            (self.sku, self.description, self.quantity) = (sku, description, quantity)
            (self.weightGrams, self.value) = (weightGrams, value)
            (self.commodityCode, self.originCountry) = (commodityCode, originCountry)
        }
    }

    public init(
        key: String, courier: String, account: String?, service: String, sender: Address, recipient: Address,
        recipientEmail: String?, recipientPhone: String?, weightGrams: Int64, size: ItemSize?, reference: String,
        sscc: String?, contents: [Content], value: Money, customs: Customs? = nil, cash: Money? = nil
    ) {
        (self.key, self.courier, self.account, self.service) = (key, courier, account, service)
        (self.sender, self.recipient) = (sender, recipient)
        (self.recipientEmail, self.recipientPhone) = (recipientEmail, recipientPhone)
        (self.weightGrams, self.size, self.reference, self.sscc) = (weightGrams, size, reference, sscc)
        (self.contents, self.value, self.customs, self.cash) = (contents, value, customs, cash)
    }
}

/// What a courier asks for a service.
public struct CourierRate: Hashable, Sendable {
    public let service: String
    public let name: String
    public let price: Money
    public let days: Int64?

    public init(service: String, name: String, price: Money, days: Int64?) {
        (self.service, self.name, self.price, self.days) = (service, name, price, days)
    }
}

public enum LabelOutcome: Sendable, Hashable {
    /// - document: nil where the retailer prints the label itself.
    /// - routing: What the courier wants to have printed big on such a label, by which it sorts.
    case bought(
        tracking: String, reference: String?, price: Money?, document: LabelDocument?, routing: String? = nil)
    case refused(reason: String)
}

/// A label as the courier knows it.
public struct BoughtLabel: Hashable, Sendable {
    public let account: String?
    public let courier: String
    public let service: String
    public let tracking: String
    public let reference: String?

    public init(account: String?, courier: String, service: String, tracking: String, reference: String?) {
        (self.account, self.courier, self.service) = (account, courier, service)
        (self.tracking, self.reference) = (tracking, reference)
    }
}

public enum VoidOutcome: Sendable, Hashable {
    /// Also for a label that was taken back before.
    case done
    case refused(reason: String)
}

/// Something that happened to a parcel, in this house's words.
public struct CourierNews: Hashable, Sendable {
    public let tracking: String
    /// nil where the connection knows no meaning for it; the courier's own table of words may have one.
    public let status: Parcel.State?
    public let at: Timestamp
    /// The courier's own words for the news.
    public let event: String?

    public init(tracking: String, status: Parcel.State?, at: Timestamp, event: String?) {
        (self.tracking, self.status, self.at, self.event) = (tracking, status, at, event)
    }
}

public enum HandOverOutcome: Sendable, Hashable {
    /// - manifest: The courier's own list; nil where the retailer's serves.
    case done(reference: String?, manifest: LabelDocument?)
    case refused(reason: String)
}

/// Labels that nobody is asked for: the retailer's own vans, and contracts whose labels it may print. The tariff is the
/// price, the parcel's own number its tracking.
public struct TariffConnection: CourierConnection {
    public let name = Courier.ownConnection
    let couriers: @Sendable () async throws -> [Courier]

    /// - Parameter couriers: Those that are set up, read anew for each question.
    public init(couriers: @escaping @Sendable () async throws -> [Courier]) { self.couriers = couriers }

    private func answer(to request: LabelRequest) async throws -> (Tariff, Tariff.Answer)? {
        guard let courier = try await couriers().first(where: { $0.code == request.courier }) else { return nil }
        return (
            courier.tariff,
            courier.tariff.quotes(
                for: Tariff.Parcel(request), to: request.recipient.country, postcode: request.recipient.postcode)
        )
    }

    public func rates(for request: LabelRequest) async throws -> [CourierRate] {
        guard let (tariff, answer) = try await answer(to: request) else { return [] }
        return answer.quotes.map { quote in
            let service = tariff.services.first { $0.code == quote.service }
            return CourierRate(
                service: quote.service, name: service?.name ?? quote.service, price: quote.price, days: service?.days)
        }
    }

    public func buy(_ request: LabelRequest) async throws -> LabelOutcome {
        guard let (tariff, answer) = try await answer(to: request) else {
            return .refused(reason: "there is no courier \(request.courier)")
        }
        guard let quote = answer.quotes.first(where: { $0.service == request.service }) else {
            let why = answer.objections[request.service]?.explanation(in: tariff.currency) ?? "there is no such service"
            return .refused(reason: "\(request.courier)/\(request.service): \(why)")
        }
        let own = quote.ownLabel(named: request.key, sscc: request.sscc)
        return .bought(
            tracking: own.tracking, reference: own.reference, price: own.price, document: nil,
            routing: request.recipient.sortKey)
    }

    /// Nothing happens outside, so nothing is kept: bought again, it is the same label.
    public func purchase(under key: String) async throws -> LabelOutcome? { nil }
    public func void(_ label: BoughtLabel) async throws -> VoidOutcome { .done }
    public func news(of labels: [BoughtLabel]) async throws -> [CourierNews] { [] }
    public func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        .done(reference: nil, manifest: nil)
    }

    /// The retailer tells its own vans: that they come is noted.
    public func pickup(of request: PickupRequest) async throws -> PickupOutcome? { .booked(reference: request.key) }
    public func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome {
        .booked(reference: request.key)
    }
    public func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome { .done }
}

extension Tariff.Quote {
    /// The label that the retailer prints for itself: it costs what the tariff says, and is followed by the parcel's
    /// number from GS1, or else by a name of its own.
    func ownLabel(named name: String, sscc: String?) -> (tracking: String, reference: String, price: Money) {
        (sscc ?? name, name, price)
    }
}

extension Tariff.Parcel {
    init(_ request: LabelRequest) {
        self.init(
            grams: request.weightGrams, size: request.size.map(Tariff.Size.init),
            value: request.value.amount, cash: request.cash?.amount ?? 0)
    }
}
