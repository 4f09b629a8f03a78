/// What jobs do about labels: they ask couriers, outside of any transaction.
extension JobRunner {
    /// Buys a label by its own key. The courier is asked first what became of an earlier try: its answer, or this very
    /// program, may have been lost on the way.
    func buyLabel(_ job: Job) async throws {
        let wanted = try await wantedLabel(of: job)
        let connection = try connection(of: wanted.courier)
        let known = try await connection.purchase(of: wanted.request)
        let outcome: LabelOutcome
        if let known {
            outcome = known
        } else if wanted.label.state == .unwanted {
            outcome = .refused(reason: "nobody needs it any more")
        } else {
            outcome = try await connection.buy(wanted.request)
        }
        _ = try await waybill.perform(
            RecordLabel(parcel: wanted.parcel, label: wanted.label.number, outcome: outcome, job: job.id), as: .system)
    }

    func voidLabel(_ job: Job) async throws {
        let wanted = try await wantedLabel(of: job)
        let connection = try connection(of: wanted.courier)
        let outcome = try await connection.void(
            BoughtLabel(
                account: wanted.courier.account, courier: wanted.label.courier, service: wanted.label.service,
                tracking: wanted.label.tracking ?? "", reference: wanted.label.reference))
        _ = try await waybill.perform(
            RecordVoid(parcel: wanted.parcel, label: wanted.label.number, outcome: outcome, job: job.id), as: .system)
    }

    /// Asks a courier what it has to tell of a parcel, and takes it in; news that are known change nothing.
    func followParcel(_ job: Job) async throws {
        guard let order = job.order, let number = Int(job.payload) else {
            throw BrokenInvariant("the job \(job.id) names no parcel")
        }
        let parcel = ParcelID(order, number)
        let found = try await waybill.read { db -> (Courier, BoughtLabel)? in
            guard let parcel = try OrderStore.order(order, in: db)?.parcels.first(where: { $0.number == number }),
                !parcel.state.isFinal, let label = parcel.label, let tracking = label.tracking,
                let courier = try Configuration.load(in: db).couriers[label.courier]
            else { return nil }
            return (
                courier,
                BoughtLabel(
                    account: courier.account, courier: label.courier, service: label.service, tracking: tracking,
                    reference: label.reference)
            )
        }
        if let (courier, label) = found {
            let news = try await connection(of: courier).news(of: [label])
            for entry in news.sorted(by: { $0.at < $1.at }) where entry.tracking == label.tracking {
                _ = try await waybill.perform(
                    RecordTracking(
                        courier: label.courier, tracking: entry.tracking, status: entry.status, at: entry.at,
                        courierEvent: entry.event, candidates: [order]), as: .system)
            }
        }
        _ = try await waybill.perform(FollowParcel(parcel: parcel, job: job.id), as: .system)
    }

    /// A label that a job is about, with what its courier must know.
    private struct WantedLabel: Sendable {
        let parcel: ParcelID
        let label: Label
        let courier: Courier
        let request: LabelRequest
    }

    private func wantedLabel(of job: Job) async throws -> WantedLabel {
        let numbers = job.payload.split(separator: " ").compactMap { Int($0) }
        guard let id = job.order, numbers.count == 2 else {
            throw BrokenInvariant("the job \(job.id) names no label")
        }
        return try await waybill.read { db in
            guard let order = try OrderStore.order(id, in: db),
                let parcel = order.parcels.first(where: { $0.number == numbers[0] }),
                let label = parcel.labels.first(where: { $0.number == numbers[1] }),
                let part = order.fulfillments.first(where: { $0.number == parcel.fulfillment })
            else { throw BrokenInvariant("the job \(job.id) names a label that is not there") }
            let configuration = try Configuration.load(in: db)
            guard let courier = configuration.couriers[label.courier] else {
                throw Refusal(.unknownCourier, "the courier \(label.courier) is not set up any more")
            }
            let request = try LabelRequest(
                label, on: parcel, of: order, from: try configuration.location(part.location), courier, in: db)
            return WantedLabel(
                parcel: ParcelID(id, parcel.number), label: label, courier: courier, request: request)
        }
    }

    private func connection(of courier: Courier) throws(Refusal) -> any CourierConnection {
        guard let connection = connections[courier.connection] else {
            throw Refusal(.unavailable, "no labels are sold by \(courier.connection) here")
        }
        return connection
    }
}

extension LabelRequest {
    init(
        _ label: Label, on parcel: Parcel, of order: Order, from origin: Location, _ courier: Courier,
        in db: any Connection
    ) throws {
        guard let recipient = order.delivery.address else {
            throw BrokenInvariant("order \(order.number) has parcels and no address")
        }
        var contents: [Content] = []
        for entry in parcel.lines {
            guard let line = order.line(entry.line) else { continue }
            let item = try ItemStore.item(line.sku, in: db)
            contents.append(
                Content(
                    sku: line.sku, description: item?.name ?? line.sku, quantity: entry.quantity,
                    weightGrams: item?.weightGrams ?? 0, value: Money(line.unitPrice, order.currency)))
        }
        let weight = parcel.weightGrams > 0
            ? parcel.weightGrams : contents.reduce(0) { $0 + $1.quantity * $1.weightGrams }
        self.init(
            key: "\(ParcelID(order.id, parcel.number))-\(label.number)", courier: courier.code,
            account: courier.account, service: label.service, sender: origin.address, recipient: recipient,
            recipientEmail: order.customer.email, recipientPhone: order.customer.phone,
            weightGrams: max(1, weight), size: parcel.size, reference: order.number, sscc: parcel.sscc,
            contents: contents,
            value: Money(contents.reduce(0) { $0 + $1.quantity * $1.value.amount }, order.currency))
    }
}
