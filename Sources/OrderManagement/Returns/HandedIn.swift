/// Goods of a parcel that was settled as lost and that are here all the same: its customer handed them in, or they came
/// with a return that they are not of. They are not expected back once more, whatever the courier says of the parcel.
extension Order {
    /// Units of a parcel, by line, that are here without its courier having brought them.
    func handedIn(_ parcel: Parcel) -> [Int: Int64] {
        var units = parcel.claim?.handedIn ?? [:]
        for goods in returns.flatMap(\.terms.found) {
            if let origin = goods.origin, origin.parcel == parcel.number {
                units[origin.line, default: 0] += goods.quantity
            }
        }
        return units
    }

    /// Units of a parcel, by line, that are not known to be here but by its courier.
    func awaited(_ parcel: Parcel) -> [Int: Int64] { parcel.units.without(handedIn(parcel)) }

    /// Whether all that was in a parcel is here, without its courier having brought it.
    func isHandedIn(_ parcel: Parcel) -> Bool { !parcel.lines.isEmpty && awaited(parcel).isEmpty }

    /// Units of a line that are here: what returns received, and what of lost parcels came in otherwise.
    func unitsHere(_ line: OrderLine) -> Int64 {
        parcels.reduce(line.returned) { $0 + (handedIn($1)[line.number] ?? 0) }
    }

    /// No more units of a line come in than have left and are not here.
    func unitsOutside(_ line: OrderLine) -> Int64 { max(0, line.shipped - unitsHere(line)) }

    /// Why no more units of a line come with a return: what came by what, and what else is to come.
    func objectionToMore(of line: OrderLine, with index: Int) -> String {
        let isBrought = returns[index].lines.contains { $0.line == line.number && $0.reason == .undelivered }
        let reason = isBrought
            ? "can come: its courier was to bring no more"
            : "can come: the customer has no more of this order; what is not theirs is named as found"
        var parts = returns.compactMap { entry in
            let units = entry.lines.reduce(Int64(0)) { $1.line == line.number ? $0 + $1.received : $0 }
            return units > 0 ? "\(units) with the return \(entry.reference(in: self))" : nil
        }
        for parcel in parcels {
            guard let units = handedIn(parcel)[line.number], units > 0 else { continue }
            parts.append("\(units) of the parcel \(ParcelID(id, parcel.number)), handed in after it was settled")
        }
        parts += returns.indices.compactMap { other in
            guard other != index, let units = expected(line.number, of: other) else { return nil }
            return "\(units) to come with \(returns[other].reference(in: self)), which its courier brings"
        }
        return parts.isEmpty ? reason : "\(reason). Of \(line.shipped) sent: " + parts.joined(separator: ", ")
    }

    /// Units of a line that a courier brings back with a return, and that are still to come; nil for none.
    private func expected(_ line: Int, of index: Int) -> Int64? {
        guard returns[index].state.isOpen else { return nil }
        let units = returns[index].lines.reduce(Int64(0)) {
            $1.line == line && $1.reason == .undelivered ? $0 + $1.expected : $0
        }
        return units > 0 ? units : nil
    }

    // MARK: What came with a return that it is not of

    /// Why goods that came with a return are not simply found: where they are expected another way, they would be
    /// booked in twice.
    func objectionToFound(_ goods: ReturnTerms.Found, with index: Int, at location: String) -> String? {
        for line in lines where line.sku == goods.sku {
            for other in returns.indices where other != index {
                let entry = returns[other]
                guard let units = expected(line.number, of: other),
                    entry.state != .received || entry.location == location
                else { continue }
                return "\(units) × \(goods.sku) come back with \(entry.reference(in: self)), which their courier "
                    + "brings: receive them there"
            }
        }
        for parcel in parcels where isWithNobody(parcel) {
            guard let units = unitsAwaited(of: goods.sku, in: parcel) else { continue }
            let name = ParcelID(id, parcel.number)
            let claim = parcel.claim
            if claim?.settlesAll != true || claim?.resolution == ParcelClaim.Resolution.none {
                return "\(units) × \(goods.sku) were in the parcel \(name), which is lost: say that it has arrived "
                    + "(deliveries), and receive them as what the customer has"
            }
            let shown = exceptions.first {
                $0.isOpen && $0.kind == .parcelFound && $0.subject == name.description
            }
            guard let shown else { continue }
            return "\(units) × \(goods.sku) were in the parcel \(name), which came though it was settled: say of the "
                + "exception \(shown.id) that they were handed in (settlements)"
        }
        // Also of what left though it was not wanted any more.
        let asked = exceptions.first { shown in
            shown.isOpen && shown.kind == .parcelFound && shown.goods.contains { $0.sku == goods.sku }
        }
        return asked.map {
            "the exception \($0.id) asks what became of \(goods.sku) that left: say there that they were handed in "
                + "(settlements)"
        }
    }

    /// Goods that came with a return and were in parcels that were settled as lost are known as those.
    func origins(of goods: ReturnTerms.Found) -> [ReturnTerms.Found] {
        var (rest, parts) = (goods.quantity, [ReturnTerms.Found]())
        for parcel in parcels where rest > 0 && isWithNobody(parcel) {
            for (number, units) in awaited(parcel).sorted(by: { $0.key < $1.key }) where rest > 0 {
                guard let line = line(number), line.sku == goods.sku else { continue }
                var part = ReturnTerms.Found(sku: goods.sku, quantity: min(rest, units), note: goods.note)
                part.origin = .init(parcel: parcel.number, line: number)
                rest -= part.quantity
                parts.append(part)
            }
        }
        if rest > 0 { parts.append(.init(sku: goods.sku, quantity: rest, note: goods.note)) }
        return parts
    }

    /// Whether a parcel is neither under way, nor a customer's by this order, nor coming back.
    private func isWithNobody(_ parcel: Parcel) -> Bool {
        parcel.isGone && parcel.state != .returnedToSender && !parcel.lines.isEmpty
    }

    /// Units of a parcel that are not known to be here, of an SKU; nil for none.
    private func unitsAwaited(of sku: String, in parcel: Parcel) -> Int64? {
        let units = awaited(parcel).reduce(Int64(0)) { line($1.key)?.sku == sku ? $0 + $1.value : $0 }
        return units > 0 ? units : nil
    }

    // MARK: What was said of goods

    /// Keeps what was said of goods, as far as it tells whether those of a parcel are here.
    ///
    /// - Parameter missing: Of the goods, those that are not there.
    mutating func noteHere(_ outcome: SettleGoods.Outcome, of exception: OrderException, less missing: [SKUQuantity]) {
        if outcome == .handedIn,
            let place = parcels.firstIndex(where: { ParcelID(id, $0.number).description == exception.subject })
        {
            let gone = Dictionary(missing.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
            let goods = exception.goods.map { SKUQuantity(sku: $0.sku, quantity: $0.quantity - (gone[$0.sku] ?? 0)) }
            keepHandedIn(goods, of: place)
        }
        if outcome == .sentBack, exception.kind == .wrongItem, let entry = exception.subject.flatMap({ ReturnID($0) }),
            let index = returns.firstIndex(where: { $0.number == entry.number })
        {
            forgetOrigins(of: exception.goods, with: index)
        }
    }

    /// Goods of a parcel that came after all were handed in: they are kept with what was decided about it.
    private mutating func keepHandedIn(_ goods: [SKUQuantity], of place: Int) {
        var left = Dictionary(goods.map { ($0.sku, $0.quantity) }, uniquingKeysWith: +)
        for (number, most) in awaited(parcels[place]).sorted(by: { $0.key < $1.key }) {
            let parts = lines[number - 1].goods
            let units = parts.reduce(most) { min($0, (left[$1.sku] ?? 0) / max(1, $1.quantity)) }
            guard units > 0 else { continue }
            for part in parts { left[part.sku, default: 0] -= units * part.quantity }
            parcels[place].claim?.handedIn[number, default: 0] += units
        }
        countClosed(parcels[place].lines.map(\.line))
    }

    /// What came with a return and is sent back to whom it belongs to is not here any more.
    private mutating func forgetOrigins(of goods: [SKUQuantity], with index: Int) {
        let skus = Set(goods.map(\.sku))
        for place in returns[index].terms.found.indices where skus.contains(returns[index].terms.found[place].sku) {
            let number = returns[index].terms.found[place].origin?.parcel
            // What a courier is said to bring is not expected any more by what came here.
            guard parcels.first(where: { $0.number == number })?.state != .returnedToSender else { continue }
            returns[index].terms.found[place].origin = nil
        }
    }
}
