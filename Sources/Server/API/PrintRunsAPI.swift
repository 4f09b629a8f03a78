import OrderManagement

/// `/v1/print-runs`: labels that are taken to be printed, so that nobody prints them twice unawares.
extension API {
    var printRuns: [Endpoint] { [printLabels, listedRuns, printRun] }

    private var printLabels: Endpoint {
        .post(
            "/v1/print-runs", .fulfillmentsWrite, tag: "shipping",
            "Take the labels of a location to be printed that no run has taken yet: of all that is packed there, or of "
                + "the parcels that are named. Its papers can be fetched again and again; a label that is bought anew "
                + "is new. Parcels that bear no label yet are named, and taken by a later run",
            body: .object([
                .must("location", .text(max: 64)), .may("courier", .text(max: 64)),
                .may("parcels", .list(.id("par"), max: PrintRun.labelsMax)),
                .may("limit", .integer(1...PapersAPI.waveMax)),
            ]), reply: Shapes.newPrintRun
        ) { request in
            let asked = try request.read { fields in
                let problems = fields.problems
                return (
                    location: fields.text("location", max: 64), courier: fields.optionalText("courier", max: 64),
                    parcels: fields.values("parcels", 1...PrintRun.labelsMax) { json -> ParcelID? in
                        let id = json.string.flatMap { ParcelID($0) }
                        if id == nil { problems.note("expected a parcel as par_…, found \(problems.found(json))") }
                        return id
                    }, limit: fields.optionalInteger("limit", in: 1...PapersAPI.waveMax)
                )
            }
            let command = try await labelsToPrint(
                at: asked.location, asked.courier, asked.parcels,
                limit: Int(asked.limit ?? PapersAPI.waveMax))
            return try await perform(command, for: request)
        }
    }

    /// The labels of a location that no run has taken, of the first to leave; or those of the parcels that are named.
    /// What was printed since this was read is passed over by the command.
    func labelsToPrint(
        at location: String, _ courier: String?, _ named: [ParcelID]? = nil, limit: Int = Int(PapersAPI.waveMax)
    ) async throws -> PrintLabels {
        if let named { return PrintLabels(location: location, courier: courier, parcels: named) }
        let parcels = try await waybill.read { db in
            var (found, new, printed): ([ParcelID], Int, (parcel: ParcelID, at: Timestamp)?) = ([], 0, nil)
            try FulfillmentStore.walk([.packed], at: location, from: db) { order, part in
                guard part.method == .ship else { return true }
                for parcel in order.boxes(of: part.number) {
                    let id = ParcelID(order.id, parcel.number)
                    let isNew = order.isToBePrinted(parcel)
                    if isNew, courier == nil || parcel.label?.courier == courier {
                        guard new < limit else { return false }
                        new += 1
                        found.append(id)
                    } else if parcel.printableLabel == nil || parcel.hasNewLabel && !isNew,
                        found.count - new < PrintRun.labelsMax
                    {
                        found.append(id)
                    } else if let print = parcel.printableLabel?.print, print.at > printed?.at ?? .earliest {
                        printed = (id, print.at)  // says when the newest was printed, where nothing is new
                    }
                }
                return true
            }
            return new == 0 ? found + [printed?.parcel].compactMap { $0 } : found
        }
        return PrintLabels(location: location, courier: courier, parcels: parcels)
    }

    private var listedRuns: Endpoint {
        .list(
            "/v1/print-runs", .scope(.fulfillmentsRead), tag: "shipping",
            "What labels were printed at a location, the newest first",
            query: [.init("location", .shortText, "Where", isRequired: true)], of: Shapes.printRun
        ) { request in
            let (limit, location) = (try request.query.limit(), request.query.text("location") ?? "")
            let before = try request.query.cursor().flatMap { PrintRunID($0) } ?? PrintRunID(Int64.max)
            let principal = request.principal
            let page = try await waybill.read { db in
                guard try known.configuration(in: db).locations[location] != nil, principal.sees(location: location)
                else { throw Refusal(.notFound, "there is no location \(location)") }
                return try PrintRunStore.page(of: location, before: before, limit: limit + 1, in: db)
            }
            let next = page.count > limit ? page[limit - 1].id.description : nil
            return .page(request, next: next) { list in for run in page.prefix(limit) { run.write(to: &list) } }
        }
    }

    private var printRun: Endpoint {
        .get(
            "/v1/print-runs/{id}", .scope(.fulfillmentsRead), tag: "shipping",
            "Labels that were printed at once, one by one", reply: Shapes.listedPrintRun
        ) { request in
            let (id, principal) = (try request.id(PrintRunID.self), request.principal)
            let (run, listed) = try await waybill.read { db in
                (try Self.printRun(id, for: principal, in: db), try PrintRunStore.listed(id, in: db))
            }
            return .json { json in
                run.write(to: &json) { $0.array("list") { PrintRun.write(listed, to: &$0) } }
            }
        }
    }

    /// - Throws: `.notFound`, also for one of a location that the caller may not see.
    static func printRun(_ id: PrintRunID, for principal: Principal, in db: any Connection) throws -> PrintRun {
        guard let run = try PrintRunStore.run(id, in: db), principal.sees(location: run.location) else {
            throw Refusal(.notFound, "there is no print run \(id)")
        }
        return run
    }
}

extension PapersAPI {
    var runPDF: Endpoint { run(.pdf) }
    var runZPL: Endpoint { run(.zpl) }

    /// What a run took, as often as it is asked for: never a label that its parcel does not bear any more.
    private func run(_ format: LabelDocument.Format) -> Endpoint {
        var endpoint = Endpoint.paper(
            "/v1/print-runs/{id}/labels.\(format.rawValue)", .fulfillmentsRead, tag: "shipping",
            "The labels of a print run in one job, as often as wanted; one that was taken off its parcel since is "
                + "named on the last page and in the header Waybill-Left-Out, and so is one that its courier gave in "
                + "another form", in: format.type
        ) { request in
            let (id, principal) = (try request.id(PrintRunID.self), request.principal)
            let only = try request.query.word("only", Only.self)
            let batch = try await api.waybill.read { db in
                let configuration = try api.known.configuration(in: db)
                let run = try API.printRun(id, for: principal, in: db)
                let listed = try PrintRunStore.listed(id, in: db)
                let orders = try OrderStore.orders(Set(listed.map(\.parcel.order)).sorted(), in: db)
                var batch = LabelBatch(at: api.waybill.clock())
                for entry in listed {
                    guard let order = orders[entry.parcel.order], let parcel = order.part(entry.parcel)
                    else { continue }
                    let facts = try PaperFacts(order, at: run.location, configuration, now: batch.at, in: db)
                    guard parcel.label?.number == entry.label || parcel.label == nil else {
                        batch.leftOut.append(
                            .init(
                                name: entry.parcel.description, order: order.number,
                                reason: "the label that was printed was taken off it: it bears another one"))
                        continue
                    }
                    try batch.add(parcel, facts, in: db)
                }
                if let only { batch.entries.removeAll { ($0.document == nil) != (only == .drawn) } }
                return batch
            }
            return APIResponse(try paperwork.labels(batch, as: format), format)
        }
        endpoint.query = [
            .init(
                "only", .words(Only.self),
                "Labels of your own tariffs (drawn), which either form shows, or those that couriers gave (given): "
                    + "what they gave in another form is named. All without it")
        ]
        return endpoint
    }

    /// A part of a run's labels.
    private enum Only: String, CaseIterable { case drawn, given }
}

extension Shapes {
    private static let run: [Schema.Property] = [
        .must("id", .id("prn")), .must("location", .text(max: 64)), .must("courier", optionalText),
        .must("labels", .count), .must("printed_at", .time), .must("printed_by", .text(max: 200)),
    ]
    static let printRun = Schema.named("PrintRun", .object(run))
    static let newPrintRun = Schema.named(
        "NewPrintRun", .object(run + [
            .must("without_label", .list(.id("par"), max: nil)), .must("parcels_on_hold", .list(.id("par"), max: nil)),
        ]))
    static let listedPrintRun = Schema.named(
        "ListedPrintRun",
        .object(
            run + [
                .must("list", .list(.object([.must("parcel", .id("par")), .must("label", .count)]), max: nil))
            ]))
}
