import OrderManagement

/// `/v1/stock`: levels, the ledger of movements, and feeds of whole locations.
extension API {
    var stock: [Endpoint] { [levels, ledger, moveStock, takeSnapshot, setSafety, setBins] }

    private var levels: Endpoint {
        .list(
            "/v1/stock", .scope(.stockRead), tag: "stock", "Levels, by SKU and location",
            query: [.init("sku", .shortText, "Of one SKU"), .init("location", .shortText, "At one location")],
            of: Shapes.level
        ) { request in
            let (sku, location, limit) = (
                request.query.text("sku"), request.query.text("location"),
                try request.query.limit()
            )
            let place =
                try request.query.cursor().map { try Self.place($0, request.query) } ?? (sku: sku ?? "", location: "")
            let principal = request.principal
            let (found, next) = try await waybill.read { db -> ([StockLevel], (sku: String, location: String)?) in
                try requireLocation(location, for: principal, in: db)
                guard let sku else { return try StockReading.levels(after: place, at: location, limit: limit, in: db) }
                let found = try StockReading.levels(of: sku, after: place.location, limit: limit, in: db)
                return (
                    found.filter { location == nil || $0.location == location },
                    found.count == limit ? found.last.map { ($0.sku, $0.location) } : nil
                )
            }
            return .page(request, next: next.map { "\($0.location)\n\($0.sku)" }) { list in
                for level in found where principal.sees(location: level.location) { level.write(to: &list) }
            }
        }
    }

    private static func place(_ cursor: String, _ query: Query) throws(Refusal) -> (sku: String, location: String) {
        let parts = cursor.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw query.badCursor }
        return (String(parts[1]), String(parts[0]))
    }

    /// A location that a query names. - Throws: `.unknownLocation`, also for one that the caller does not see.
    func requireLocation(_ location: String?, for principal: Principal, in db: any Connection) throws {
        guard let location else { return }
        guard principal.sees(location: location), try known.configuration(in: db).locations[location] != nil else {
            throw Refusal([.init("?location", .unknownLocation, "there is no location \(location)")])
        }
    }

    private static func requireVisible(_ location: String, to principal: Principal) throws(Refusal) {
        guard principal.sees(location: location) else {
            throw Refusal(.notFound, "there is no location \(location)")
        }
    }

    private var ledger: Endpoint {
        .list(
            "/v1/stock/movements", .scope(.stockRead), tag: "stock", "The ledger, the newest first",
            query: [
                .init("sku", .shortText, "Of one SKU, together with location"),
                .init("location", .shortText, "At one location, together with sku"),
            ], of: Shapes.movement
        ) { request in
            let (sku, location, limit) = (
                request.query.text("sku"), request.query.text("location"),
                try request.query.limit()
            )
            guard (sku == nil) == (location == nil) else {
                throw request.query.wrong(
                    sku == nil ? "sku" : "location", "is missing: name sku and location, or neither")
            }
            let principal = request.principal
            if let location { try Self.requireVisible(location, to: principal) }
            let cursor = try request.query.cursor(above: 0)
            let entries = try await waybill.read { db in
                guard let sku, let location else {
                    return try StockReading.ledger(before: cursor ?? Int64.max, limit: limit, in: db)
                }
                return try StockReading.ledger(of: sku, at: location, before: cursor, limit: limit, in: db)
            }
            return .page(request, next: entries.count == limit ? entries.last.map { String($0.id) } : nil) { list in
                for entry in entries where principal.sees(location: entry.location) { entry.write(to: &list) }
            }
        }
    }

    private var moveStock: Endpoint {
        .post(
            "/v1/stock/movements", .stockWrite, tag: "stock",
            "Move stock: one movement, or a list of up to 1,000, all or nothing", key: .required,
            body: .either(Shapes.newMovement, .list(Shapes.newMovement, max: MoveStock.entriesMax)), reply: .anything
        ) { request in
            let (entries, isList) = try Self.oneOrMany(request, max: MoveStock.entriesMax) { $0.movement() }
            return try await perform(MoveStock(entries: entries, isList: isList), for: request)
        }
    }

    private var setSafety: Endpoint {
        .put(
            "/v1/stock/safety", .stockWrite, tag: "stock",
            "Set what is kept back from every promise: one level, or a list of up to 1,000, all or nothing",
            body: .either(Shapes.newSafety, .list(Shapes.newSafety, max: SetSafetyStock.entriesMax)),
            reply: .either(Shapes.level, .object([.must("data", .list(Shapes.level, max: nil))]))
        ) { request in
            let (entries, isList) = try Self.oneOrMany(request, max: SetSafetyStock.entriesMax) {
                SetSafetyStock.Entry(
                    sku: $0.text("sku", max: 100), location: $0.text("location", max: 64),
                    units: $0.integer("safety", in: 0...PlaceOrder.quantityMax))
            }
            return try await perform(SetSafetyStock(entries: entries, isList: isList), for: request)
        }
    }

    private var setBins: Endpoint {
        .put(
            "/v1/stock/bins", .stockWrite, tag: "stock",
            "Say where SKUs lie within locations, a list of up to 1,000, all or nothing; null clears",
            body: .list(Shapes.bin, max: SetBins.entriesMax),
            reply: .object([.must("data", .list(Shapes.bin, max: nil))])
        ) { request in
            let (entries, isList) = try Self.oneOrMany(request, max: SetBins.entriesMax) {
                SetBins.Entry(
                    sku: $0.text("sku", max: 100), location: $0.text("location", max: 64),
                    bin: $0.optionalText("bin", max: SetBins.lengthMax))
            }
            guard isList else { throw Refusal([.init("", .invalidInput, "must be a list of bins")]) }
            return try await perform(SetBins(entries: entries), for: request)
        }
    }

    /// A body that is one object, or a list of 1 to `max` of them.
    private static func oneOrMany<Entry>(
        _ request: APIRequest, max: Int, _ read: (inout Fields) -> Entry
    ) throws -> (entries: [Entry], isList: Bool) {
        let json = try request.json()
        let body = BodyProblems()
        var entries: [Entry] = []
        guard case .array(let list) = json else {
            if let entry = body.object(json, read) { entries.append(entry) }
            try body.check()
            return (entries, false)
        }
        if (1...max).contains(list.count) {
            for (index, entry) in list.enumerated() {
                if let entry = body.within(index, { body.object(entry, read) }) { entries.append(entry) }
            }
        } else {
            body.note("must have 1 to \(max) entries, has \(list.count)")
        }
        try body.check()
        return (entries, true)
    }

    private var takeSnapshot: Endpoint {
        var endpoint = Endpoint.post(
            "/v1/stock/snapshots", .stockWrite, tag: "stock", "A feed of what a location holds", key: .required,
            body: .object([
                .must("location", .text(max: 64)), .must("mode", .words(TakeSnapshot.Mode.self)),
                .must("taken_at", .time), .must("reference", .text(max: 100)),
                .must(
                    "lines",
                    .list(
                        .object([
                            .must("sku", .text(max: 100)), .must("on_hand", .integer(0...PlaceOrder.quantityMax)),
                        ]), max: TakeSnapshot.linesMax)),
            ]), reply: .anything
        ) { request in
            let feed = try request.read { fields in
                (
                    location: fields.text("location", max: 64), mode: fields.word("mode", TakeSnapshot.Mode.self),
                    takenAt: fields.time("taken_at"), reference: fields.text("reference", max: 100),
                    lines: fields.list("lines", 0...TakeSnapshot.linesMax) {
                        TakeSnapshot.Line(
                            sku: $0.text("sku", max: 100), onHand: $0.integer("on_hand", in: 0...PlaceOrder.quantityMax)
                        )
                    }
                )
            }
            return try await perform(
                TakeSnapshot(
                    location: feed.location, mode: feed.mode, takenAt: feed.takenAt, reference: feed.reference,
                    lines: feed.lines), for: request)
        }
        endpoint.bodyMax = API.batchBytesMax
        return endpoint
    }
}

extension Fields {
    fileprivate mutating func movement() -> MoveStock.Entry {
        let reason = word("reason", MoveStock.Reason.self)
        let sku = text("sku", max: 100)
        let location = text("location", max: 64)
        let quantity: Int64
        switch reason {
        case .count:
            quantity = integer("counted", in: 0...PlaceOrder.quantityMax)
            refuse("quantity", "does not go with a count: counted says what is there")
        case .receive, .putAway, .quarantine, .restock, .writeOff, .countUp, .countDown:
            quantity = self.quantity()
            refuse("counted", "goes with the reason count only")
        }
        let source = reason == .writeOff ? optionalWord("from", MoveStock.Source.self) : nil
        if reason != .writeOff { refuse("from", "goes with the reason write_off only") }
        return MoveStock.Entry(
            reason: reason, sku: sku, location: location, quantity: quantity,
            reference: optionalText("reference", max: 100), from: source)
    }
}
