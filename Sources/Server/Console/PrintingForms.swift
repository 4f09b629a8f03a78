import OrderManagement

/// The buttons that print labels: what they take is noted, so that nobody prints it twice unawares.
extension Console {
    var printingForms: [Endpoint] {
        guard paperwork != nil else { return [] }
        return [
            form("/console/print-runs") { visit, form in
                let location = try form.required("location", "Location")
                let command = try await API(waybill: waybill, links: links).labelsToPrint(at: location, nil)
                let reply = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                let run = try JSON.parse(reply.body, limits: .stored)["id"]?.string ?? ""
                return Outcome(sentence: nil, address: "/console/print-runs/\(run)", isPaper: true)
            },
            form(Self.papers + "/fulfillments/{id}/label.pdf") { visit, _ in
                let id = try visit.request.id(FulfillmentID.self)
                return try await printed(for: visit) { db in
                    let (order, part) = try API.fulfillment(id, for: visit.principal, in: db)
                    return (order, part, order.boxes(of: part.number))
                }
            },
            form(Self.papers + "/parcels/{id}/label.pdf") { visit, _ in
                let id = try visit.request.id(ParcelID.self)
                return try await printed(for: visit) { db in
                    let (order, part, parcel) = try API.parcel(id, for: visit.principal, in: db)
                    return (order, part, [parcel])
                }
            },
        ]
    }

    /// Takes labels to be printed as soon as they are there, and leads to them: also to those that were printed before.
    private func printed(
        for visit: ConsoleVisit, of find: @escaping @Sendable (any Connection) throws -> (Order, Fulfillment, [Parcel])
    ) async throws -> Outcome {
        let end = ContinuousClock.now + PapersAPI.patience
        var (order, part, parcels) = try await waybill.read(find)
        while parcels.contains(where: { $0.label?.state == .pending }), ContinuousClock.now < end {
            try await Task.sleep(for: PapersAPI.glance)
            (order, part, parcels) = try await waybill.read(find)
        }
        if parcels.contains(where: \.hasNewLabel) {
            let command = PrintLabels(
                location: part.location, parcels: parcels.map { ParcelID(order.id, $0.number) })
            do {
                _ = try await waybill.perform(command, as: visit.principal, key: nil)
            } catch let refusal as Refusal where refusal.code == .illegalTransition {
                // Somebody else has printed them, or taken them off, at this moment: the paper shows what there is.
            }
        }
        return Outcome(sentence: nil, address: visit.request.path, isPaper: true)
    }
}

extension FulfillmentQueuePage {
    /// Labels that were printed at once, to be had again.
    struct Print: Sendable {
        /// "12 labels, printed 14:02 by Ann"
        var text: String
        var links: [PageLink]
    }

    /// How many of them are shown, the newest first.
    private static let printsMax = 3

    /// What was printed at a location last, in words.
    static func prints(
        at location: Location, _ clock: WallClock, in db: any Connection
    ) throws -> [Print] {
        let runs = try PrintRunStore.page(of: location.code, before: PrintRunID(.max), limit: printsMax, in: db)
        let names = try PrincipalNames.of(Set(runs.map(\.printedBy)), in: db)
        return runs.map { run in
            Print(
                text: text(of: run, clock, names),
                links: [
                    PageLink(label: "print again", address: "/console/print-runs/\(run.id)"),
                    PageLink(label: "as ZPL", address: "\(Console.papers)/print-runs/\(run.id)/labels.zpl"),
                ])
        }
    }

    /// What a run took, when, and who had it do so.
    static func text(of run: PrintRun, _ clock: WallClock, in db: any Connection) throws -> String {
        text(of: run, clock, try PrincipalNames.of([run.printedBy], in: db))
    }

    private static func text(of run: PrintRun, _ clock: WallClock, _ names: [String: String]) -> String {
        let count = "\(MoneyText.of(run.labels)) \(run.labels == 1 ? "label" : "labels")"
        let isToday = clock.isoDate(run.printedAt) == clock.isoDate(clock.now)
        let time = isToday ? clock.clock(run.printedAt) : clock.time(run.printedAt).text
        return "\(count), printed \(time) by \(names[run.printedBy] ?? run.printedBy)"
    }

    /// The button that prints what is new at a location.
    ///
    /// - Parameter isWhole: Whether `found` is all that there is to do: else there may be more that is new.
    static func printing(
        at location: String, _ found: [FulfillmentReading], isWhole: Bool, _ visit: ConsoleVisit, back: String
    ) -> ActionBar {
        guard visit.principal.may(.fulfillmentsWrite) else { return ActionBar() }
        let count = found.filter { $0.part.state == .packed && $0.part.method == .ship }
            .reduce(0) { $0 + $1.order.boxes(of: $1.part.number).count(where: $1.order.isToBePrinted) }
        guard count > 0 || !isWhole else { return ActionBar() }
        let label = isWhole ? "Print \(count) new \(count == 1 ? "label" : "labels")" : "Print new labels"
        return ActionBar(allowed: [
            Action(
                label, to: "/console/print-runs",
                fields: [
                    .init(name: "key", value: visit.formKey), .init(name: "location", value: location),
                    .init(name: "back", value: back),
                ])
        ])
    }
}
