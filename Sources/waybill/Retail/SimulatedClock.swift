import OrderManagement
import Synchronization

/// A clock that stands still until it is set; it never goes back.
///
/// A class, since the writer's thread reads it while another sets it.
final class SimulatedClock: Sendable {
    private let moment: Mutex<Timestamp>

    init(at start: Timestamp) { moment = Mutex(start) }

    var now: Timestamp { moment.withLock { $0 } }
    func advance(to next: Timestamp) { moment.withLock { $0 = max($0, next) } }
}
