import OrderManagement

/// A law that did not hold.
struct Contradiction: Error {
    /// Its short name: `stock_as_counted`.
    let law: String
    let explanation: String
}

/// The laws that hold after every step, whatever was asked and whatever failed.
enum Invariants {
    /// Every book derived again: costly, so now and then and at the end.
    static func books(in db: any Connection) throws {
        let report = try Doctor.examine(in: db)
        guard let first = report.findings.first else { return }
        throw Contradiction(
            law: "books_agree",
            explanation: "\(first.book.rawValue) of \(first.subject): expected \(first.expected), "
                + "found \(first.found). \(first.explanation)")
    }

    /// Shelves hold what the replies made them hold, and no more is promised from them unless a count found less.
    static func stock(_ model: ReferenceModel, in db: any Connection) throws {
        var seen = Set<ReferenceModel.Place>()
        var after = (sku: "", location: "")
        while true {
            let page = try StockReading.levels(after: after, at: nil, limit: 500, in: db)
            for level in page.levels {
                let place = ReferenceModel.Place(sku: level.sku, location: level.location)
                seen.insert(place)
                try compare(level, model.places[place] ?? ReferenceModel.Units())
                try judgeable(level, model.unjudged.units[place] ?? 0)
            }
            guard let next = page.next, !page.levels.isEmpty else { break }
            after = next
        }
        for (place, units) in model.places.sorted(by: { $0.key < $1.key })
        where !seen.contains(place) && (units.shelf != 0 || units.quarantined != 0) {
            throw Contradiction(
                law: "stock_as_counted",
                explanation: "\(place.sku)@\(place.location) has no level, but units are there")
        }
    }

    /// Whatever was moved, the goods of a return are there for whoever judges them.
    private static func judgeable(_ level: StockLevel, _ unjudged: Int64) throws {
        guard level.uninspected != unjudged || level.quarantined < unjudged else { return }
        throw Contradiction(
            law: "returns_can_be_judged",
            explanation: "\(level.sku)@\(level.location): \(unjudged) came back and are not judged, "
                + "\(level.uninspected) are held, and \(level.quarantined) lie in quarantine")
    }

    private static func compare(_ level: StockLevel, _ units: ReferenceModel.Units) throws {
        let name = "\(level.sku)@\(level.location)"
        guard level.onHand - level.quarantined == units.shelf, level.quarantined == units.quarantined else {
            throw Contradiction(
                law: "stock_as_counted",
                explanation: "\(name): the books say \(level.onHand - level.quarantined) on the shelf and "
                    + "\(level.quarantined) in quarantine, the replies say \(units.shelf) and \(units.quarantined)")
        }
        guard level.allocated + level.reserved <= units.shelf || units.wasCountedDown else {
            throw Contradiction(
                law: "nothing_oversold",
                explanation: "\(name): \(level.allocated + level.reserved) are promised of \(units.shelf), "
                    + "and no count explains it")
        }
        guard level.shortage == max(0, -level.available) else {
            throw Contradiction(
                law: "shortage_is_shown",
                explanation: "\(name): available is \(level.available), shortage \(level.shortage)")
        }
    }

    /// An order's units are where the replies say, and what is stored to search by is what follows from its parts.
    static func order(_ id: OrderID, _ model: ReferenceModel, at now: Timestamp, in db: any Connection) throws {
        guard let order = try OrderStore.order(id, in: db) else {
            throw Contradiction(law: "nothing_is_lost", explanation: "the order \(id) was accepted and is not there")
        }
        guard let lines = model.orders[id], lines.count == order.lines.count else {
            throw Contradiction(
                law: "units_as_replied", explanation: "\(order.number) has other lines than were placed")
        }
        for (line, known) in zip(order.lines, lines) {
            let open = known.ordered - known.cancelled - known.shipped
            guard line.cancelled == known.cancelled, line.shipped == known.shipped, line.returned == known.returned,
                line.open == open, line.ordered == known.ordered, line.sku == known.sku
            else {
                throw Contradiction(
                    law: "units_as_replied",
                    explanation: "\(order.number) line \(line.number): the books say \(line.cancelled) cancelled, "
                        + "\(line.shipped) shipped, \(line.returned) returned, \(line.open) open; the replies say "
                        + "\(known.cancelled), \(known.shipped), \(known.returned), \(open)")
            }
        }
        try statuses(of: order, in: db)
        try money(of: order)
        try Liveness.followUps(of: order, at: now, in: db)
    }

    private static let storedStatuses = Statement(
        """
        SELECT status, fulfillment_status, payment_status, return_status, stage, on_hold, due FROM orders WHERE id = #id
        """)

    private static func statuses(of order: Order, in db: any Connection) throws {
        let stored = try db.first(storedStatuses, [.integer(order.id.value)]) { row in
            [
                try row.text(0), try row.text(1), try row.text(2), try row.text(3), row.optionalText(4) ?? "none",
                String(try row.integer(5)), String(try row.integer(6)),
            ]
        }
        let status = OrderStatus(of: order)
        let derived = [
            status.overall.rawValue, status.fulfillment.rawValue, status.payment.rawValue, status.returns.rawValue,
            order.stage ?? "none", order.isOnHold ? "1" : "0", String(order.due),
        ]
        guard stored == derived else {
            throw Contradiction(
                law: "statuses_are_derived",
                explanation: "\(order.number): stored \(stored ?? []), derived \(derived)")
        }
    }

    private static func money(of order: Order) throws {
        let (authorized, captured, refunded) = (order.authorized, order.captured, order.refunded)
        guard authorized >= captured + order.voided, captured >= refunded, refunded >= 0, order.due <= order.total
        else {
            throw Contradiction(
                law: "money_is_bounded",
                explanation: "\(order.number): authorized \(authorized), captured \(captured), refunded \(refunded)")
        }
        try cash(of: order)
    }

    /// What is paid at a door is paid once, and nothing before somebody has said that the parcel was there.
    private static func cash(of order: Order) throws {
        for parcel in order.parcels {
            let name = ParcelID(order.id, parcel.number).description
            let paid = order.effects.filter { effect in
                effect.kind == .capture && effect.subject == name
                    && order.payments.contains { $0.number == effect.payment && $0.isCash }
            }
            guard !paid.isEmpty else { continue }
            let isTold = parcel.state == .delivered || parcel.state == .returnedToSender || parcel.state == .lost
            guard isTold, paid.allSatisfy({ $0.state == .done }) else {
                throw Contradiction(
                    law: "cash_at_the_door",
                    explanation: "\(order.number): \(name) is \(parcel.state.rawValue), and its cash was taken")
            }
        }
    }

    /// What the provider did with money is what the books say it did: each intent once.
    static func payments(_ acts: [String: UnreliablePayments.Act], orders: [OrderID], in db: any Connection) throws {
        var known = 0
        for id in orders {
            guard let order = try OrderStore.order(id, in: db) else { continue }
            for effect in order.effects {
                let provider = order.payments.first { $0.number == effect.payment }?.provider
                guard provider == "test", effect.paidTo == nil, effect.reason != "captured_once",
                    effect.kind != .capture || effect.reason != "exchange"
                else { continue }
                let name = "\(PaymentID(id, effect.payment))-\(effect.number)"
                let act = acts[name]
                if act != nil { known += 1 }
                let kind = effect.kind.request
                let isRight = switch effect.state {
                case .pending: act == nil || (act?.amount == effect.amount && act?.kind == kind)
                case .done: act == UnreliablePayments.Act(kind: kind, amount: effect.amount, isDone: true)
                case .failed: act == UnreliablePayments.Act(kind: kind, amount: effect.amount, isDone: false)
                }
                guard isRight else {
                    throw Contradiction(
                        law: "one_intent_one_effect",
                        explanation: "\(name) is \(effect.state.rawValue) here, \(effect.kind.rawValue) of "
                            + "\(effect.amount); the provider did \(String(describing: act))")
                }
            }
        }
        let acts = acts.filter { $0.value.kind != .authorize }
        guard known == acts.count else {
            throw Contradiction(
                law: "one_intent_one_effect",
                explanation: "the provider acted for \(acts.count) intents, the books know \(known) of them")
        }
    }

    // MARK: Nothing happened

    private static let everything = Statement(
        """
        SELECT 'orders', COUNT(*), COALESCE(SUM(version), 0), COALESCE(SUM(sequence), 0) FROM orders
        UNION ALL SELECT 'order_lines', COUNT(*), COALESCE(SUM(cancelled + 3 * backordered + 5 * allocated), 0),
            COALESCE(SUM(shipped + 3 * returned + 5 * closed), 0) FROM order_lines
        UNION ALL SELECT 'amendments', COUNT(*), COALESCE(SUM(closed_at), 0), COALESCE(SUM(revision), 0)
            FROM amendments
        UNION ALL SELECT 'fulfillments', COUNT(*), COALESCE(SUM(updated_at), 0), 0 FROM fulfillments
        UNION ALL SELECT 'fulfillment_lines', COUNT(*), COALESCE(SUM(quantity), 0), COALESCE(SUM(picked), 0)
            FROM fulfillment_lines
        UNION ALL SELECT 'parcels', COUNT(*), COALESCE(SUM(updated_at), 0), COALESCE(SUM(LENGTH(labels)), 0)
            FROM parcels
        UNION ALL SELECT 'courier_records', COUNT(*), COALESCE(SUM(parcels), 0), COALESCE(SUM(on_time), 0)
            FROM courier_records
        UNION ALL SELECT 'label_documents', COUNT(*), 0, 0 FROM label_documents
        UNION ALL SELECT 'store_credits', COUNT(*), COALESCE(SUM(balance), 0), COALESCE(SUM(entries), 0)
            FROM store_credits
        UNION ALL SELECT 'credit_memos', COUNT(*), COALESCE(SUM(amount), 0), COALESCE(SUM(retained), 0)
            FROM credit_memos
        UNION ALL SELECT 'payments', COUNT(*), COALESCE(SUM(captured + 3 * voided + 5 * refunded), 0),
            COALESCE(SUM(capture_pending + 3 * void_pending + 5 * refund_pending), 0) FROM payments
        UNION ALL SELECT 'payment_effects', COUNT(*), COALESCE(SUM(amount), 0), 0 FROM payment_effects
        UNION ALL SELECT 'returns', COUNT(*), COALESCE(SUM(updated_at), 0), COALESCE(SUM(refunded), 0) FROM returns
        UNION ALL SELECT 'return_lines', COUNT(*), COALESCE(SUM(received), 0),
            COALESCE(SUM(restocked + 3 * refurbished + 5 * written_off), 0) FROM return_lines
        UNION ALL SELECT 'stock_levels', COUNT(*), COALESCE(SUM(last_movement + 7 * safety), 0),
            COALESCE(SUM(available), 0)
            FROM stock_levels
        UNION ALL SELECT 'stock_movements', COUNT(*), COALESCE(MAX(id), 0), COALESCE(SUM(quantity), 0)
            FROM stock_movements
        UNION ALL SELECT 'events', COUNT(*), COALESCE(MAX(position), 0), 0 FROM events
        UNION ALL SELECT 'jobs', COUNT(*), COALESCE(SUM(due), 0), COALESCE(SUM(attempts), 0) FROM jobs
        UNION ALL SELECT 'transfers', COUNT(*), COALESCE(SUM(version), 0), COALESCE(SUM(updated_at), 0) FROM transfers
        UNION ALL SELECT 'inbound', COUNT(*), COALESCE(SUM(version), 0), COALESCE(SUM(due), 0) FROM inbound
        UNION ALL SELECT 'reservations', COUNT(*), COALESCE(SUM(version), 0), 0 FROM reservations
        UNION ALL SELECT 'exceptions', COUNT(*), COALESCE(SUM(resolved_at), 0), 0 FROM exceptions
        UNION ALL SELECT 'hand_overs', COUNT(*), COALESCE(SUM(parcels), 0), COALESCE(SUM(LENGTH(manifest)), 0)
            FROM hand_overs
        UNION ALL SELECT 'courier_pickups', COUNT(*), COALESCE(SUM(revision), 0), COALESCE(SUM(LENGTH(state)), 0)
            FROM courier_pickups
        """)
    private static let keptReplies = Statement("SELECT COUNT(*) FROM kept_replies")

    /// A digest of all that commands may change: equal means that nothing has happened. A gap in the numbers of orders
    /// or movements is nothing.
    static func digest(in db: any Connection) throws -> [String] {
        try db.rows(everything) { row in
            "\(try row.text(0)) \(try row.integer(1)) \(try row.integer(2)) \(try row.integer(3))"
        }
    }

    static func keptReplies(in db: any Connection) throws -> Int64 {
        try db.first(keptReplies) { try $0.integer(0) } ?? 0
    }

    private static let gaps = Statement("SELECT COUNT(*), COALESCE(MAX(position), 0) FROM events")

    /// - Returns: The newest position.
    @discardableResult
    static func gapless(in db: any Connection) throws -> Int64 {
        let (count, last) = try db.first(gaps) { (try $0.integer(0), try $0.integer(1)) } ?? (0, 0)
        guard count == last else {
            throw Contradiction(law: "positions_are_gapless", explanation: "\(count) events, the newest is \(last)")
        }
        return last
    }
}
