/// What stock moves when somebody says what became of goods.
extension SettleGoods {
    private func units(_ parts: [SKUQuantity], _ sku: String) -> Int64 {
        parts.reduce(0) { $1.sku == sku ? $0 + $1.quantity : $0 }
    }

    func book(_ part: SKUQuantity, of exception: OrderException, in work: inout Work) throws {
        let place = try place(of: exception, in: work)
        guard let place else { return }
        let (broken, gone) = (units(damaged, part.sku), units(missing, part.sku))
        switch outcome {
        case .putBack:
            try setApart(broken, part.sku, at: place, in: &work)
            try countDown(gone, part.sku, at: place, in: &work)
        case .left: try countDown(part.quantity, part.sku, at: place, in: &work)
        case .restocked: try takeOut(.restock, part, at: place, in: &work)
        case .writtenOff, .sentBack:
            if exception.kind == .excess { try takeBack(part, at: place, in: &work) }
            try takeOut(.writeOff, part, at: place, in: &work)
        case .handedIn, .found:
            let here = part.quantity - gone
            // What is damaged never is for sale: it is set apart before anybody who waits is served.
            try work.count(.receive, here, of: part.sku, at: place, reference: reference)
            try setApart(broken, part.sku, at: place, in: &work)
        case .stopped, .kept, .accepted, .lost: return
        }
    }

    private var reference: String { exception.description }

    /// Where stock moves; nil where none does. - Throws: `.unknownLocation`; `.invalidInput` where nobody said so.
    private func place(of exception: OrderException, in work: Work) throws(Refusal) -> String? {
        guard outcome.movesStock || outcome.isCounted else { return nil }
        guard let code = location ?? exception.location else {
            throw Refusal([.init("/location", .invalidInput, "is missing: where the goods were handed in")])
        }
        guard work.configuration.locations[code] != nil, work.principal.sees(location: code) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(code)")])
        }
        return code
    }

    /// Units that are for sale go to quarantine: those that others were promised meanwhile are missing to them.
    private func setApart(_ units: Int64, _ sku: String, at place: String, in work: inout Work) throws {
        let free = work.level(of: sku, at: place).available
        guard units <= free else {
            throw Refusal(
                .insufficientStock,
                "\(place) has \(max(0, free)) × \(sku) that nobody was promised meanwhile, not \(units): call the "
                    + "others missing, and their orders are sourced elsewhere")
        }
        try work.count(.quarantine, units, of: sku, at: place, reference: reference)
    }

    /// What came beyond what was announced is for sale already: it is taken off the shelf again, where nobody was
    /// promised it meanwhile.
    private func takeBack(_ part: SKUQuantity, at place: String, in work: inout Work) throws {
        let free = work.level(of: part.sku, at: place).available
        guard part.quantity <= free else {
            throw Refusal(
                .insufficientStock,
                "\(place) has \(max(0, free)) × \(part.sku) that nobody was promised meanwhile, not \(part.quantity): "
                    + "keep them, or wait until more come")
        }
        try work.count(.quarantine, part.quantity, of: part.sku, at: place, reference: reference)
    }

    private func countDown(_ units: Int64, _ sku: String, at place: String, in work: inout Work) throws {
        let level = work.level(of: sku, at: place)
        try require(units, sku, at: place, thereAre: level.onHand - level.quarantined)
        try work.count(.countDown, units, of: sku, at: place, reference: reference)
    }

    private func takeOut(
        _ reason: MovementReason, _ part: SKUQuantity, at place: String, in work: inout Work
    ) throws {
        try require(part.quantity, part.sku, at: place, thereAre: work.level(of: part.sku, at: place).judged)
        try work.count(reason, part.quantity, of: part.sku, at: place, reference: reference)
    }

    private func require(_ units: Int64, _ sku: String, at place: String, thereAre: Int64) throws(Refusal) {
        guard units > thereAre else { return }
        throw Refusal(
            .insufficientStock,
            "\(place) has \(thereAre) × \(sku) where \(units) should be: count first, then settle this")
    }
}
