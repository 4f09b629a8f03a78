import OrderManagement

/// Labels that somebody prints, where one PDF does not show all of them: what prints which, and what has none.
///
/// A label that its courier gave as ZPL is no page of a PDF, and one that it gave as a PDF stands in no other: whoever
/// prints them is led to each, so that nobody takes a label for printed that no paper shows.
struct LabelsPage: Page {
    static let template = "labels"

    /// Labels that one paper shows, or one that none does.
    struct Row: Sendable {
        var text: String
        /// Why it is by itself.
        var hint: String?
        var links: [PageLink] = []
    }

    let title = "Labels to print"
    /// "12 labels, printed 14:02 by Ann"
    let heading: String
    let advice: String
    let rows: [Row]
    let back: PageLink
}

/// Labels by the form in which they are to be had.
struct LabelForms: Sendable {
    struct Entry: Sendable {
        let parcel: ParcelID
        /// The number of its order.
        let order: String
        /// Why it bears no such label; nil where it does.
        var lack: String?

        fileprivate var name: String { "\(order), parcel \(parcel.number)" }
        fileprivate func address(_ format: LabelDocument.Format) -> String {
            "\(Console.papers)/parcels/\(parcel)/label.\(format.rawValue)"
        }
    }

    /// Those of the retailer's own tariffs: of either form.
    private(set) var drawn: [Entry] = []
    /// What couriers gave, as it is.
    private(set) var given: [LabelDocument.Format: [Entry]] = [:]
    private(set) var missing: [Entry] = []

    /// Whether one PDF shows all that there is of them.
    var areOnePDF: Bool { !drawn.isEmpty && given.isEmpty }

    /// - Parameter number: The label that is meant; nil for whatever the parcel bears.
    mutating func add(_ parcel: Parcel, _ number: Int? = nil, of order: Order, in db: any Connection) throws {
        var entry = Entry(parcel: ParcelID(order.id, parcel.number), order: order.number)
        guard let label = parcel.label, label.state == .bought, number ?? label.number == label.number else {
            let isOther = parcel.label.map { $0.state == .bought } ?? false
            entry.lack = isOther
                ? "the label that was printed was taken off it: it bears another one" : parcel.lackOfLabel
            missing.append(entry)
            return
        }
        guard let format = try LabelDocumentStore.format(of: entry.parcel, label.number, in: db) else {
            drawn.append(entry)
            return
        }
        given[format, default: []].append(entry)
    }

    /// - Parameter run: The run that took them, whose papers print those of a form together; nil for labels of one
    ///   order, each of which is printed by itself.
    func rows(of run: PrintRunID?) -> [LabelsPage.Row] {
        let zpl = given[.zpl] ?? []
        var rows: [LabelsPage.Row] = []
        if let run {
            let address = "\(Console.papers)/print-runs/\(run)/labels"
            if !drawn.isEmpty {
                rows.append(
                    .init(
                        text: "\(Self.count(drawn)) for any printer",
                        links: [PageLink(label: "Open as PDF", address: address + ".pdf?only=drawn")]))
            }
            if !zpl.isEmpty {
                rows.append(
                    .init(
                        text: "\(Self.count(zpl)) for a label printer",
                        hint: (zpl.count == 1 ? "Its courier gives it" : "Their couriers give them")
                            + " as ZPL, and in no other form.",
                        links: [PageLink(label: "Load as ZPL", address: address + ".zpl?only=given")]
                            + (drawn.isEmpty ? [] : [PageLink(label: "Load all as ZPL", address: address + ".zpl")])))
            }
        } else {
            rows += drawn.map { Self.row($0, .pdf, nil) }
            rows += zpl.map { Self.row($0, .zpl, "Its courier gives it as ZPL, for a label printer.") }
        }
        rows += (given[.pdf] ?? []).map { Self.row($0, .pdf, "Its courier gives it as a PDF of its own.") }
        return rows + missing.map { .init(text: $0.name, hint: "Not printed: \($0.lack ?? "it bears no label").") }
    }

    private static func row(_ entry: Entry, _ format: LabelDocument.Format, _ hint: String?) -> LabelsPage.Row {
        let label = format == .pdf ? "Open as PDF" : "Load as ZPL"
        return .init(text: entry.name, hint: hint, links: [PageLink(label: label, address: entry.address(format))])
    }

    private static func count(_ entries: [Entry]) -> String {
        "\(MoneyText.of(Int64(entries.count))) \(entries.count == 1 ? "label" : "labels")"
    }
}

extension Console {
    /// `/console/print-runs/{id}`: the paper of a run, where one shows all of it, or what there is to print.
    var printRunPage: Endpoint {
        Endpoint(
            method: .get, path: "/console/print-runs/{id}", access: .everybody, summary: "Labels to print",
            tag: "console", isDescribed: false
        ) { request in
            guard let visit = try await visit(request) else { return signInFirst(request) }
            do {
                try visit.principal.require(.fulfillmentsRead, of: visit.user)
                let (id, principal) = (try request.id(PrintRunID.self), visit.principal)
                let (heading, forms, location) = try await waybill.read { db in
                    let run = try API.printRun(id, for: principal, in: db)
                    let zone = try known.configuration(in: db).locations[run.location]?.calendar.zone ?? WallClock.home
                    let heading = try FulfillmentQueuePage.text(of: run, WallClock(now: visit.now, zone: zone), in: db)
                    return (heading, try Self.forms(of: run, in: db), run.location)
                }
                if forms.areOnePDF { return Self.redirect(to: "\(Self.papers)/print-runs/\(id)/labels.pdf") }
                let page = LabelsPage(
                    heading: heading,
                    advice: "No other run takes these labels again: print all that stands here. This page stays on the "
                        + "list of fulfillments, to print them once more.",
                    rows: forms.rows(of: id),
                    back: PageLink(
                        label: "To the fulfillments",
                        address: "/console/fulfillments?location=\(PercentCoding.encoded(location))"))
                return try await respond(with: page, to: visit, in: .fulfillments)
            } catch let refusal as Refusal {
                let page = ProblemPage(Problem(refusal), requestID: nil)
                return try await respond(with: page, status: refusal.code.status, to: visit, in: .fulfillments)
            }
        }
    }

    private static func forms(of run: PrintRun, in db: any Connection) throws -> LabelForms {
        let listed = try PrintRunStore.listed(run.id, in: db)
        let orders = try OrderStore.orders(Set(listed.map(\.parcel.order)).sorted(), in: db)
        var forms = LabelForms()
        for entry in listed {
            guard let order = orders[entry.parcel.order], let parcel = order.part(entry.parcel) else { continue }
            try forms.add(parcel, entry.label, of: order, in: db)
        }
        return forms
    }

    /// What prints the labels of an order that its paper does not show, where an address of papers asks for such;
    /// nil for other papers.
    func labelsPage(insteadOf request: APIRequest, for principal: Principal) async throws -> LabelsPage? {
        let parts = request.path.split(separator: "/").map(String.init)  // console, papers, parcels, par_…, label.pdf
        guard parts.count == 5, parts[4].hasPrefix("label.") else { return nil }
        return try await waybill.read { db in
            let (order, part, parcels): (Order, Fulfillment, [Parcel])
            if let id = FulfillmentID(parts[3]), parts[2] == "fulfillments" {
                (order, part) = try API.fulfillment(id, for: principal, in: db)
                parcels = order.boxes(of: part.number)
            } else if let id = ParcelID(parts[3]), parts[2] == "parcels" {
                let found = try API.parcel(id, for: principal, in: db)
                (order, part, parcels) = (found.0, found.1, [found.2])
            } else {
                return nil
            }
            var forms = LabelForms()
            for parcel in parcels { try forms.add(parcel, of: order, in: db) }
            guard !forms.given.isEmpty else { return nil }  // no form shows them, for the reason that is said
            return LabelsPage(
                heading: "Order \(order.number), \(part.location)",
                advice: "One paper does not show these labels: print each as it is here.", rows: forms.rows(of: nil),
                back: PageLink(label: "To the order", address: Self.address(of: order.id)))
        }
    }
}
