public import OrderManagement
import Synchronization

/// A courier without vans, whose connection is named `test`: for trying things out, and scriptable for tests.
///
/// It is idempotent by the request's key, as a good courier is: asked twice, it sells once and answers the same. A
/// class, since it remembers what it was asked.
public final class TestCourier: CourierConnection {
    /// What happens to the next purchases, voids, manifests and pickups that are new.
    public enum Behavior: Sendable, Hashable {
        case act
        case refuse(reason: String)
        /// Cannot be reached: nothing is done.
        case fail
        /// Does it, but the answer is lost on the way.
        case loseAnswer
        /// Sells for another price than was asked before.
        case charge(Int64)
    }

    /// It could not be reached, or its answer was lost: the outcome is not known.
    public struct NoAnswer: Error, CustomStringConvertible {
        public let description: String
    }

    fileprivate struct State {
        var script: [Behavior] = []
        var sold: [String: LabelOutcome] = [:]
        var bought: [String] = []
        var requests: [LabelRequest] = []
        var asked: [String] = []
        var voided: [String] = []
        var handedOver: [String: HandOverOutcome] = [:]
        var manifests: [String] = []
        var called: [String: PickupOutcome] = [:]
        var pickups: [String] = []
        var stoodUp: Set<String> = []
        var news: [CourierNews] = []
    }

    public let name: String
    fileprivate let state: Mutex<State>
    private let document: LabelDocument?
    private let manifest: LabelDocument?
    private let routing: String?

    /// - Parameters:
    ///   - name: What couriers call the connection that sells their labels.
    ///   - document: What it gives to be printed; nil leaves that to the retailer.
    ///   - routing: By what it sorts, on labels that the retailer prints.
    ///   - manifest: What it gives as its list of what it took along; nil leaves that to the retailer.
    ///   - script: What happens to the first purchases, voids and manifests; then it acts.
    public init(
        name: String = "test", document: LabelDocument? = nil, routing: String? = nil, manifest: LabelDocument? = nil,
        script: [Behavior] = []
    ) {
        (self.name, self.document, self.routing) = (name, document, routing)
        self.manifest = manifest
        state = Mutex(State(script: script))
    }

    /// The keys of the labels that it sold, in order.
    public var bought: [String] { state.withLock { $0.bought } }
    /// What it was told of them.
    public var requests: [LabelRequest] { state.withLock { $0.requests } }
    /// The keys that it was asked after.
    public var asked: [String] { state.withLock { $0.asked } }
    /// The tracking numbers of labels that it took back.
    public var voided: [String] { state.withLock { $0.voided } }

    /// The tracking numbers of its manifests, in order.
    public var manifests: [String] { state.withLock { $0.manifests } }

    /// What it was called for, in order, and what it was told not to come for.
    public var pickups: [String] { state.withLock { $0.pickups } }
    public var cancelledPickups: Set<String> { state.withLock { $0.stoodUp } }

    public func next(_ behaviors: Behavior...) { state.withLock { $0.script += behaviors } }
    /// Has something to tell from now on.
    public func tell(_ news: CourierNews...) { state.withLock { $0.news += news } }

    public func rates(for request: LabelRequest) async throws -> [CourierRate] {
        let price = Money(499, request.value.currency)
        return [CourierRate(service: request.service, name: request.service, price: price, days: 2)]
    }

    public func buy(_ request: LabelRequest) async throws -> LabelOutcome {
        try state.withLock { state in
            if let known = state.sold[request.key] { return known }
            switch state.script.isEmpty ? .act : state.script.removeFirst() {
            case .act: return sell(request, for: nil, &state)
            case .charge(let price): return sell(request, for: price, &state)
            case .refuse(let reason):
                state.sold[request.key] = .refused(reason: reason)
                return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the courier test could not be reached")
            case .loseAnswer:
                _ = sell(request, for: nil, &state)
                throw NoAnswer(description: "the answer of the courier test was lost")
            }
        }
    }

    private func sell(_ request: LabelRequest, for price: Int64?, _ state: inout State) -> LabelOutcome {
        state.bought.append(request.key)
        state.requests.append(request)
        let outcome = LabelOutcome.bought(
            tracking: "T\(1000 + state.bought.count)", reference: "ref-\(request.key)",
            price: price.map { Money($0, request.value.currency) }, document: document, routing: routing)
        state.sold[request.key] = outcome
        return outcome
    }

    public func purchase(under key: String) async throws -> LabelOutcome? {
        state.withLock { state in
            state.asked.append(key)
            return state.sold[key]
        }
    }

    public func void(_ label: BoughtLabel) async throws -> VoidOutcome {
        try state.withLock { state in
            if state.voided.contains(label.tracking) { return .done }
            switch state.script.isEmpty ? .act : state.script.removeFirst() {
            case .act, .charge: state.voided.append(label.tracking)
            case .refuse(let reason): return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the courier test could not be reached")
            case .loseAnswer:
                state.voided.append(label.tracking)
                throw NoAnswer(description: "the answer of the courier test was lost")
            }
            return .done
        }
    }

    public func news(of labels: [BoughtLabel]) async throws -> [CourierNews] {
        let wanted = Set(labels.map(\.tracking))
        return state.withLock { $0.news.filter { wanted.contains($0.tracking) } }
    }

    public func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        try state.withLock { state in
            if let known = state.handedOver[key] { return known }
            switch state.script.isEmpty ? .act : state.script.removeFirst() {
            case .act, .charge: return list(labels, key, &state)
            // Asked again it may do it.
            case .refuse(let reason): return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the courier test could not be reached")
            case .loseAnswer:
                _ = list(labels, key, &state)
                throw NoAnswer(description: "the answer of the courier test was lost")
            }
        }
    }

    private func list(_ labels: [BoughtLabel], _ key: String, _ state: inout State) -> HandOverOutcome {
        state.manifests.append(labels.map(\.tracking).joined(separator: " "))
        let outcome = HandOverOutcome.done(reference: "manifest-\(state.manifests.count)", manifest: manifest)
        state.handedOver[key] = outcome
        return outcome
    }
}

/// Being called to a place.
extension TestCourier {
    public func pickup(of request: PickupRequest) async throws -> PickupOutcome? {
        state.withLock { $0.called[request.key] }
    }

    public func requestPickup(_ request: PickupRequest) async throws -> PickupOutcome {
        try state.withLock { state in
            if let known = state.called[request.key] { return known }
            switch state.script.isEmpty ? .act : state.script.removeFirst() {
            case .act, .charge: return call(request, &state)
            case .refuse(let reason): return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the courier test could not be reached")
            case .loseAnswer:
                _ = call(request, &state)
                throw NoAnswer(description: "the answer of the courier test was lost")
            }
        }
    }

    private func call(_ request: PickupRequest, _ state: inout State) -> PickupOutcome {
        state.pickups.append("\(request.date) \(request.ready)-\(request.closes) \(request.parcels)")
        let outcome = PickupOutcome.booked(reference: "pickup-\(state.pickups.count)")
        state.called[request.key] = outcome
        return outcome
    }

    public func cancelPickup(_ pickup: BookedPickup) async throws -> VoidOutcome {
        try state.withLock { state in
            if state.stoodUp.contains(pickup.reference) { return .done }
            switch state.script.isEmpty ? .act : state.script.removeFirst() {
            case .act, .charge: state.stoodUp.insert(pickup.reference)
            case .refuse(let reason): return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the courier test could not be reached")
            case .loseAnswer:
                state.stoodUp.insert(pickup.reference)
                throw NoAnswer(description: "the answer of the courier test was lost")
            }
            return .done
        }
    }
}
