public import OrderManagement

/// Couriers for tests.
extension Courier {
    /// Labels of the retailer's own: `vans/day` at 4.00 up to 2 kg and 6.00 up to 10 kg, two days; `vans/fast` at 9.00
    /// up to 10 kg, one day; only within Great Britain.
    public static let vans = Courier(
        code: "vans", name: "Our vans",
        tariff: tariff([
            service("day", days: 2, [(2_000, 400), (10_000, 600)]), service("fast", days: 1, [(10_000, 900)]),
        ]))

    /// The same with services that are otherwise.
    public func changingServices(_ change: (inout Tariff.Service) -> Void) -> Courier {
        var courier = self
        courier.tariff = Tariff(
            currency: tariff.currency, zones: tariff.zones,
            services: tariff.services.map { service in
                var service = service
                change(&service)
                return service
            })
        return courier
    }

    /// A courier that is asked for labels: `post/parcel` at 3.00 up to 20 kg, three days.
    public static let post = Courier(
        code: "post", name: "The post", connection: "test",
        tariff: tariff([service("parcel", days: 3, [(20_000, 300)])]))

    private static func tariff(_ services: [Tariff.Service]) -> Tariff {
        Tariff(currency: Currency("GBP")!, zones: ["GB": "home"], services: services)  // GBP is known
    }

    private static func service(_ code: String, days: Int64, _ bands: [(Int64, Int64)]) -> Tariff.Service {
        var service = Tariff.Service(
            code: code, name: code, bands: ["home": bands.map { Tariff.Band(gramsMax: $0.0, price: $0.1) }])
        service.days = days
        return service
    }
}

extension TestSystem {
    /// Gives the only parcel of a packed order a second label, of `vans/fast`, and sends it by that some time ago.
    /// - Returns: The number of the first label, and of the second.
    public func sendByOtherLabel(_ id: OrderID, before age: Seconds) throws -> (old: String, new: String) {
        let old = try order(id).parcels[0].tracking
        try perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")))
        let new = try order(id).parcels[0].tracking
        try perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
        advance(age)
        guard let old, let new else { throw WrongText("the parcel of \(id) had no label") }
        return (old, new)
    }
}

/// What everybody who sells labels must do: the contract of `CourierConnection`, as a list of what was broken.
public enum CourierContract {
    /// - Parameters:
    ///   - request: One that can be served; its key was never used.
    ///   - hasEffect: Whether a purchase leaves something behind that can be asked after.
    public static func breaches(
        of connection: any CourierConnection, for request: LabelRequest, hasEffect: Bool = true
    ) async throws -> [String] {
        var breaches: [String] = []
        let rates = try await connection.rates(for: request)
        if !rates.contains(where: { $0.service == request.service }) {
            breaches.append("it names no price for \(request.service)")
        }
        if rates.contains(where: { $0.price.amount < 0 }) { breaches.append("it names a price below zero") }
        if hasEffect, try await connection.purchase(under: request.key) != nil {
            breaches.append("it knows of a purchase that nobody made")
        }
        guard case .bought(let tracking, let reference, _, let document, _) = try await connection.buy(request) else {
            return breaches + ["it does not sell the label"]
        }
        if tracking.isEmpty { breaches.append("its label has no tracking number") }
        if let document, document.content.isEmpty { breaches.append("its label has nothing to print") }
        let asked = hasEffect ? try await connection.purchase(under: request.key) : try await connection.buy(request)
        guard case .bought(let found, _, _, _, _)? = asked, found == tracking else {
            return breaches + ["asked after what became of it, it does not name the same label"]
        }
        let label = BoughtLabel(
            account: request.account, courier: request.courier, service: request.service, tracking: tracking,
            reference: reference)
        _ = try await connection.news(of: [label])
        let handed = try await connection.handOver([label], key: request.key + "-day")
        if try await connection.handOver([label], key: request.key + "-day") != handed {
            breaches.append("handed over twice under one key, it answers differently")
        }
        let other = BoughtLabel(
            account: label.account, courier: label.courier, service: label.service, tracking: tracking,
            reference: reference)
        if try await connection.void(label) != .done { breaches.append("it does not take back an unused label") }
        if try await connection.void(other) != .done { breaches.append("taken back twice, it complains") }
        return breaches
    }
}

extension LabelRequest {
    /// A parcel of a kilogram to Leeds.
    public static func example(key: String, courier: String, service: String, account: String? = nil) -> LabelRequest {
        LabelRequest(
            key: key, courier: courier, account: account, service: service, sender: .example("LONDON"),
            recipient: .example(), recipientEmail: "ada@example.com", recipientPhone: nil, weightGrams: 1_000,
            size: ItemSize(length: 300, width: 200, height: 100), reference: "WEB-1001", sscc: nil,
            contents: [
                .init(
                    sku: "TEE-M", description: "T-shirt", quantity: 2, weightGrams: 500,
                    value: Money(1_000, Currency("GBP")!))  // GBP is known
            ], value: Money(2_000, Currency("GBP")!))
    }
}

extension CourierContract {
    /// What everybody must do who can be called to a place.
    ///
    /// - Parameters:
    ///   - request: One that can be served; its key was never used.
    ///   - hasEffect: Whether a call leaves something behind that can be asked after.
    public static func breaches(
        of connection: any CourierConnection, calledBy request: PickupRequest, hasEffect: Bool = true
    ) async throws -> [String] {
        if hasEffect, try await connection.pickup(of: request) != nil { return ["it knows of a call that nobody made"] }
        let reference: String
        switch try await connection.requestPickup(request) {
        case .booked(let name): reference = name
        case .refused(let reason): return ["it does not come: \(reason)"]
        }
        var breaches: [String] = []
        if reference.isEmpty { breaches.append("its pickup has no name to cancel it by") }
        if try await connection.pickup(of: request) != .booked(reference: reference) {
            breaches.append("asked after what became of it, it does not name the same pickup")
        }
        let booked = BookedPickup(request, reference: reference)
        if try await connection.cancelPickup(booked) != .done { breaches.append("it comes although it was cancelled") }
        if try await connection.cancelPickup(booked) != .done { breaches.append("cancelled twice, it complains") }
        return breaches
    }
}

extension PickupRequest {
    /// Three parcels in London on an afternoon.
    public static func example(
        key: String, courier: String = "post", account: String? = nil, date: String = "2026-03-02",
        note: String? = "ring twice"
    ) -> PickupRequest {
        PickupRequest(
            key: key, courier: courier, account: account, address: .example("LONDON"), date: date, ready: "14:00",
            closes: "16:00", parcels: 3, weightGrams: 4_000, note: note)
    }
}
