import Documents
import OrderManagement

/// Papers of orders, drawn as documents: says what of an order stands on which of them.
struct PaperPress: Paperwork {
    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8] {
        var documents: [any PrintableDocument] = []
        for paper in papers { documents.append(try Self.document(paper)) }
        do throws(DocumentError) {
            return try Press.pdf(of: documents)
        } catch {
            throw Refusal([.init("/" + error.field, .notPrintable, error.reason)])
        }
    }

    func labels(_ batch: LabelBatch, as format: LabelDocument.Format) throws(Refusal) -> LabelPrint {
        try LabelJob(batch).printed(as: format)
    }

    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String {
        var drawn: [ShippingLabel] = []
        for (facts, parcel) in labels { drawn.append(try Self.label(facts, parcel)) }
        do throws(DocumentError) {
            return try ShippingLabel.zpl(drawn)
        } catch {
            throw Refusal([.init("/" + error.field, .notPrintable, error.reason)])
        }
    }

    func zpl(of paper: Paper) throws(Refusal) -> String {
        let document = try Self.document(paper)
        do throws(DocumentError) {
            if let label = document as? ShippingLabel { return try ShippingLabel.zpl([label]) }
            if let code = document as? PickupCode { return try code.zpl() }
        } catch {
            throw Refusal([.init("/" + error.field, .notPrintable, error.reason)])
        }
        throw Refusal(.notPrintable, "this paper is larger than label printers take: ask for it as PDF")
    }

    /// What a paper shows.
    static func document(_ paper: Paper) throws(Refusal) -> any PrintableDocument {
        switch paper {
        case .packingSlip(let facts, let part): try slip(facts, part)
        case .parcelSlip(let facts, let part, let parcel): try slip(facts, part, in: parcel)
        case .pickList(let walk, let now): try list(walk, now)
        case .pickupCode(let facts, let part): try code(facts, part)
        case .parcelLabel(let facts, let parcel): try label(facts, parcel)
        case .handOverList(let list, let now): try handOver(list, now)
        case .returnLabel(let facts, let entry): try label(facts, entry)
        case .creditNote(let facts, let memo): try note(facts, memo)
        case .customs(let facts, let parcel): try CustomsForm(facts, parcel).declaration()
        }
    }

    /// - Parameter parcel: The one that it lies in; nil for all that the shipment has.
    private static func slip(
        _ facts: PaperFacts, _ part: Fulfillment, in parcel: Parcel? = nil
    ) throws(Refusal) -> PackingSlip {
        let order = facts.order
        func lines(_ units: [(OrderLine, Int64)]) -> [PackingSlip.Line] {
            units.filter { $0.1 > 0 }.map { line, count in
                let parts = line.components.map { "\($0.quantity) × \(facts.printedName(of: $0.sku))" }
                return PackingSlip.Line(
                    sku: line.sku, description: facts.printedName(of: line.sku), quantity: count,
                    note: parts.isEmpty ? nil : parts.joined(separator: ", "), isHazardous: facts.isHazardous(line))
            }
        }
        func units(_ entries: [Fulfillment.Line]) -> [(OrderLine, Int64)] {
            entries.compactMap { entry in order.line(entry.line).map { ($0, entry.quantity) } }
        }
        let boxes = order.boxes(of: part.number)
        let cash = parcel.map { order.cash(askedFor: $0) } ?? order.cash(askedFor: part)
        var slip = PackingSlip(
            retailer: facts.retailer, shipTo: (order.delivery.address ?? facts.collector).legible,
            collectAt: part.method == .pickup ? facts.location.onPaper : nil, order: order.number,
            number: "\(order.number)/\(part.number)", shipment: FulfillmentID(order.id, part.number).description,
            service: order.delivery.service.map(Self.words), parcels: max(1, boxes.count),
            lines: lines(units(part.lines)), date: try facts.date, language: facts.language, paper: facts.paper)
        slip.cash = cash > 0 ? Money(cash, order.currency) : nil
        if let parcel {
            slip.shipment = ParcelID(order.id, parcel.number).description
            let together = facts.together.boxes(with: parcel)
            slip.parcels = max(1, together.count)
            slip.parcel = (together.firstIndex { $0.number == parcel.number } ?? 0) + 1
            slip.lines = lines(units(parcel.lines))
            let others = together.filter { $0.number != parcel.number }.flatMap(\.lines)
            let beside = Dictionary(others.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
            slip.beside = lines(order.lines.map { ($0, beside[$0.number] ?? 0) })
        }
        // What is here counts as allocated until it leaves.
        let isHere = Dictionary(part.lines.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
        let held = part.state.holdsStock ? isHere : [:]
        slip.toFollow = lines(order.lines.map { ($0, $0.backordered + $0.allocated - (held[$0.number] ?? 0)) })
        return slip
    }

    /// A channel's services have codes alone: `next_day` is written `Next day`.
    private static func words(_ service: String) -> String {
        let words = service.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func list(_ walk: PickWalk, _ now: Timestamp) throws(Refusal) -> PickList {
        let date = try PrintedDate.day(now, at: walk.location)
        return PickList(
            location: walk.location.onPaper, number: "\(walk.location.code) \(date.iso)",
            picks: walk.picks.map {
                PickList.Pick(
                    bin: $0.bin, sku: $0.sku, description: Legible.text($0.name), quantity: $0.quantity,
                    target: "\($0.number)/\($0.fulfillment.number)")
            }, date: date, paper: .office(in: walk.location.address.country))
    }

    private static func handOver(_ list: HandOver, _ now: Timestamp) throws(Refusal) -> HandoverList {
        let date = try PrintedDate.day(now, at: list.location)
        let services = Dictionary(
            list.courier.tariff.services.map { ($0.code, $0.name) }, uniquingKeysWith: { first, _ in first })
        return HandoverList(
            location: list.location.onPaper, courier: Legible.text(list.courier.name),
            // A courier comes several times a day: what it took is known by its own list.
            number: list.closedAs?.description ?? "\(list.location.code) \(list.courier.code) \(date.iso)",
            parcels: list.entries.map { entry in
                let service = services[entry.parcel.service ?? ""] ?? entry.parcel.service ?? ""
                // By what its courier sorts; labels of our own are sorted by country and postcode, which are there.
                let text = entry.parcel.label.flatMap { $0.isDrawnHere ? nil : $0.routing }
                return HandoverList.Parcel(
                    tracking: entry.parcel.tracking ?? "",
                    reference: [entry.orderNumber, list.companions(of: entry)].compactMap { $0 }
                        .map(Legible.text).joined(separator: " · "),
                    service: [service, text].compactMap { $0 }.map(Legible.text).joined(separator: " · "),
                    postcode: entry.destination.postcode, country: entry.destination.country,
                    weightGrams: entry.parcel.weightGrams,
                    cash: entry.parcel.cash > 0 ? Money(entry.parcel.cash, entry.currency) : nil)
            }, date: date, paper: .office(in: list.location.address.country))
    }

    private static func code(_ facts: PaperFacts, _ part: Fulfillment) throws(Refusal) -> PickupCode {
        let order = facts.order
        var until: PrintedDate?
        if let collectBy = part.collectBy { until = try PrintedDate.day(collectBy, at: facts.location) }
        return PickupCode(
            location: facts.location.onPaper, order: order.number,
            name: Legible.text(order.delivery.delegate ?? order.customer.name),
            code: order.collectionCode, payload: "\(FulfillmentID(order.id, part.number)) \(order.collectionCode)",
            collectBy: until, date: try facts.date, language: facts.language)
    }

    static func label(_ facts: PaperFacts, _ parcel: Parcel) throws(Refusal) -> ShippingLabel {
        let order = facts.order
        guard let address = order.delivery.address, let tracking = parcel.tracking, let courier = parcel.courier else {
            throw Refusal(.notPrintable, "the parcel \(parcel.number) of order \(order.number) bears no label")
        }
        let parcels = facts.together.boxes(with: parcel)
        let place = (parcels.firstIndex { $0.number == parcel.number } ?? 0) + 1
        let service = parcel.service ?? ""
        var label = ShippingLabel(
            courier: Legible.text(facts.carriers[courier] ?? courier),
            service: Legible.text(facts.carriers["\(courier)/\(service)"] ?? service),
            routing: parcel.label?.routing.map { cut($0, to: ShippingLabel.routingMax) },
            zone: parcel.label?.zone.map { cut($0, to: ShippingLabel.zoneMax) },
            sender: Party(facts.retailer), recipient: Party(address.legible),
            weightGrams: parcel.weightGrams > 0 ? parcel.weightGrams : nil, parcel: place,
            parcels: max(place, parcels.count), reference: order.number,
            code: parcel.sscc.flatMap { SSCC($0) }.map { .sscc($0) } ?? .number(tracking),
            date: try facts.date, language: facts.language)
        label.hasDangerousGoods = facts.isHazardous(parcel)
        label.cash = parcel.cash > 0 ? Money(parcel.cash, order.currency) : nil
        return label
    }

    /// What others say has room: whoever reads a label sees where something is missing.
    private static func cut(_ text: String, to most: Int) -> String {
        let text = Legible.text(text)
        return text.count <= most ? text : text.prefix(most - 1) + "…"
    }

    private static func label(_ facts: PaperFacts, _ entry: Return) throws(Refusal) -> ShippingLabel {
        let name = entry.reference(in: facts.order)
        // What people read, as long as the bars have room for it.
        let id = ReturnID(facts.order.id, entry.number).description
        let isPlain = name.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        let isCodable = isPlain && name.utf8.count <= ShippingLabel.numberMax
        var code = ShippingLabel.Code.number(isCodable ? name : String(id.prefix(ShippingLabel.numberMax)))
        // What its courier scans is its own number, where the bars have room for it; the return's is in print.
        let given = ownCode(entry.terms.tracking)
        if let given { code = given }
        var label = ShippingLabel(
            courier: entry.terms.courier.map { Legible.text(facts.carriers[$0] ?? $0) }, service: "",
            sender: Party((facts.order.delivery.address ?? facts.customer).legible),
            recipient: Party(entry.terms.destination?.address ?? facts.location.address), weightGrams: nil,
            reference: facts.order.number, code: code,
            date: try facts.date, language: facts.language, purpose: .returning(authorization: name))
        label.hasDangerousGoods = entry.lines.contains { facts.order.line($0.line).map(facts.isHazardous) ?? false }
        if given == nil { label.tracking = entry.terms.tracking.map(Legible.text) }
        label.isPostagePaid = entry.terms.postage == .merchant
        return label
    }

    /// A courier's number as bars; nil for none, and for one that they have no room for.
    private static func ownCode(_ number: String?) -> ShippingLabel.Code? {
        guard let number, !number.isEmpty, number.utf8.count <= ShippingLabel.numberMax,
            number.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return SSCC(number).map { .sscc($0) } ?? .number(number)
    }

    private static func note(_ facts: PaperFacts, _ memo: CreditMemo) throws(Refusal) -> CreditNote {
        let order = facts.order
        func money(_ amount: Int64) -> Money { Money(amount, order.currency) }
        var lines = memo.lines.map { entry in
            let sku = order.line(entry.line)?.sku ?? ""
            return CreditNote.Line(
                description: facts.printedName(of: sku), note: sku, quantity: entry.units > 0 ? entry.units : nil,
                amount: money(entry.amount), tax: money(entry.tax))
        }
        let charges: [(CreditNote.Charge, Int64, Int64)] = [
            (.shipping, memo.shipping, memo.shippingTax), (.fees, memo.fees, memo.feesTax),
            (memo.retained < 0 ? .givenUp : .keptBack, -memo.retained, -order.taxes(keptBy: memo)),
        ]
        for (charge, amount, tax) in charges where amount != 0 {
            lines.append(CreditNote.Line(charge, amount: money(amount), tax: money(tax), in: facts.language))
        }
        var paid: [(place: CreditNote.Place, amount: Int64)] = memo.setOff > 0 ? [(.setOff, memo.setOff)] : []
        for effect in order.effects where effect.memo == memo.number && effect.state == .done {
            let place = place(of: effect, in: order)
            if let known = paid.firstIndex(where: { $0.place == place }) {
                paid[known].amount += effect.amount
            } else {
                paid.append((place, effect.amount))
            }
        }
        return CreditNote(
            retailer: facts.retailer, billTo: facts.customer.legible, number: memo.name, order: order.number,
            reason: CreditReason(rawValue: memo.reason)?.words(in: facts.language) ?? memo.reason, lines: lines,
            refunds: paid.map { .init(to: $0.place, amount: money($0.amount)) },
            total: money(memo.amount), date: try PrintedDate.day(memo.at, at: facts.location), language: facts.language,
            paper: facts.paper)
    }

    /// Where a refund went, as its customer knows it.
    private static func place(of effect: PaymentEffect, in order: Order) -> CreditNote.Place {
        let provider = order.payments.first { $0.number == effect.payment }?.provider
        switch effect.paidTo ?? (provider == StoreCredit.provider ? StoreCredit.provider : "") {
        case "": return .source
        case StoreCredit.provider: return .storeCredit
        case "exchange": return effect.reason == "reship" ? .reshipment : .exchange
        case let name: return .tender(name)
        }
    }
}

extension PaperFacts {
    /// The channel's name over the address of the location.
    var retailer: Address {
        var address = location.address
        address.name = channel.name
        return address.legible
    }

    /// The customer, where they had the goods sent if that is to themselves: another's address is not theirs.
    fileprivate var customer: Address {
        if let address = order.delivery.address, address.name == order.customer.name { return address }
        return nobodysAddress(order.customer.name, order.customer.email)
    }

    /// Who comes for a pickup.
    fileprivate var collector: Address { nobodysAddress(order.delivery.delegate ?? order.customer.name) }

    /// Somebody of whom no address is known.
    private func nobodysAddress(_ name: String, _ line: String? = nil) -> Address {
        Address(
            name: name, lines: line.map { [$0] } ?? [], city: "", postcode: "", country: location.address.country)
    }

    /// Goods are known by their SKU: a sign that nobody can print does not keep their papers from being printed.
    func printedName(of sku: String) -> String { Legible.text(name(of: sku)) }

    /// Of sheets: what printers hold in the country of the location that prints them.
    fileprivate var paper: PaperSize { .office(in: location.address.country) }

    /// The customer's own, or the channel's.
    var language: DocumentLanguage {
        DocumentLanguage(tag: order.customer.language ?? channel.policy.messages.language)
    }

    var date: PrintedDate { get throws(Refusal) { try .day(at, at: location) } }
}

extension Location {
    /// Its name over its address.
    fileprivate var onPaper: Address {
        var paper = address
        paper.name = name
        return paper.legible
    }
}

extension Address {
    /// With a sign in place of each character that cannot be printed: a parcel arrives without the flower in a name.
    var legible: Address {
        Address(
            name: Legible.text(name), lines: lines.map(Legible.text), city: Legible.text(city),
            region: region.map(Legible.text), postcode: Legible.text(postcode), country: country)
    }
}

extension PrintedDate {
    /// - Throws: `.notPrintable` for a moment that no paper bears.
    static func day(_ moment: Timestamp, at location: Location) throws(Refusal) -> PrintedDate {
        guard let day = PrintedDate(moment, zone: location.calendar.zone) else {
            throw Refusal(.notPrintable, "\(moment) is on no calendar of \(location.calendar.zone)")
        }
        return day
    }
}

extension String {
    /// As many letters as have room, letters of eastern scripts taking that of two; with `…` for the rest.
    func shortened(to most: Int) -> String {
        func width(_ letter: Character) -> Int { letter.unicodeScalars.contains { $0.value >= 0x1100 } ? 2 : 1 }
        guard reduce(0, { $0 + width($1) }) > most else { return self }
        var (kept, room) = ("", most - 1)
        for letter in self {
            room -= width(letter)
            guard room >= 0 else { break }
            kept.append(letter)
        }
        return kept + "…"
    }
}
