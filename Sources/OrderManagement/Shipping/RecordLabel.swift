import Foundation

/// Job's end: a courier has answered for a label.
///
/// 1. Bought: the parcel bears it, and what the courier gave to be printed is kept. One that nobody needs any more is
///    asked to be taken back at once.
/// 2. A price above the channel's tolerance is shown to a person; the label stays.
/// 3. Refused: a person is told, with the courier's reason.
struct RecordLabel: Command {
    static let name = "record-label"
    let parcel: ParcelID
    let label: Int
    let outcome: LabelOutcome
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(parcel.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var (order, place, index) = try work.label(LabelName(of: parcel, label))
        switch outcome {
        case .bought(let tracking, let reference, let price, let document, let routing):
            try order.parcels[place].labels[index].take(
                tracking: tracking, reference: reference, price: price, routing: routing)
            let bought = order.parcels[place].labels[index]
            if bought.state == .bought { try order.stick(bought, on: place, in: &work) }
            order.tellOfPrice(of: bought, on: parcel, in: &work)
            if bought.state == .voiding {
                order.rememberNumber(of: bought, in: &work)
                work.ask(.voidLabel, for: LabelName(of: parcel, label), at: bought.connection)
            }
            let (id, number) = (parcel, label)
            if let document { work.write { try LabelDocumentStore.insert(document, of: id, number, in: $0) } }
        case .refused(let reason):
            let isWanted = order.parcels[place].labels[index].state == .pending
            try order.parcels[place].labels[index].apply(.fail)
            order.parcels[place].labels[index].reason = reason
            if isWanted { order.tellOfFailedLabel(of: place, reason, in: &work) }
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

/// Job's end: a courier has answered whether it takes a label back. One that it does not is paid for; a person hears.
struct RecordVoid: Command {
    static let name = "record-void"
    let parcel: ParcelID
    let label: Int
    let outcome: VoidOutcome
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(parcel.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var (order, place, index) = try work.label(LabelName(of: parcel, label))
        switch outcome {
        case .done: try order.parcels[place].labels[index].apply(.confirm)
        case .refused(let reason):
            try order.parcels[place].labels[index].apply(.refuse)
            order.parcels[place].labels[index].reason = reason
            let kept = order.parcels[place].labels[index]
            order.open(
                .labelFailed, subject: "\(parcel)/\(label)",
                cause: "\(kept.courier) does not take back the label \(kept.tracking ?? "") of order \(order.number), "
                    + "which cost \(kept.price ?? kept.quoted): \(reason)",
                owner: "finance", suggestion: "Ask the courier for the money; nobody sends a parcel under it.",
                in: &work)
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    /// A label that cost far more than was expected is shown to a person.
    fileprivate mutating func tellOfPrice(of label: Label, on parcel: ParcelID, in work: inout Work) {
        guard let price = label.price, let policy = work.configuration.channels[channel]?.policy.shipping,
            policy.isSurprised(by: price, insteadOf: label.quoted)
        else { return }
        let courier = work.configuration.couriers[label.courier]?.name ?? label.courier
        open(
            .priceChanged, subject: "\(parcel)/\(label.number)",
            cause: "\(courier) took \(price) for the label \(label.tracking ?? "") of order \(number), "
                + "\(label.quoted) was expected of \(label.courier)/\(label.service)",
            owner: "finance",
            suggestion: "Ask the courier, and mend its tariff if it is out of date; the label is kept. To go by "
                + "another service, take it off and buy another one.", in: &work)
    }
}

extension Order {
    /// The label that an exception about its price names, with its parcel.
    func dearLabel(_ subject: String?) -> (parcel: Parcel, label: Label)? {
        let names = (subject ?? "").split(separator: "/").map(String.init)
        guard names.count == 2, let parcel = parcel(named: names[0]),
            let label = parcel.labels.first(where: { $0.number == Int(names[1]) })
        else { return nil }
        return (parcel, label)
    }
}

/// A label by its parcel and its number within it: what jobs about labels carry.
struct LabelName: Hashable, Sendable {
    let parcel: ParcelID
    let number: Int

    init(of parcel: ParcelID, _ number: Int) { (self.parcel, self.number) = (parcel, number) }

    /// - Returns: nil for a job that names none.
    init?(_ job: Job) {
        let numbers = job.payload.split(separator: " ").compactMap { Int($0) }
        guard let order = job.order, numbers.count == 2 else { return nil }
        self.init(of: ParcelID(order, numbers[0]), numbers[1])
    }

    var payload: String { "\(parcel.number) \(number)" }
}

extension Work {
    /// Has a courier asked about a label.
    mutating func ask(_ kind: JobKind, for label: LabelName, at connection: String) {
        enqueue(kind, of: label.parcel.order, payload: label.payload, due: now, asks: connection)
    }

    /// A label with its order, by the places of its parcel and of itself.
    func label(_ name: LabelName) throws -> (order: Order, place: Int, index: Int) {
        let (order, place) = try parcel(name.parcel)
        guard let index = order.parcels[place].labels.firstIndex(where: { $0.number == name.number }) else {
            throw BrokenInvariant("the parcel \(name.parcel) has no label \(name.number)")
        }
        return (order, place, index)
    }
}

/// What couriers gave to be printed, in its table.
public enum LabelDocumentStore {
    private static let insert = Statement(
        """
        INSERT INTO label_documents (order_id, parcel, label, format, content)
        VALUES (#order_id, #parcel, #label, :format, :content)
        """)
    private static let one = Statement(
        """
        SELECT format, content FROM label_documents
        WHERE order_id = #order_id AND parcel = #parcel AND label = #label
        """)

    private static let form = Statement(
        "SELECT format FROM label_documents WHERE order_id = #order_id AND parcel = #parcel AND label = #label")

    /// In which form the courier gave a label; nil where the retailer prints it itself.
    public static func format(
        of parcel: ParcelID, _ label: Int, in db: any Connection
    ) throws -> LabelDocument.Format? {
        try db.first(form, [.integer(parcel.order.value), SQLValue(parcel.number), SQLValue(label)]) { row in
            guard let format = LabelDocument.Format(rawValue: try row.text(0)) else {
                throw BrokenInvariant("the label \(label) of \(parcel) cannot be read")
            }
            return format
        }
    }

    static func insert(_ document: LabelDocument, of parcel: ParcelID, _ label: Int, in db: any Connection) throws {
        try db.change(
            insert,
            [
                [
                    .integer(parcel.order.value), SQLValue(parcel.number), SQLValue(label),
                    .text(document.format.rawValue), .text(Data(document.content).base64EncodedString()),
                ]
            ])
    }

    /// What the courier gave for a label; nil where the retailer prints it itself.
    public static func document(
        of parcel: ParcelID, _ label: Int, in db: any Connection
    ) throws -> LabelDocument? {
        try db.rows(one, [.integer(parcel.order.value), SQLValue(parcel.number), SQLValue(label)]) { row in
            guard let format = LabelDocument.Format(rawValue: try row.text(0)),
                let content = Data(base64Encoded: try row.text(1))
            else { throw BrokenInvariant("the label \(label) of \(parcel) cannot be read") }
            return LabelDocument(format: format, content: Array(content))
        }.first
    }
}
