import OrderManagement

/// A form about one fulfillment.
struct FulfillmentForm {
    let order: Order
    let part: Fulfillment
    let form: ConsoleForm
    let clock: WallClock

    private var id: FulfillmentID { FulfillmentID(order.id, part.number) }
    private var name: String { "Fulfillment \(part.number) of \(order.number)" }

    /// - Parameter noun: of the call that does the same, such as `packings`.
    func wish(_ noun: String) throws -> Console.Wish {
        switch noun {
        case "releases": return wish(ReleaseFulfillment(fulfillment: id), "was released to \(part.location)")
        case "acceptances": return wish(AcceptFulfillment(fulfillment: id), "was accepted")
        case "picks": return wish(PickFulfillment(fulfillment: id), "was picked")
        case "unpackings": return wish(UnpackFulfillment(fulfillment: id), "was unpacked")
        case "readiness": return wish(MakeFulfillmentReady(fulfillment: id), "is ready to collect")
        case "deliveries": return wish(DeliverFulfillment(fulfillment: id), "was delivered")
        case "cancellations": return wish(CancelFulfillment(fulfillment: id), "was cancelled")
        case "packings":
            return Console.Wish(command: try pack(), done: "\(name) was packed.", papersOf: part.number)
        case "extensions":
            let until = try form.endOfDay("until", "Until", clock)
            return wish(
                ExtendCollection(fulfillment: id, until: until), "is kept until \(clock.time(until).text)")
        case "expirations": return wish(GiveUpCollection(fulfillment: id), "was given up: put its goods back")
        case "shipments": return wish(ship(), "was shipped")
        case "rejections":
            let reason = try form.word("reason", "Reason", RejectionReason.self)
            let command = RejectFulfillment(
                fulfillment: id, lines: try form.units(of: order), reason: reason,
                components: (form.text("components") ?? "").split(separator: " ").map(String.init))
            return wish(command, "was rejected; its units are looked for elsewhere")
        case "collections":
            let command = CollectFulfillment(
                fulfillment: id, lines: try form.units(of: order),
                collectedBy: try form.required("collected_by", "Collected by"), code: form.text("code"))
            return wish(command, "was collected")
        default: throw Refusal(.notFound, "a fulfillment has no form called \(noun)")
        }
    }

    private func wish(_ command: any Command, _ what: String) -> Console.Wish {
        Console.Wish(command: command, done: "\(name) \(what).")
    }

    /// One parcel with everything, as heavy as it was weighed; else the boxes that are suggested. A pickup without a
    /// weight goes without a parcel.
    private func pack() throws -> PackFulfillment {
        let weight = try form.integer("weight_g", "Weight", in: 1...10_000_000)
        guard let weight else { return PackFulfillment(fulfillment: id, parcels: nil) }
        let units = part.lines.map { LineQuantity(line: OrderLineID(order.id, $0.line), quantity: $0.quantity) }
        return PackFulfillment(fulfillment: id, parcels: [.init(lines: units, weightGrams: weight)])
    }

    /// Parcels that bear a label go by it: what is typed is about the others.
    private func ship() -> ShipFulfillment {
        return ShipFulfillment(
            fulfillment: id,
            parcels: order.boxes(of: part.number).map { parcel in
                let name = ParcelID(order.id, parcel.number)
                guard parcel.label == nil else { return ShipFulfillment.ParcelDetail(parcel: name) }
                return ShipFulfillment.ParcelDetail(
                    parcel: name,
                    courier: form.text("courier").map { String($0.prefix(64)) },
                    service: form.text("service").map { String($0.prefix(64)) },
                    tracking: form.text(Self.tracking(parcel.number)).map { String($0.prefix(100)) })
            })
    }

    /// The name of the field that asks for the tracking number of a parcel.
    static func tracking(_ parcel: Int) -> String { "tracking-\(parcel)" }
}

/// A form about one parcel.
struct ParcelForm {
    let order: Order
    let parcel: Parcel
    let form: ConsoleForm

    /// What the customer gets for a parcel that does not come.
    enum Claim: String, CaseIterable { case refund, none }

    private var id: ParcelID { ParcelID(order.id, parcel.number) }
    private var name: String { "Parcel \(parcel.number) of \(order.number)" }

    /// - Parameter noun: of the call that does the same, such as `claims`.
    func wish(_ noun: String) throws -> Console.Wish {
        let note = form.text("note")
        switch noun {
        case "labels":
            return Console.Wish(
                command: BuyLabel(parcel: id, again: parcel.label != nil),
                done: "A label for \(name) is being bought.",
                papersOf: parcel.fulfillment)
        case "voidings": return Console.Wish(command: VoidLabel(parcel: id), done: "\(name) bears no label any more.")
        case "claims":
            let claim = try form.word("resolution", "The customer gets", Claim.self)
            let amount = form.text("amount") == nil ? nil : try form.money("amount", "Amount", in: order.currency)
            return Console.Wish(
                command: ClaimParcel(
                    parcel: id, resolution: claim == .refund ? .refund : .none, amount: amount, note: note),
                done: "\(name) is settled as lost.")
        case "deliveries":
            return Console.Wish(command: DeliverParcel(parcel: id), done: "\(name) has arrived.")
        case "reshipments":
            return Console.Wish(
                command: ReshipParcel(parcel: id, note: note), done: "The goods of \(name) are sent once more:")
        default: throw Refusal(.notFound, "a parcel has no form called \(noun)")
        }
    }
}
