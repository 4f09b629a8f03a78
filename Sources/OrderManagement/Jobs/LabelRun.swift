/// What jobs do about labels: they ask couriers, outside of any transaction.
extension JobRunner {
    /// Buys a label by its own key. The courier is asked first what became of an earlier try: its answer, or this very
    /// program, may have been lost on the way.
    func buyLabel(_ job: Job) async throws {
        let named = try await namedLabel(of: job)
        let connection = try connection(of: named.label)
        let key = LabelRequest.key(of: named.label, on: named.parcel)
        let request = named.label.state == .unwanted ? nil : try await request(for: named)
        let outcome = try await ask(.courier(connection.name)) { () -> LabelOutcome in
            if let known = try await connection.purchase(under: key) { return known }
            guard let request else { return .refused(reason: "nobody needs it any more") }
            return try await connection.buy(request)
        }
        _ = try await waybill.perform(
            RecordLabel(parcel: named.parcel, label: named.label.number, outcome: outcome, job: job.id), as: .system)
    }

    /// Labels that failed since nobody knew the weight of their goods are asked for anew, the longest waiting first; or
    /// those of one order.
    func askForLabels(_ job: Job) async throws {
        if let order = job.order {
            _ = try await waybill.perform(AskForLabels(order: order, isAfterHold: true), as: .system)
            _ = try await waybill.perform(FinishJob(job: job.id, followUp: nil), as: .system)
            return
        }
        var place: ExceptionID? = ExceptionID(0)
        while let after = place {
            let page = try await waybill.read { try ExceptionStore.weighed(after: after, limit: Self.pageMax, in: $0) }
            for order in page.orders { _ = try await waybill.perform(AskForLabels(order: order), as: .system) }
            place = page.last
        }
        _ = try await waybill.perform(FinishJob(job: job.id, followUp: nil), as: .system)
    }

    /// Asks a courier to take a label back. The order may go nowhere any more: the label alone says which it is.
    func voidLabel(_ job: Job) async throws {
        let named = try await namedLabel(of: job)
        let connection = try connection(of: named.label)
        let label = BoughtLabel(named.label, tracking: named.label.tracking ?? "", of: named.courier)
        let outcome = try await ask(.courier(connection.name)) { try await connection.void(label) }
        _ = try await waybill.perform(
            RecordVoid(parcel: named.parcel, label: named.label.number, outcome: outcome, job: job.id), as: .system)
    }

    /// Asks a courier what it has to tell of a parcel, also under labels that were taken off it lately, and takes it
    /// in; news that are known change nothing. News from a future that no clock is ahead by are left until they have
    /// happened: the courier is asked again.
    func followParcel(_ job: Job) async throws {
        guard let order = job.order, let number = Int(job.payload) else {
            throw BrokenInvariant("the job \(job.id) names no parcel")
        }
        let parcel = ParcelID(order, number)
        let now = waybill.clock()
        let found = try await waybill.read { db -> (Label, [(BoughtLabel, Courier, since: Timestamp)])? in
            guard let order = try OrderStore.order(order, in: db),
                let parcel = order.part(parcel), order.isAwaited(parcel, at: now), let label = parcel.label
            else { return nil }
            let followed = try ([label] + parcel.oldLabels(askedAfterWith: label, at: now)).compactMap {
                label -> (BoughtLabel, Courier, since: Timestamp)? in
                guard let tracking = label.tracking, let courier = try CourierStore.courier(label.courier, in: db)
                else { return nil }
                let since = label.chosenAt + Seconds(-RecordTracking.clockSkew.count)
                return (BoughtLabel(label, tracking: tracking, of: courier), courier, since)
            }
            return (label, followed)
        }
        if let (asked, followed) = found, !followed.isEmpty {
            let connection = try connection(of: asked)
            let news = try await ask(.courier(connection.name)) { try await connection.news(of: followed.map(\.0)) }
            for (label, courier, since) in followed {
                let others = try await waybill.read { try TrackingNumber.orders(label.tracking, in: $0) }
                try await take(news, since: since, of: label, courier, for: [order] + others.filter { $0 != order })
            }
        }
        _ = try await waybill.perform(FollowParcel(parcel: parcel, job: job.id, asked: job.due), as: .system)
    }

    /// Takes in what a courier said of a parcel, in the order in which it happened. A number that its courier has used
    /// before has older news, of another parcel; one that it used again has those of the other as well.
    func take(
        _ news: [CourierNews], since first: Timestamp, of label: BoughtLabel, _ courier: Courier,
        for candidates: [OrderID]
    ) async throws {
        let latest = waybill.clock() + RecordTracking.clockSkew
        for entry in news.sorted(by: { $0.at < $1.at }) where entry.tracking == label.tracking {
            guard entry.at >= first, entry.at <= latest else { continue }
            let hasMeaning = entry.event.map { courier.words.meaning(of: $0) != .unknown } ?? false
            guard hasMeaning || entry.status != nil else { continue }
            _ = try await waybill.perform(
                RecordTracking(
                    courier: label.courier, tracking: entry.tracking, status: entry.status, at: entry.at,
                    word: entry.event, courierEvent: entry.event, candidates: candidates), as: .system)
        }
    }

    /// A label that a job is about.
    private struct NamedLabel: Sendable {
        let parcel: ParcelID
        let label: Label
        let courier: Courier
    }

    private func namedLabel(of job: Job) async throws -> NamedLabel {
        guard let name = LabelName(job) else { throw BrokenInvariant("the job \(job.id) names no label") }
        return try await waybill.read { db in
            guard let parcel = try OrderStore.order(name.parcel.order, in: db)?.part(name.parcel),
                let label = parcel.labels.first(where: { $0.number == name.number })
            else { throw BrokenInvariant("the job \(job.id) names a label that is not there") }
            guard let courier = try CourierStore.courier(label.courier, in: db) else {
                throw Refusal(.unknownCourier, "the courier \(label.courier) is not set up any more")
            }
            return NamedLabel(parcel: name.parcel, label: label, courier: courier)
        }
    }

    /// What the courier must know of a label that is to be bought.
    private func request(for named: NamedLabel) async throws -> LabelRequest {
        try await waybill.read { db in
            guard let order = try OrderStore.order(named.parcel.order, in: db), let parcel = order.part(named.parcel),
                let part = order.fulfillments.first(where: { $0.number == parcel.fulfillment }),
                let origin = try LocationStore.location(part.location, in: db)
            else { throw BrokenInvariant("the parcel \(named.parcel) is sent from a location that is not there") }
            return try LabelRequest(named.label, on: parcel, of: order, from: origin, named.courier, in: db)
        }
    }

    private func connection(of label: Label) throws(Refusal) -> any CourierConnection {
        guard let connection = connections[label.connection] else {
            throw Refusal(.unavailable, "no labels are sold by \(label.connection) here")
        }
        return connection
    }
}

extension BoughtLabel {
    init(_ label: Label, tracking: String, of courier: Courier) {
        self.init(
            account: courier.account, courier: label.courier, service: label.service, tracking: tracking,
            reference: label.reference)
    }
}

extension LabelRequest.Content {
    /// Goods as couriers are told them, by the worth of one: where it does not come out even, some units are worth a
    /// minor unit more, so that their sum is what the order says.
    static func each(of goods: CustomsContent, _ items: [String: Item], _ currency: Currency) -> [Self] {
        let (each, more) = goods.value.quotientAndRemainder(dividingBy: max(1, goods.quantity))
        return [(goods.quantity - more, each), (more, each + 1)].filter { $0.0 > 0 }.map { quantity, amount in
            Self(
                sku: goods.sku, description: items[goods.sku]?.name ?? goods.sku, quantity: quantity,
                weightGrams: goods.weightGrams / max(1, goods.quantity), value: Money(amount, currency),
                commodityCode: goods.commodityCode, originCountry: goods.originCountry)
        }
    }
}

extension LabelRequest {
    /// The idempotency key of a label's purchase.
    static func key(of label: Label, on parcel: ParcelID) -> String { "\(parcel)-\(label.number)" }

    init(
        _ label: Label, on parcel: Parcel, of order: Order, from origin: Location, _ courier: Courier,
        in db: any Connection
    ) throws {
        guard let recipient = order.delivery.address else {
            throw BrokenInvariant("order \(order.number) has parcels and no address")
        }
        let values = order.declaredValues(of: parcel)
        let lines = parcel.units.sorted { $0.key < $1.key }.compactMap { number, quantity in
            order.line(number).map { (line: $0, quantity: quantity, worth: values[number] ?? 0) }
        }
        let goods = Set(lines.flatMap { line, _, _ in [line.sku] + line.components.map(\.sku) })
        var items: [String: Item] = [:]
        try ItemStore.load(goods.sorted(), in: db) { items[$0.sku] = $0 }
        let crosses = order.crossesCustoms(from: origin)
        let policy = crosses ? try Configuration.load(in: db).channels[order.channel]?.policy.shipping : nil
        let free = CustomsWorth(in: order.currency, by: policy?.rates ?? [])
        let contents = lines.flatMap { line, quantity, worth -> [Content] in
            // At home nobody asks what a kit is made of.
            let goods = crosses
                ? line.customsContents(of: quantity, worth: worth, orElse: free) { items[$0] }
                : [
                    CustomsContent(
                        sku: line.sku, quantity: quantity, weightGrams: quantity * line.weightGrams { items[$0] },
                        value: worth, commodityCode: items[line.sku]?.commodityCode,
                        originCountry: items[line.sku]?.originCountry)
                ]
            return goods.flatMap { Content.each(of: $0, items, order.currency) }
        }
        // What is given for nothing has a value to customs alone.
        let value = Money(
            crosses ? contents.reduce(0) { $0 + $1.quantity * $1.value.amount } : lines.reduce(0) { $0 + $1.worth },
            order.currency)
        var customs: Customs?
        if crosses {
            let policy = policy ?? CourierPolicy()
            customs = Customs(
                incoterm: policy.incoterm, invoice: order.number,
                exporter: policy.customs.exporter(from: origin.address),
                importer: policy.customs.importer(of: value, to: recipient, by: policy.rates))
        }
        let weight = parcel.weightGrams > 0
            ? parcel.weightGrams : lines.reduce(0) { sum, entry in
                sum + entry.quantity * entry.line.weightGrams { items[$0] }
            }
        self.init(
            key: Self.key(of: label, on: ParcelID(order.id, parcel.number)), courier: courier.code,
            account: courier.account, service: label.service, sender: origin.address, recipient: recipient,
            recipientEmail: order.customer.email, recipientPhone: order.customer.phone,
            weightGrams: max(1, weight), size: parcel.size, reference: order.number, sscc: parcel.sscc,
            contents: contents, value: value, customs: customs,
            cash: label.cash > 0 ? Money(label.cash, order.currency) : nil)
    }
}
