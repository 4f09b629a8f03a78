import Foundation

/// Runs jobs that are due: reads what is needed, calls the outside, performs a command with the outcome.
///
/// `step` makes one pass; the endless loop is elsewhere, so that tests and the simulator step it by hand.
public struct JobRunner: Sendable {
    let waybill: OrderManagement
    let providers: [String: any PaymentProvider]
    let connections: [String: any CourierConnection]
    /// Without them messages are kept, and not sent.
    let renderer: (any MessageRenderer)?
    let mailer: (any Mailer)?
    /// Without them messages name no page of the order.
    let links: (any OrderLinks)?
    /// Who does not answer.
    let watch = ConnectorWatch()
    /// Jobs taken up per pass over all lanes.
    static let claimMax = 64
    /// Waiting orders that are read at once.
    static let pageMax = 200

    public init(
        _ waybill: OrderManagement, providers: [any PaymentProvider] = [], connections: [any CourierConnection] = [],
        renderer: (any MessageRenderer)? = nil, mailer: (any Mailer)? = nil, links: (any OrderLinks)? = nil
    ) {
        self.waybill = waybill
        self.renderer = renderer
        self.mailer = mailer
        self.links = links
        self.connections = Dictionary(uniqueKeysWithValues: connections.map { ($0.name, $0) })
        self.providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.name, $0) })
    }

    /// Runs the jobs that are due now.
    ///
    /// - Parameters:
    ///   - lane: Which of them; nil for all. A pass ends with its slowest job.
    ///   - asked: Of them those that ask a connection.
    ///   - oneByOne: Each after the end of the one before, so that the same jobs give the same commits.
    /// - Returns: How many were run, and when the next one falls due; nil when none waits.
    @discardableResult
    public func step(
        on lane: JobLane? = nil, asking asked: JobAsks = .anybody, oneByOne: Bool = false
    ) async throws -> (ran: Int, next: Timestamp?) {
        let now = waybill.clock()
        let limit = lane?.claimMax ?? Self.claimMax
        let jobs = try await waybill.read { try JobQueue.due(at: now, on: lane, asking: asked, limit: limit, in: $0) }
        var met: [(job: JobID, resting: Resting)] = []
        if oneByOne {
            for job in jobs { if let resting = await run(job) { met.append((job.id, resting)) } }
        } else {
            await withTaskGroup(of: (JobID, Resting?).self) { group in
                for job in jobs { group.addTask { (job.id, await run(job)) } }
                for await (id, resting) in group { if let resting { met.append((id, resting)) } }
            }
        }
        await leave(met)
        let next = try await waybill.read { try JobQueue.nextDue(on: lane, asking: asked, in: $0) }
        return (jobs.count, next)
    }

    /// All jobs, each once, as they may be done beside each other: lane by lane, and where connections are asked, each
    /// of them by itself.
    public var posts: [(lane: JobLane, asks: JobAsks)] {
        JobLane.allCases.flatMap { lane -> [(JobLane, JobAsks)] in
            guard lane.isOfConnections else { return [(lane, .anybody)] }
            let known = Set(connections.keys)
            return known.sorted().map { (lane, .connection($0)) } + [(lane, .others(than: known))]
        }
    }

    /// Runs one job; its failure is recorded and it is tried again later, or buried.
    /// - Returns: Whom it met that is left alone for a while: the job stands as it was.
    private func run(_ job: Job) async -> Resting? {
        do {
            try await handle(job)
        } catch let resting as Resting {
            return resting
        } catch let refusal as Refusal where refusal.code == .notFound {
            return nil  // somebody else has finished it
        } catch {
            let reason = (error as? Refusal)?.explanation ?? "\(error)"
            do {
                _ = try await waybill.perform(FailJob(job, because: reason), as: .system)
            } catch {
                return nil  // the database is away: the job stands as it was and is found again
            }
        }
        if job.attempts + 1 >= job.attemptsMax { await noteEnd(of: job) }
        return nil
    }

    private func act(_ command: any Command) async throws { _ = try await waybill.perform(command, as: .system) }

    private func handle(_ job: Job) async throws {
        switch job.kind {
        case .stageDue: try await act(EndStage(order: try order(of: job), stage: job.payload, job: job.id))
        case .cancelUnfillable: try await act(CancelUnfillable(order: try order(of: job), job: job.id))
        case .liftHold:
            let hold = HoldID(try order(of: job), try number(of: job))
            try await act(EndHold(hold: hold, job: job.id))
        case .sourceOrder: try await act(SourceOrder(order: try order(of: job), job: job.id))
        case .expirePickup: try await act(ExpirePickup(fulfillment: try fulfillment(of: job), job: job.id))
        case .expireReturn:
            let id = ReturnID(try order(of: job), try number(of: job))
            try await act(ExpireReturn(id: id, job: job.id))
        case .settleReturn:
            let id = ReturnID(try order(of: job), try number(of: job))
            try await act(PayReturn(id: id, job: job.id))
        case .expireAmendment:
            let id = AmendmentID(try order(of: job), try number(of: job))
            try await act(ExpireAmendment(amendment: id, job: job.id))
        case .resumeLocation:
            let skus = try await waybill.read { try BackorderQueue.awaited(at: job.payload, in: $0) }
            try await act(ResumeLocation(skus: skus, job: job.id))
        case .promiseBackorders: try await promiseBackorders(of: job.payload, job.id)
        case .releasePreorder: try await act(ReleasePreorder(order: try order(of: job), job: job.id))
        case .releaseWaiting: try await releaseWaiting(on: job.payload, job.id)
        case .reviewApprovals: try await reviewApprovals(job)
        case .movePreorders: try await movePreorders(of: job.payload, job.id)
        case .remindPickup: try await remindPickup(job)
        case .expireReservation:
            guard let id = ReservationID(job.payload) else {
                throw BrokenInvariant("the job \(job.id) names no reservation")
            }
            try await act(ExpireReservation(reservation: id, job: job.id))
        case .fillBackorders: try await fillBackorders(of: job.payload, job.id)
        case .sourceShortage: try await sourceShortage(job)
        case .settleShortage: try await settleShortage(job)
        case .settleEffect: try await settleEffect(job)
        case .sendMessage: try await sendMessage(job)
        case .chaseParcel:
            let id = ParcelID(try order(of: job), try number(of: job))
            try await act(ChaseParcel(parcel: id, job: job.id))
        case .chaseWork: try await act(ChaseWork(fulfillment: try fulfillment(of: job), job: job.id))
        case .chaseRelease: try await act(ChaseRelease(fulfillment: try fulfillment(of: job), job: job.id))
        case .chaseBackorder: try await act(ChaseBackorder(order: try order(of: job), job: job.id))
        case .reviewHold: try await act(ReviewHold(hold: HoldID(order(of: job), number(of: job)), job: job.id))
        case .chaseTransfer: try await act(try ChaseTransfer(job: job, of: try order(of: job)))
        case .chaseInbound: try await act(try ChaseInbound(job: job))
        case .followParcel: try await followParcel(job)
        case .chaseReturn: try await act(try ChaseReturn(job: job, of: try order(of: job)))
        case .followReturn: try await followReturn(job)
        case .askForLabels: try await askForLabels(job)
        case .buyLabel: try await buyLabel(job)
        case .voidLabel: try await voidLabel(job)
        case .makeManifest: try await makeManifest(job)
        case .arrangePickup: try await arrangePickup(job)
        case .endCourierPickup: try await act(try EndCourierPickup(job: job))
        case .expirePayment:
            try await act(ExpirePayment(payment: PaymentID(try order(of: job), try number(of: job)), job: job.id))
        case .authorizePayment: try await authorizePayment(job)
        }
    }

    private func remindPickup(_ job: Job) async throws {
        let parts = job.payload.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 2 else { throw BrokenInvariant("the job \(job.id) names no fulfillment and time") }
        let id = FulfillmentID(try order(of: job), Int(parts[0]))
        let reminder = RemindPickup(fulfillment: id, deadline: Timestamp(milliseconds: parts[1]), job: job.id)
        try await act(reminder)
    }

    /// Resolves what told people of a shortage that is gone; one that has come back meanwhile stands.
    private func settleShortage(_ job: Job) async throws {
        let (location, sku) = try place(of: job)
        let told = try await waybill.read { try ExceptionStore.open(of: sku, at: location, in: $0) }
        for exception in told {
            do {
                let resolution = "\(location) has as many \(sku) again as it has promised."
                _ = try await waybill.perform(
                    ResolveException(exception: exception, resolution: resolution), as: .system)
            } catch let refusal as Refusal where refusal.code == .illegalTransition {
                continue  // short again, or somebody was quicker
            }
        }
        try await updateShortage(of: sku, at: location)
        try await act(FinishJob(job: job.id, followUp: nil))
    }

    /// Has what tells people of a shortage say how much it is by now.
    private func updateShortage(of sku: String, at location: String) async throws {
        let told = try await waybill.read { try ExceptionStore.open(of: sku, at: location, in: $0) }
        if !told.isEmpty { try await act(UpdateShortage(sku: sku, location: location, exceptions: told)) }
    }

    /// Finds other places for unreleased promises of a SKU that a location does not have after all.
    private func sourceShortage(_ job: Job) async throws {
        let (location, sku) = try place(of: job)
        try await updateShortage(of: sku, at: location)
        let hit = try await waybill.read { try Self.openWork(at: location, of: sku, in: $0) }
        for order in hit {
            let isSettled = try await waybill.read { db in
                try StockReading.levels(of: sku, after: "", limit: 5_000, in: db)
                    .allSatisfy { $0.location != location || $0.shortage == 0 }
            }
            if isSettled { break }
            do {
                try await act(SourceOrder(order: order))
            } catch let refusal as Refusal where refusal.code == .illegalTransition {
                continue  // it was released meanwhile
            }
        }
        try await act(FinishJob(job: job.id, followUp: nil))
    }

    /// Orders with unreleased work of a SKU at a location, the youngest promise first: it has waited least.
    private static func openWork(at location: String, of sku: String, in db: any Connection) throws -> [OrderID] {
        var found: [OrderID] = []
        try FulfillmentStore.walk([.open], at: location, from: db) { order, work in
            let isHit = work.lines.contains { (order.line($0.line)?.units(of: sku) ?? 0) > 0 }
            if isHit { found.append(order.id) }
            return true
        }
        return found.reversed()
    }

    /// Where stock is, as the payload names it.
    private func place(of job: Job) throws -> (location: String, sku: String) {
        let names = job.payload.split(separator: "\n").map(String.init)
        guard names.count == 2 else { throw BrokenInvariant("the job \(job.id) names no location and SKU") }
        return (names[0], names[1])
    }

    private func number(of job: Job) throws -> Int {
        guard let number = Int(job.payload) else { throw BrokenInvariant("the job \(job.id) names no number") }
        return number
    }

    private func fulfillment(of job: Job) throws -> FulfillmentID {
        FulfillmentID(try order(of: job), try number(of: job))
    }

    private func order(of job: Job) throws -> OrderID {
        guard let order = job.order else { throw BrokenInvariant("the job \(job.id) names no order") }
        return order
    }

    /// Asks a provider for a new authorization, by the payment's own id.
    private func authorizePayment(_ job: Job) async throws {
        let id = PaymentID(try order(of: job), try number(of: job))
        guard let order = try await waybill.read({ try OrderStore.order(id.order, in: $0) }),
            let payment = order.payments.first(where: { $0.number == id.number })
        else { throw BrokenInvariant("the job \(job.id) names a payment that is not there") }
        // Somebody has told its outcome: nobody is asked for it. Where the provider was asked before, its answer may
        // have been lost, and it holds money that nobody knows of: it is heard all the same.
        if payment.state != .pending, job.attempts == 0 {
            try await act(FinishJob(job: job.id, followUp: nil))
            return
        }
        guard let provider = providers[payment.provider] else {
            throw Refusal(.unavailable, "no payment provider is connected as \(payment.provider)")
        }
        let request = PaymentRequest(
            id: "\(id)-authorize", kind: .authorize, amount: Money(payment.amount, order.currency),
            reference: payment.reference)
        let outcome = try await ask(.payments(payment.provider)) { try await provider.settle(request) }
        _ = try await waybill.perform(
            RecordAuthorization(payment: id, outcome: outcome, job: job.id), as: .system)
    }

    /// Asks a provider to capture, void or refund, outside of any transaction, by the effect's own id.
    private func settleEffect(_ job: Job) async throws {
        let id = try order(of: job)
        let number = try number(of: job)
        guard let order = try await waybill.read({ try OrderStore.order(id, in: $0) }),
            let effect = order.effects.first(where: { $0.number == number }),
            let payment = order.payments.first(where: { $0.number == effect.payment })
        else { throw BrokenInvariant("the job \(job.id) names an effect that is not there") }
        // Its provider has told the outcome by itself.
        if effect.state != .pending {
            try await act(FinishJob(job: job.id, followUp: nil))
            return
        }
        guard let provider = providers[payment.provider] else {
            throw Refusal(.unavailable, "no payment provider is connected as \(payment.provider)")
        }
        let request = PaymentRequest(
            id: "\(PaymentID(id, payment.number))-\(number)", kind: effect.kind.request,
            amount: Money(effect.amount, order.currency), reference: payment.reference)
        let outcome = try await ask(.payments(payment.provider)) { try await provider.settle(request) }
        _ = try await waybill.perform(
            RecordEffect(order: id, effect: number, outcome: outcome, job: job.id), as: .system)
    }
}
