import Foundation
import OrderManagement
import TestSupport

@testable import Server

/// Every state that calls can meet, and how it comes about: each recipe makes a new thing in that state.
enum Situations {
    typealias Recipe = @Sendable (TestSystem) async throws -> Situation

    /// By the kind of thing, and by `KIND STATE` or `KIND STATE, MORE` of the thing numbered 1.
    static let all: [Noun: [String: Recipe]] = [
        .fulfillment: fulfillments, .parcel: parcels, .return: returns, .payment: payments, .amendment: amendments,
        .transfer: transfers, .inbound: inbounds, .reservation: reservations, .order: orders, .hold: holds,
        .stage: stages, .memo: memos, .exception: exceptions, .job: jobs, .message: messages,
    ]

    private struct Silence: Error {}

    /// Refuses, skips or takes mail by the name of its recipient.
    private struct Post: Mailer {
        func send(
            _ letter: Letter, to recipient: String, named name: String, as id: MessageID
        ) async -> SendingOutcome {
            if recipient.hasPrefix("refused") { return .refused(reason: "unknown") }
            return recipient.hasPrefix("skipped") ? .skipped(reason: "nobody is there") : .sent
        }
    }

    /// A shop with enough of everything: its card company refuses to give anything back, another never answers, its
    /// tills have pickups filled by transfers, and its desk releases by hand and tells of every order.
    static func shop() throws -> TestSystem {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 90000", "TEE-M@YORK: 9000", "CAP@LONDON: 9000",
            providers: [
                TestProvider("card") { $0.kind == .refund ? .refused(reason: "closed") : .done(reference: "c") },
                TestProvider("silent") { _ in throw Silence() },
                TestProvider("clinging") { $0.kind == .void ? .refused(reason: "closed") : .done(reference: "c") },
            ], mailer: Post())
        var till = Channel.till
        till.policy.supply.pickupByTransfer = true
        try shop.perform(SaveCouriers(couriers: [.vans]))
        try shop.perform(SaveChannel(channel: till))
        var desk = Channel(
            code: "desk", name: "Desk", currency: pounds, numberPrefix: "DES-",
            policy: ChannelPolicy(stages: [], release: .manual))
        desk.policy.messages = MessagePolicy(kinds: [.received])
        desk.policy.supply.uncollected = .ask
        try shop.perform(SaveChannel(channel: desk))
        return shop
    }

    static let sent = "2 × TEE-M at 10.00 GBP, store"
    static let collected = "2 × TEE-M at 10.00 GBP, store, pickup at YORK"
    static let pounds = Currency("GBP")!  // known

    /// The moves of a kind of things: those of its lifecycle, or what stands in `Situation.things`.
    static func table(of noun: Noun) -> [(state: String, action: String)] {
        func moves<State: Lifecycle>(_: State.Type, but left: [State] = []) -> [(state: String, action: String)] {
            State.allCases.filter { !left.contains($0) }.flatMap { state in
                state.exits.keys.map { (state.rawValue, $0.rawValue) }
            }
        }
        switch noun {
        case .fulfillment: return moves(Fulfillment.State.self)
        // Couriers know nothing of parcels that were not given to them.
        case .parcel: return moves(Parcel.State.self, but: [.packed, .labelled])
        case .return: return moves(Return.State.self)
        case .payment: return moves(Payment.State.self)
        case .amendment: return moves(Amendment.State.self)
        case .transfer: return moves(Transfer.State.self)
        case .inbound: return moves(InboundSupply.State.self)
        case .reservation: return moves(Reservation.State.self)
        case .hold: return [("stands", "lift")]
        case .stage: return [("pending", "pass"), ("pending", "fail"), ("failed", "pass"), ("failed", "fail")]
        case .memo: return [("outstanding", "refund")]
        case .exception: return [("open", "resolve"), ("open", "assign")]
        case .job: return [("buried", "retry")]
        case .message: return [("sent", "resend"), ("failed", "resend"), ("skipped", "resend")]
        case .order: return []
        }
    }

    /// The states of a kind of things that a situation must be there for.
    static func states(of noun: Noun) -> [String] {
        switch noun {
        case .fulfillment: Fulfillment.State.allCases.map(\.rawValue)
        case .parcel: Parcel.State.allCases.filter { $0 != .labelled }.map(\.rawValue)
        case .return: Return.State.allCases.map(\.rawValue)
        case .payment: Payment.State.allCases.map(\.rawValue)
        case .amendment: Amendment.State.allCases.map(\.rawValue)
        case .transfer: Transfer.State.allCases.map(\.rawValue)
        case .inbound: InboundSupply.State.allCases.map(\.rawValue)
        case .reservation: Reservation.State.allCases.map(\.rawValue)
        case .order: OrderStatus.Overall.allCases.map(\.rawValue)
        case .stage: Order.Gate.State.allCases.map(\.rawValue)
        case .hold: ["stands", "lifted"]
        case .memo: ["outstanding", "paid"]
        case .exception: ["open", "resolved"]
        case .job: Job.State.allCases.map(\.rawValue)
        case .message: Message.State.allCases.map(\.rawValue)
        }
    }

    // MARK: Fulfillments

    private static func walked(_ text: String, to state: Fulfillment.State) -> Recipe {
        { shop in
            let id = try shop.place(text)
            try shop.walk(id, to: state)
            return Situation(order: id)
        }
    }

    private static let fulfillments: [String: Recipe] = [
        "fulfillment open": { shop in
            let id = try shop.place("2 × TEE-M at 10.00 GBP")
            return Situation(order: id)
        },
        "fulfillment open, to be released by hand": { shop in
            var order = try PlaceOrder(sent)
            order.channel = "desk"
            return Situation(order: OrderID(try id(shop.perform(order))))
        },
        "fulfillment open, waiting for a transfer": { shop in
            let id = try shop.place("2 × CAP at 10.00 GBP, store, pickup at YORK")
            return Situation(order: id, transfer: try shop.order(id).fulfillments.first?.transfer)
        },
        "fulfillment released": walked(sent, to: .released), "fulfillment accepted": walked(sent, to: .accepted),
        "fulfillment picking": walked(sent, to: .picking), "fulfillment packed": walked(sent, to: .packed),
        "fulfillment packed, for pickup": walked(collected, to: .packed),
        "fulfillment shipped": walked(sent, to: .shipped), "fulfillment delivered": walked(sent, to: .delivered),
        "fulfillment ready": walked(collected, to: .ready), "fulfillment collected": walked(collected, to: .collected),
        "fulfillment expired": { shop in
            let id = try shop.place(collected)
            try shop.walk(id, to: .ready)
            shop.advance(.days(60))
            try await shop.runDueJobs()
            return Situation(order: id)
        },
        "fulfillment ready, for too long": { shop in
            var order = try PlaceOrder(collected)
            order.channel = "desk"
            guard let id = OrderID(try id(shop.perform(order))) else { return Situation() }
            try shop.walk(id, to: .ready)
            shop.advance(.days(60))
            try await shop.runDueJobs()
            return Situation(order: id)
        },
        "fulfillment rejected": { shop in
            let id = try shop.place(sent)
            try shop.perform(RejectFulfillment(fulfillment: FulfillmentID(id, 1), reason: .noCapacity))
            return Situation(order: id)
        },
        "fulfillment cancelled": { shop in
            let id = try shop.place(sent)
            try shop.perform(CancelFulfillment(fulfillment: FulfillmentID(id, 1)))
            return Situation(order: id)
        },
        "fulfillment released, on hold": { shop in
            let id = try shop.place(sent)
            try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
            return Situation(order: id)
        },
    ]

    // MARK: Parcels

    /// One parcel with a tracking number, of which the courier has told this, one after the other.
    private static func tracked(_ news: Parcel.State...) -> Recipe {
        { shop in
            let id = try shop.place(sent)
            try shop.walk(id, to: .packed)
            let tracking = "T-\(id)"
            try shop.perform(
                ShipFulfillment(
                    fulfillment: FulfillmentID(id, 1),
                    parcels: [.init(parcel: ParcelID(id, 1), courier: "vans", tracking: tracking)]))
            for status in news {
                shop.advance(Seconds(1))
                try shop.perform(
                    RecordTracking(
                        courier: "vans", tracking: tracking, status: status, at: shop.now, candidates: [id]))
            }
            shop.advance(.minutes(1))
            return Situation(order: id, tracking: tracking)
        }
    }

    private static func settled(_ made: Situation, _ shop: TestSystem, reshipped: Bool) throws -> Situation {
        guard let id = made.order else { return made }
        try shop.perform(
            reshipped
                ? ReshipParcel(parcel: ParcelID(id, 1), delivery: nil, note: nil)
                : ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        return made
    }

    private static let parcels: [String: Recipe] = [
        "parcel packed": walked(sent, to: .packed),
        "parcel handed_over": tracked(), "parcel in_transit": tracked(.inTransit),
        "parcel out_for_delivery": tracked(.inTransit, .outForDelivery), "parcel delivered": tracked(.delivered),
        "parcel exception": tracked(.inTransit, .exception), "parcel lost": tracked(.lost),
        "parcel returned_to_sender": tracked(.returnedToSender),
        "parcel lost, paid": { try settled(try await tracked(.lost)($0), $0, reshipped: false) },
        "parcel lost, sent again": { try settled(try await tracked(.lost)($0), $0, reshipped: true) },
    ]

    // MARK: Reservations

    private static func reservation(
        _ steps: @escaping @Sendable (TestSystem, ReservationID) throws -> Void
    ) -> Recipe {
        { shop in
            let reply = try shop.perform(
                ReserveStock(channel: "web", lines: [.init(sku: "TEE-M", quantity: 2)], expiresIn: .minutes(15)))
            guard let id = ReservationID(try id(reply)) else { return Situation() }
            try steps(shop, id)
            try await shop.runDueJobs()
            return Situation(reservation: id)
        }
    }

    private static let reservations: [String: Recipe] = [
        "reservation live": reservation { _, _ in },
        "reservation released": reservation { try $0.perform(ReleaseReservation(reservation: $1)) },
        "reservation expired": reservation { shop, _ in shop.advance(.minutes(15)) },
        "reservation used": reservation { shop, id in
            var order = try PlaceOrder(sent)
            order.channel = "web"
            order.reservation = id
            try shop.perform(order)
        },
    ]

    static func id(_ reply: Reply) throws -> String { try JSON.parse(reply.body)["id"]?.string ?? "" }
}
