import OrderManagement
import Synchronization

/// The company's time, moved by the simulator alone. A class, since the writer's thread reads what the simulator sets.
final class SimulatedClock: Sendable {
    private let moment: Mutex<Timestamp>

    init(at moment: Timestamp) { self.moment = Mutex(moment) }

    var now: Timestamp { moment.withLock { $0 } }

    func advance(by milliseconds: Int64) {
        moment.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }
}
