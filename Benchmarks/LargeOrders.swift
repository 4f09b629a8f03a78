import Databases
import Foundation
import OrderManagement

/// What is done to one large order, and one return over a counter: a person or a shop waits for each.
///
/// Beside them stands the smallest durable command, a note on an order of one line: what the door and the disk take.
struct LargeOrders {
    let retailer: any FoundedRetailer
    let rounds: Int

    static let lines = 1_000
    /// From the request to the durable answer.
    static let wantedMilliseconds = 50.0
    private static let triesPerRound = 5

    func run(into report: inout Report) throws {
        var times: [What: [Double]] = [:]
        let address = try retailer.copy()
        let database = try Retailer.open(address)
        let waybill = OrderManagement(database: database)
        _ = try waybill.performNow(SaveChannel(channel: Self.till), as: .system)
        var number = 0
        for round in 1...rounds {
            Progress.say("large orders: round \(round) of \(rounds)")
            var found: [What: [Double]] = [:]
            for _ in 1...Self.triesPerRound {
                number += 1
                for (what, time) in try walk(number, through: waybill) { found[what, default: []].append(time) }
            }
            for (what, all) in found { times[what, default: []].append(all.median) }
        }
        waybill.stop()
        try database.close()
        try PlaceOverHTTP.examine(address)
        try retailer.remove(address)
        tell(times, in: &report)
    }

    /// The rows of the table, in order.
    private enum What: String, CaseIterable {
        case note = "a note on an order of one line"
        case place = "place"
        case previewOne = "preview an amendment of one line"
        case stageOne = "stage it"
        case commitOne = "commit it"
        case stageMany = "stage an amendment of every second line"
        case commitMany = "commit that"
        case cancel = "cancel the whole"
        case `return` = "a return over the counter: received, judged, for sale again, refunded"
    }

    private func walk(_ number: Int, through waybill: OrderManagement) throws -> [What: Double] {
        var times: [What: Double] = [:]
        func timed(_ what: What, _ command: any Command) throws -> JSON {
            let start = ContinuousClock.now
            let reply = try waybill.performNow(command, as: .system)
            times[what] = (ContinuousClock.now - start).seconds * 1000
            return try JSON.parse(reply.body, limits: .stored)
        }
        let samples = SampleOrders(Shape(lines: Self.lines, spread: .uniform), count: 1, seed: UInt64(number)).samples
        let order = try id(try timed(.place, samples[0].command(externalID: "L\(number)")))
        let many = samples[0].lines.indices.filter { $0 % 2 == 0 && samples[0].lines[$0].quantity > 1 }
        let one = try request(order, [samples[0].lines.lastIndex { $0.quantity == 3 } ?? 0], samples[0])
        _ = try timed(.previewOne, AmendOrder(order: order, request: one, isPreview: true))
        let staged = try amendment(timed(.stageOne, AmendOrder(order: order, request: one)))
        _ = try timed(.commitOne, CommitAmendment(amendment: staged))
        let all = try request(order, many, samples[0])
        let more = try amendment(timed(.stageMany, AmendOrder(order: order, request: all)))
        _ = try timed(.commitMany, CommitAmendment(amendment: more))
        _ = try timed(.cancel, CancelOrder(order: order, reason: .customer))

        let small = try sold(number, through: waybill)
        _ = try timed(.note, NoteOrder(order: small, text: "Number \(number)"))
        _ = try timed(
            .return,
            RequestReturn(
                order: small, method: .inStore, location: Retailer.stores[0],
                lines: [
                    .init(line: OrderLineID(small, 1), quantity: 1, reason: .unwanted, disposition: .restock)
                ]))
        return times
    }

    /// One unit less of each of some lines.
    private func request(
        _ order: OrderID, _ lines: [Int], _ sample: SampleOrders.Sample
    ) throws -> AmendmentRequest {
        var request = AmendmentRequest()
        request.quantities = lines.map {
            .init(line: OrderLineID(order, $0 + 1), quantity: sample.lines[$0].quantity - 1)
        }
        return request
    }

    /// An order of one line that its customer has.
    private func sold(_ number: Int, through waybill: OrderManagement) throws -> OrderID {
        var sample = SampleOrders(Shape(lines: 1, spread: .uniform), count: 1, seed: UInt64(number)).samples[0]
            .command(externalID: "S\(number)")
        sample.channel = Self.till.code
        let order = try id(try JSON.parse(try waybill.performNow(sample, as: .system).body, limits: .stored))
        let work = FulfillmentID(order, 1)
        let units = [LineQuantity(line: OrderLineID(order, 1), quantity: sample.lines[0].quantity)]
        for command in [
            AcceptFulfillment(fulfillment: work), PickFulfillment(fulfillment: work),
            PackFulfillment(fulfillment: work, parcels: [.init(lines: units, weightGrams: 500)]),
            ShipFulfillment(fulfillment: work), DeliverFulfillment(fulfillment: work),
        ] as [any Command] { _ = try waybill.performNow(command, as: .system) }
        return order
    }

    private func id(_ body: JSON) throws -> OrderID {
        guard let id = OrderID(body["id"]?.string ?? "") else { throw BenchmarkFailure("no order was placed") }
        return id
    }

    private func amendment(_ body: JSON) throws -> AmendmentID {
        guard let id = AmendmentID(body["id"]?.string ?? "") else { throw BenchmarkFailure("nothing was staged") }
        return id
    }

    /// A channel without stages: its orders are released at once.
    private static var till: Channel {
        var till = Channel(code: "till", name: "Till", currency: .pounds, numberPrefix: "TILL-")
        till.policy.stages = []
        return till
    }

    private func tell(_ times: [What: [Double]], in report: inout Report) {
        var table = ReportTable(
            "Large orders on \(retailer.engine)",
            note: """
                An order of \(Self.lines) lines, nothing else under way, each command durable when it is answered; \
                medians of \(Self.triesPerRound) in each of \(rounds) rounds. The note is the smallest command: what \
                the door and the disk take.
                """,
            columns: ["command", "ms", "× the note"])
        let least = times[.note]?.median ?? 0
        for what in What.allCases {
            guard let values = times[what] else { continue }
            table.rows.append([
                what.rawValue, values.spread(decimals: 1), Figure.text(values.median / max(least, 0.001), decimals: 1),
            ])
            report.record("large orders on \(retailer.engine), \(what)", "milliseconds", values)
        }
        report.tables.append(table)
        for what in [What.stageOne, .commitOne] {
            let found = times[what]?.median ?? .infinity
            report.goals.append(
                Goal(
                    name: "an order of 1,000 lines on \(retailer.engine): amendment of one line, \(what)",
                    wanted: "< \(Int(Self.wantedMilliseconds)) ms", found: Figure.text(found, decimals: 1) + " ms",
                    isMet: found < Self.wantedMilliseconds))
        }
    }
}
