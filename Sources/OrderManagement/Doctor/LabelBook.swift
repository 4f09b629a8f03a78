/// The labels: a parcel bears one at most and goes by it, whatever is asked of couriers has a job, and what they were
/// paid for is written down.
enum LabelBook {
    static func examine(_ file: OrderFile, in examination: inout Examination) {
        let order = file.order
        for parcel in order.parcels {
            examination.count(.labels, parcel.labels.count)
            examineLabels(parcel, of: order, in: &examination)
            examineNumber(parcel, of: order, in: &examination)
            for label in parcel.labels { examine(label, on: parcel, of: file, in: &examination) }
        }
        examineJobs(file, in: &examination)
    }

    // MARK: Parcels

    private static func examineLabels(_ parcel: Parcel, of order: Order, in examination: inout Examination) {
        let subject = ParcelID(order.id, parcel.number).description
        let numbers = parcel.labels.map(\.number)
        if numbers != Array(1..<(numbers.count + 1)) {
            examination.finding(
                .labels, subject, "labels 1 to \(numbers.count)", "\(numbers)",
                "A label is bought by the parcel's name and its own number: none is used twice.")
        }
        let live = parcel.labels.filter(\.state.isLive)
        if live.count > 1 {
            examination.finding(
                .labels, subject, "one label at most", "\(live.count)", "A parcel bears one label, or waits for one.")
        }
        if parcel.state == .labelled || parcel.state == .packed {
            examination.compare(
                .labels, subject, "labelled", expected: live.last?.state == .bought ? "yes" : "no",
                found: parcel.state == .labelled ? "yes" : "no", "A parcel is labelled by a label that was bought.")
            examineUse(parcel, of: order, live.last, subject, in: &examination)
        } else if live.contains(where: { $0.state == .pending }) {
            examination.finding(
                .labels, subject, "no label to come", "pending", "A parcel leaves after its courier has answered.")
        }
        guard let label = live.last, label.state == .bought else { return }
        let pairs: [(what: String, told: String?, borne: String?)] = [
            ("courier", label.courier, parcel.courier), ("service", label.service, parcel.service),
            ("tracking", label.tracking, parcel.tracking),
        ]
        for (what, told, borne) in pairs {
            examination.compare(
                .labels, subject, what, expected: told, found: borne, "A parcel goes by the label that it bears.")
        }
    }

    /// Nobody pays for labels of what is not to be sent.
    private static func examineUse(
        _ parcel: Parcel, of order: Order, _ label: Label?, _ subject: String, in examination: inout Examination
    ) {
        guard let label, let part = order.fulfillments.first(where: { $0.number == parcel.fulfillment }) else { return }
        let isOver = part.state == .cancelled || part.state == .rejected
        guard parcel.lines.isEmpty || isOver || part.method == .pickup else { return }
        examination.finding(
            .labels, subject, "no label", label.state.rawValue,
            "What was unpacked, called off or is collected needs no label.")
    }

    private static func examineNumber(_ parcel: Parcel, of order: Order, in examination: inout Examination) {
        guard let number = parcel.sscc, SSCC(number)?.digits != number else { return }
        examination.finding(
            .labels, ParcelID(order.id, parcel.number).description, "18 digits, the last of which checks them", number,
            "Scanners refuse a number from GS1 that is none.")
    }

    // MARK: Labels

    private static func examine(
        _ label: Label, on parcel: Parcel, of file: OrderFile, in examination: inout Examination
    ) {
        let name = LabelName(of: ParcelID(file.order.id, parcel.number), label.number)
        let subject = "\(name.parcel)/\(name.number)"
        let isSold =
            switch label.state {
            case .bought, .voiding, .voided, .kept: true
            case .pending, .failed, .unwanted: false
            }
        if isSold != (label.price != nil && label.tracking != nil) {
            examination.finding(
                .labels, subject, isSold ? "a price and a tracking number" : "neither price nor tracking number",
                "price \(label.price?.description ?? "none"), tracking \(label.tracking ?? "none")",
                "What a courier sold has a price and a number; nothing else has.")
        }
        if label.isOwn, label.state != .bought, label.state != .voided {
            examination.finding(
                .labels, subject, "bought or voided", label.state.rawValue,
                "For the retailer's own labels nobody is asked.")
        }
        guard let kind = label.state.asks else { return }
        guard !file.jobs.contains(where: { $0.kind == kind.rawValue && $0.payload == name.payload }) else { return }
        examination.finding(
            .labels, subject, "a job \(kind.rawValue)", "none", "A courier that is to be asked is asked by a job.")
    }

    /// Jobs about labels ask what is still open, and a parcel under way is asked after.
    private static func examineJobs(_ file: OrderFile, in examination: inout Examination) {
        var open: Set<String> = []
        for parcel in file.order.parcels {
            for label in parcel.labels {
                guard let kind = label.state.asks else { continue }
                let name = LabelName(of: ParcelID(file.order.id, parcel.number), label.number)
                open.insert("\(kind.rawValue) \(name.payload)")
            }
            let isUnderWay = parcel.isFollowed && parcel.state.isSent && !parcel.state.isFinal
            let asks = file.jobs.contains {
                $0.kind == JobKind.followParcel.rawValue && $0.payload == String(parcel.number)
            }
            let name = ParcelID(file.order.id, parcel.number).description
            if !asks, isUnderWay || parcel.isAsked {
                examination.finding(
                    .labels, name, "a job \(JobKind.followParcel.rawValue)", "none",
                    "Nobody would hear that it has arrived.")
            }
            if asks, !parcel.isAsked {
                examination.finding(
                    .labels, name, "known to be asked after", "not known",
                    "Who is asked after a parcel is known, so that nobody is asked twice.")
            }
        }
        for job in file.jobs where job.kind == JobKind.buyLabel.rawValue || job.kind == JobKind.voidLabel.rawValue {
            guard !open.contains("\(job.kind) \(job.payload)") else { continue }
            examination.finding(
                .labels, file.order.number, "no job \(job.kind) for \(job.payload)", "one",
                "A courier is asked only what is not settled yet.")
        }
    }

    // MARK: All parcels together

    private static let numbersTwice = Statement(
        """
        SELECT sscc, COUNT(*) FROM parcels WHERE sscc IS NOT NULL
        GROUP BY sscc HAVING COUNT(*) > 1 ORDER BY sscc LIMIT #limit
        """)
    /// What is counted of all ways of a service together, less what is counted on each of them.
    private static let records = Statement(
        """
        SELECT courier, service, SUM(CASE WHEN area = '' THEN parcels ELSE -parcels END),
               SUM(CASE WHEN area = '' THEN on_time ELSE -on_time END)
        FROM courier_records GROUP BY courier, service
        HAVING SUM(CASE WHEN area = '' THEN parcels ELSE -parcels END) <> 0
            OR SUM(CASE WHEN area = '' THEN on_time ELSE -on_time END) <> 0
        ORDER BY courier, service LIMIT #limit
        """)

    /// Numbers that name one parcel, and counts that add up.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let limit = SQLValue(Doctor.Report.findingsMax)
        for (number, count) in try examination.db.rows(numbersTwice, [limit], { (try $0.text(0), try $0.integer(1)) }) {
            examination.compare(
                .labels, number, "parcels of this number", expected: 1, found: count,
                "A number from GS1 names one parcel and no other.")
        }
        progress(0.5)
        let wrong = try examination.db.rows(records, [limit]) {
            (try $0.text(0), try $0.text(1), try $0.integer(2), try $0.integer(3))
        }
        for (courier, service, parcels, onTime) in wrong {
            examination.finding(
                .labels, "\(courier)/\(service)", "as many parcels on all ways as on each together",
                "\(parcels) more, \(onTime) more in time", "What is known of a service is the sum of its ways.")
        }
    }
}

extension Label.State {
    /// What its courier is being asked; nil where it has answered.
    var asks: JobKind? {
        switch self {
        case .pending, .unwanted: .buyLabel
        case .voiding: .voidLabel
        case .bought, .failed, .voided, .kept: nil
        }
    }
}
