/// Which boxes of a job left, of those that were to be stopped: all of them, or those that somebody names.
struct LeftBoxes {
    /// Their places in the order; nil where all of them left.
    let places: [Int]?
    /// Units in them that the order waits for at a store by now, by line.
    let sent: [Int: Int64]
    /// Of the goods that were to be stopped those that are in them, and that nobody is to have.
    let gone: [SKUQuantity]
    /// The same by the place of a box and by line; nothing where all of them left.
    let unwanted: [Int: [Int: Int64]]

    func contains(_ place: Int) -> Bool { places?.contains(place) ?? true }
}

extension Order {
    /// The boxes that an exception asks to stop, one by one: they bore labels when their job was changed or given up,
    /// and nobody has packed it anew since.
    public func boxesAsked(by question: OrderException) -> [Parcel] {
        placesAsked(by: question).map { parcels[$0] }
    }

    func names(of boxes: [Parcel]) -> [ParcelID] { boxes.map { ParcelID(id, $0.number) } }

    /// The boxes that are for it alone to answer for: of what several ask about, the eldest is answered first.
    func placesAsked(by question: OrderException) -> [Int] {
        places(ofJobOf: question).filter { answering(for: $0, among: [question])?.id == question.id }
    }

    /// The boxes of a job that goods of an exception lie in: as many as hold them, those first that are known to have
    /// left.
    func places(of job: Int, holding goods: [SKUQuantity]) -> [Int] {
        var left = Dictionary(goods.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        let boxes = parcels.indices.filter { parcels[$0].fulfillment == job }
        let gone = boxes.filter { place in parcels[place].labels.contains(where: \.hasLeft) }
        return (gone + boxes.filter { !gone.contains($0) }).filter { place in
            var isHolding = false
            for entry in parcels[place].held {
                guard let sku = line(entry.line)?.sku, let wanted = left[sku], wanted > 0 else { continue }
                left[sku] = max(0, wanted - entry.quantity)
                isHolding = true
            }
            return isHolding
        }
    }

    /// Boxes of the job that an interception is about that have not left.
    private func places(ofJobOf question: OrderException) -> [Int] {
        guard question.kind == .interception, let job = question.subject.flatMap({ FulfillmentID($0) }), job.order == id
        else { return [] }
        return parcels.indices.filter { parcels[$0].fulfillment == job.number && !parcels[$0].state.isSent }
    }

    /// Whom it is to be said to what became of a box: one open exception, so that no box leaves by one of them and is
    /// here by another. A box that was opened in the books is the eldest's that asked about it; one that lies packed
    /// though its job is over is the newest's: those before it asked about boxes that were packed anew since.
    ///
    /// - Parameter others: Open ones that the order does not list any more while they are answered.
    private func answering(for place: Int, among others: [OrderException] = []) -> OrderException? {
        let parcel = parcels[place]
        let name = FulfillmentID(id, parcel.fulfillment).description
        var open = others.filter { other in !exceptions.contains { $0.id == other.id } } + exceptions.filter(\.isOpen)
        open = open.filter { $0.kind == .interception && $0.subject == name }.sorted { $0.id < $1.id }
        if let opening = parcel.opening { return open.first { opening.questions.contains($0.id) } }
        guard let part = fulfillments.first(where: { $0.number == parcel.fulfillment }),
            [.cancelled, .rejected, .expired].contains(part.state), !parcel.lines.isEmpty,
            let label = parcel.labels.last(where: { $0.tracking != nil })
        else { return nil }
        return open.last { $0.openedAt >= label.chosenAt }
    }

    /// What it means that boxes left.
    ///
    /// What left is first of all what the order still wants; only what is in them beyond that leaves for nobody.
    ///
    /// - Parameter named: Those that left, the others were stopped; nil for all.
    /// - Throws: `.invalidInput` for a parcel that the exception does not ask about, and for one that is named twice.
    func leftBoxes(
        _ named: [ParcelID]?, of question: OrderException, in work: Work
    ) throws(Refusal) -> LeftBoxes {
        guard let named else {
            let sent = unitsLeft(byPostOf: question.subject, in: work) { _ in true }
            return LeftBoxes(places: nil, sent: sent, gone: question.goods.less(parts(of: sent)), unwanted: [:])
        }
        let places = try places(named, askedAboutBy: question)
        let sent = unitsLeft(byPostOf: question.subject, in: work) { places.contains($0) }
        let job = question.subject.flatMap { FulfillmentID($0) }
        let part = fulfillments.first { $0.number == job?.number }
        var wanted = sent
        if let part, part.state == .picking {
            wanted = Dictionary(part.lines.map { ($0.line, $0.picked) }, uniquingKeysWith: +)
        }
        var rest = Dictionary(question.goods.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        var unwanted: [Int: [Int: Int64]] = [:]
        for place in places {
            for entry in parcels[place].heldUntold {
                guard let line = line(entry.line) else { continue }
                let kept = min(entry.quantity, wanted[entry.line] ?? 0)
                wanted[entry.line, default: 0] -= kept
                let units = line.goods.reduce(entry.quantity - kept) { min($0, (rest[$1.sku] ?? 0) / $1.quantity) }
                guard units > 0 else { continue }
                unwanted[place, default: [:]][entry.line, default: 0] += units
                for goods in line.goods { rest[goods.sku, default: 0] -= units * goods.quantity }
            }
        }
        let stopped = rest.keys.sorted().compactMap { sku in
            rest[sku].flatMap { $0 > 0 ? SKUQuantity(sku: sku, quantity: $0) : nil }
        }
        return LeftBoxes(places: places, sent: sent, gone: question.goods.less(stopped), unwanted: unwanted)
    }

    private func places(_ named: [ParcelID], askedAboutBy question: OrderException) throws(Refusal) -> [Int] {
        let asked = placesAsked(by: question)
        var wrong: [Refusal.Detail] = []
        var places: [Int] = []
        for (index, name) in named.enumerated() {
            if let first = named.firstIndex(of: name), first < index {
                let reason = "\(name) is named before, at /parcels/\(first): name each box once"
                wrong.append(.init("/parcels/\(index)", .invalidInput, reason))
                continue
            }
            if let place = asked.first(where: { name == ParcelID(id, parcels[$0].number) }) {
                places.append(place)
                continue
            }
            let other = self.places(ofJobOf: question).first { name == ParcelID(id, parcels[$0].number) }
                .flatMap { answering(for: $0, among: [question]) }
            if let other {
                let reason = "\(name) is a box that \(other.id) asks to stop, which is open: say there first what "
                    + "became of it"
                wrong.append(.init("/parcels/\(index)", .invalidInput, reason))
                continue
            }
            let known = names(of: asked.map { parcels[$0] }).map(\.description).joined(separator: ", ")
            wrong.append(
                .init(
                    "/parcels/\(index)", .invalidInput,
                    known.isEmpty
                        ? "the boxes that it asked to stop are not known one by one any more: leave parcels out"
                        : "the exception does not ask to stop \(name), but \(known)"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return places.sorted()
    }

    /// Keeps what is known of boxes that were to be stopped: those that did not leave are here, to be packed anew, and
    /// what left in the others for nobody is not told a second time.
    mutating func note(_ left: LeftBoxes, of question: OrderException) {
        guard left.places != nil else { return }
        for place in placesAsked(by: question) {
            for label in parcels[place].labels.indices {
                if left.contains(place) {
                    parcels[place].labels[label].opened?.told.merge(left.unwanted[place] ?? [:], uniquingKeysWith: +)
                } else {
                    parcels[place].labels[label].opened = nil
                }
            }
        }
    }
}

extension Parcel {
    /// What it holds, or held when it was opened in the books.
    var held: [Fulfillment.Line] { lines.isEmpty ? opening?.lines ?? [] : lines }

    /// The same without what is known to have left in it though nobody is to have it.
    var heldUntold: [Fulfillment.Line] {
        let told = opening?.told ?? [:]
        return held.compactMap { entry in
            let units = entry.quantity - (told[entry.line] ?? 0)
            return units > 0 ? Fulfillment.Line(line: entry.line, quantity: units) : nil
        }
    }
}
