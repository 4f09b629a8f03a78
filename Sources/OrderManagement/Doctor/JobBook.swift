/// Work for later: whatever waits has a job that will see to it, or a person who knows.
enum JobBook {
    private static let page = Statement(
        """
        SELECT j.id, j.kind, j.order_id, j.state, o.id, j.lane, j.asks
        FROM jobs AS j LEFT JOIN orders AS o ON o.id = j.order_id WHERE j.id > #after ORDER BY j.id LIMIT #limit
        """)
    /// Resolved ones count: a person has seen the job, and its row stays.
    private static let shownOfOrder = Statement(
        "SELECT COUNT(*) FROM exceptions WHERE order_id = #order_id AND kind = 'buried_job'")
    private static let shownOfNone = Statement(
        "SELECT COUNT(*) FROM exceptions WHERE order_id IS NULL AND kind = 'buried_job'")
    private static let buriedOfNone = Statement(
        "SELECT COUNT(*) FROM jobs WHERE order_id IS NULL AND state = 'buried'")

    /// The jobs of one order, waiting and buried.
    static func examine(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        if file.stored.status == OrderStatus.Overall.open.rawValue {
            // What is done waits at no stage, also where goods of it come back later.
            let isAtStages = order.lines.contains { $0.open > 0 }
            for gate in order.gates where isAtStages && gate.state == .pending && gate.due != nil && !gate.isOverdue {
                examineJob(
                    .stageDue, of: file, payload: gate.name, "\(order.number) stage \(gate.name)", in: &examination)
            }
            for hold in order.holds where hold.stands && hold.until != nil {
                let name = HoldID(order.id, hold.number).description
                examineJob(.liftHold, of: file, payload: String(hold.number), name, in: &examination)
            }
            examineRelease(order, in: &examination)
        }
        examineWaiting(file, in: &examination)
        for line in order.lines where line.open > 0 {
            guard let date = line.availableFrom else { continue }
            examineJob(
                .releasePreorder, of: file, payload: String(date.milliseconds),
                OrderLineID(order.id, line.number).description, in: &examination)
        }
        for payment in order.payments where payment.state == .authorized {
            guard payment.expiresAt != nil, payment.capturable > 0 else { continue }
            examineJob(
                .expirePayment, of: file, payload: String(payment.number),
                PaymentID(order.id, payment.number).description, in: &examination)
        }
        for effect in order.effects where effect.state == .pending {
            let name = "\(PaymentID(order.id, effect.payment)) effect \(effect.number)"
            examineJob(.settleEffect, of: file, payload: String(effect.number), name, in: &examination)
        }
        if let open = order.openAmendment {
            let name = AmendmentID(order.id, open.number).description
            examineJob(.expireAmendment, of: file, payload: String(open.number), name, in: &examination)
        }
        for fulfillment in order.fulfillments where fulfillment.state == .ready {
            let name = FulfillmentID(order.id, fulfillment.number).description
            // A person may have been asked what becomes of them.
            let isAsked = order.exceptions.contains { $0.kind == .notCollected && $0.subject == name }
            if isAsked { continue }
            examineJob(.expirePickup, of: file, payload: String(fulfillment.number), name, in: &examination)
        }
        for fulfillment in order.fulfillments where fulfillment.transfer != nil {
            guard let transfer = fulfillment.transfer,
                !order.exceptions.contains(where: { $0.kind == .transferOverdue && $0.subject == transfer.description })
            else { continue }
            let name = FulfillmentID(order.id, fulfillment.number).description
            examineJob(.chaseTransfer, of: file, payload: String(transfer.value), name, in: &examination)
        }
        for fulfillment in order.fulfillments where fulfillment.state.isUnderWay {
            let name = FulfillmentID(order.id, fulfillment.number).description
            examineJob(.chaseWork, of: file, payload: String(fulfillment.number), name, in: &examination)
        }
        for entry in order.returns where entry.state == .approved {
            let name = ReturnID(order.id, entry.number).description
            examineJob(.expireReturn, of: file, payload: String(entry.number), name, in: &examination)
        }
        examineReturns(file, in: &examination)
    }

    /// What waits for stock, for whoever holds it, or for a person's release is looked at in time.
    private static func examineWaiting(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        if let date = order.nearestDate {
            // Those of an older version have a job that finds out when to look.
            let isNew = file.jobs.contains { $0.kind == JobKind.chaseBackorder.rawValue && $0.payload.isEmpty }
            let payload = isNew ? "" : String(date.milliseconds)
            examineJob(.chaseBackorder, of: file, payload: payload, order.number, in: &examination)
        }
        guard OrderStatus(of: order).overall != .cancelled else { return }
        for hold in order.holds where hold.stands && hold.reviewBy != nil {
            let name = HoldID(order.id, hold.number).description
            examineJob(.reviewHold, of: file, payload: String(hold.number), name, in: &examination)
        }
        guard let versions = examination.channels[order.channel] else { return }
        for part in order.fulfillments where versions.values.allSatisfy({ order.waitsForRelease(part, $0.policy) }) {
            let name = FulfillmentID(order.id, part.number).description
            examineJob(.chaseRelease, of: file, payload: String(part.number), name, in: &examination)
        }
    }

    /// Parcels of returns that couriers are asked after, and those of which somebody is to hear when nothing is heard.
    private static func examineReturns(_ file: OrderFile, in examination: inout Examination) {
        for entry in file.order.returns {
            let (name, payload) = (ReturnID(file.order.id, entry.number).description, String(entry.number))
            // At the end of all time only what is under way is still asked after.
            if entry.isComing, entry.terms.isAsked || entry.isAwaited(at: .latest) {
                examineJob(.followReturn, of: file, payload: payload, name, in: &examination)
            }
            // Its customer waits for the money: somebody is asked for it, or will be.
            let isAsked = file.order.exceptions.contains { $0.kind == .returnUnsettled && $0.subject == name }
            let isPaid = file.jobs.contains { $0.kind == JobKind.settleReturn.rawValue && $0.payload == payload }
            if entry.isUnsettled, !isAsked, !isPaid {
                examineJob(.expireReturn, of: file, payload: payload, name, in: &examination)
            }
            if entry.state == .inTransit, entry.terms.isWatched {
                examineJob(.chaseReturn, of: file, payload: payload, name, in: &examination)
            }
        }
    }

    private static func examineJob(
        _ kind: JobKind, of file: OrderFile, payload: String?, _ subject: String, in examination: inout Examination
    ) {
        guard !file.jobs.contains(where: { $0.kind == kind.rawValue && (payload == nil || $0.payload == payload) })
        else { return }
        examination.finding(.jobs, subject, "a job \(kind.rawValue)", "none", "Nothing would ever move it on.")
    }

    /// Passed gates release by themselves, unless a version of the channel ever left that to people.
    private static func examineRelease(_ order: Order, in examination: inout Examination) {
        guard order.stage == nil, !order.isOnHold, let versions = examination.channels[order.channel],
            versions.values.allSatisfy({ $0.policy.release == .automatic })
        else { return }
        let isComplete = order.lines.allSatisfy { $0.backordered == 0 }
        guard isComplete || versions.values.allSatisfy({ $0.policy.supply.backorderRelease == .available }) else {
            return
        }
        for fulfillment in order.fulfillments where fulfillment.state == .open && fulfillment.transfer == nil {
            guard order.streetDate(of: fulfillment) == nil else { continue }
            examination.finding(
                .jobs, FulfillmentID(order.id, fulfillment.number).description, "released", "open",
                "Every stage is passed and nothing holds it: nothing would ever move it on.")
        }
    }

    /// All jobs: of known kinds, of orders that exist, and shown to a person once buried.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = Int64.min
        while true {
            let rows = try examination.db.rows(page, [.integer(after), SQLValue(Doctor.rowsMax)], JobRow.init(row:))
            for row in rows { examine(row, in: &examination) }
            try examineBuried(rows, in: &examination)
            examination.count(.jobs, rows.count)
            guard let last = rows.last, rows.count == Doctor.rowsMax else { break }
            after = last.id.value
        }
        let buried = try examination.db.first(buriedOfNone) { try $0.integer(0) } ?? 0
        let open = try examination.db.first(shownOfNone) { try $0.integer(0) } ?? 0
        if open < buried {
            examination.compare(
                .jobs, "buried jobs without an order", "exceptions", expected: buried, found: open,
                "A buried job is shown to a person.")
        }
    }

    private struct JobRow {
        let id: JobID
        let kind: String
        let order: Int64?
        let isBuried: Bool
        let isOrderThere: Bool
        let lane: String
        let asks: String

        init(row: Row) throws {
            id = JobID(try row.integer(0))
            kind = try row.text(1)
            order = row.optionalInteger(2)
            isBuried = try row.text(3) == "buried"
            isOrderThere = !row.isNull(4)
            lane = try row.text(5)
            asks = try row.text(6)
        }
    }

    private static func examine(_ job: JobRow, in examination: inout Examination) {
        if let kind = JobKind(rawValue: job.kind) {
            examination.compare(
                .jobs, job.id.description, "lane", expected: kind.lane.rawValue, found: job.lane,
                "A job is looked for on the lane of its kind.")
            if !job.asks.isEmpty, !kind.lane.isOfConnections {
                examination.finding(
                    .jobs, job.id.description, "nobody asked", job.asks, "Nobody looks for it among those who ask.")
            }
        } else {
            examination.finding(.jobs, job.id.description, "a known kind", job.kind, "Nobody would do such a job.")
        }
        if let order = job.order, !job.isOrderThere {
            examination.finding(
                .jobs, job.id.description, "its order", "no \(OrderID(order))",
                "A job is about an order that is there.")
        }
    }

    private static func examineBuried(_ jobs: [JobRow], in examination: inout Examination) throws {
        let buried = Dictionary(grouping: jobs.filter(\.isBuried)) { $0.order }
        for (order, jobs) in buried.sorted(by: { $0.value[0].id < $1.value[0].id }) {
            guard let order else { continue }
            let open = try examination.db.first(shownOfOrder, [.integer(order)]) { try $0.int(0) } ?? 0
            guard open < jobs.count, let job = jobs.first else { continue }
            examination.finding(
                .jobs, job.id.description, "an exception `buried_job`", "none",
                "A buried job is shown to a person.")
        }
    }
}
