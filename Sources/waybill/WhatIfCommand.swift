import ArgumentParser
import Foundation
import OrderManagement
import Server

/// `waybill what-if`: what drafts of channels would have decided of the orders of a past period.
struct WhatIfCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if",
        abstract: "Asks what drafts of channels' policies would decide of the orders of a period.",
        discussion: """
            The file is one that `waybill apply` would take, with the channels that are to be tried. Of every order that
            was placed in the period it is asked which stages it would wait at, who may cancel it and at what fee, what
            may be amended, what may come back and at what fee: by the channel in force, and by the file. Nothing is
            changed. Sourcing is not tried again: it depends on the stock of the day.

            Example: waybill what-if --from 2026-03-01 --to 2026-04-01 --policies draft.yaml
            """)

    @Option(help: "Orders that were placed then or later: 2026-03-01, or a time (UTC).") var from: String
    @Option(help: "Orders that were placed before.") var to: String
    @Option(help: "The file with the drafts, YAML or JSON.") var policies: String
    @Option(
        help: """
            placed_by_draft: as though the orders had been placed by the draft; published_now: what was granted to \
            those who have bought stays.
            """)
    var assume = WhatIf.Assumption.placedByDraft.rawValue
    @Flag(help: "Answer as JSON, with the orders that differ.") var json = false
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .reading }

    func validate() throws {
        guard let (from, to) = period, from < to else {
            throw ValidationError("--from and --to must be days as 2026-03-01, or times, the earlier one first")
        }
        guard WhatIf.Assumption(rawValue: assume) != nil else {
            let words = WhatIf.Assumption.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--assume must be one of: \(words)")
        }
    }

    private var period: (from: Timestamp, to: Timestamp)? {
        func moment(_ text: String) -> Timestamp? { Timestamp(text) ?? Timestamp(text + "T00:00:00Z") }
        guard let from = moment(from), let to = moment(to) else { return nil }
        return (from, to)
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let text = try ApplyCommand.text(ofFile: policies, on: console)
        guard let period, let assumption = WhatIf.Assumption(rawValue: assume) else {
            throw CommandRefused("no period")
        }
        do {
            let file = try ConfigurationDocument.read(text.json)
            guard !file.channels.isEmpty else { throw CommandRefused("\(policies) has no channels to try") }
            let (connected, now) = (system.waybill.connected, system.waybill.clock())
            let present = try await system.waybill.read { db in
                let present = try Configuration.load(in: db)
                let known = try ItemStore.known(of: file.skus, in: db)
                _ = try file.plan(over: present, at: now, connected: connected, knows: known.contains)
                return present
            }
            var answers: [WhatIf] = []
            for (draft, _) in file.channels {
                guard let channel = present.channels[draft.code] else {
                    console.err("channel \(draft.code) is new: it has no orders to try it on")
                    continue
                }
                let whatIf = WhatIf(present: channel, draft: draft, assumption: assumption, at: now)
                answers.append(try await ask(whatIf, over: period, system, console))
            }
            show(answers, on: console)
        } catch let refusal as Refusal {
            throw CommandRefused(ApplyCommand.text(of: refusal, in: text, policies, done: "nothing was tried"))
        }
        return .success
    }

    /// Walks all orders of the period, a page at a time.
    private func ask(
        _ question: WhatIf, over period: (from: Timestamp, to: Timestamp), _ system: System, _ console: Console
    ) async throws -> WhatIf {
        var whatIf = question
        var search = OrderSearch()
        search.channel = question.present.code
        (search.placedFrom, search.placedTo) = period
        let chosen = search
        var cursor: String?
        repeat {
            let after = cursor
            let (page, next) = try await system.waybill.read { db in
                let (ids, next) = try chosen.page(after: after, limit: WhatIf.ordersMax, in: db)
                let page = try TriedOrder.load(ids, of: question.present, in: db)
                return (page.orders, page.isPart ? page.orders.last.map(\.order.id.description) ?? next : next)
            }
            for tried in page { whatIf.ask(about: tried) }
            cursor = next
            console.progress("channel \(question.present.code)", nil, "\(whatIf.orders) orders")
            try Task.checkCancellation()
        } while cursor != nil
        console.endProgress()
        return whatIf
    }

    private func show(_ answers: [WhatIf], on console: Console) {
        if json {
            return console.json { json in
                json.object { object in
                    object.array("data") { list in for entry in answers { entry.write(isPart: false, to: &list) } }
                }
            }
        }
        for entry in answers {
            console.out("channel \(entry.present.code), as in force in version \(entry.present.version)")
            for change in entry.changes {
                console.out("    \(change.field): \(change.before?.text ?? "—") → \(change.after?.text ?? "—")")
            }
            if entry.changes.isEmpty { console.out("    the draft changes nothing") }
            console.out("\(entry.differing) of \(entry.orders) orders are decided differently")
            let rows = entry.rows
            if !rows.isEmpty { console.table(WhatIf.headings, rows) }
            console.out()
        }
    }
}
