import Foundation
import Logging
import OrderManagement
import ServiceLifecycle
import Synchronization

/// Runs jobs as they fall due, and sleeps until the next one or the next commit. Ends between two steps.
struct JobLoop: Service {
    private let waybill: OrderManagement
    private let runner: JobRunner
    private let lane: JobLane
    private let asked: JobAsks
    private let logger = Logger(label: "jobs")

    /// Under load commits come in thousands: no more than a hundred looks a second.
    private static let pause = Duration.milliseconds(10)
    /// After a step that could change nothing, such as on a full disk.
    private static let pauseInTrouble = Duration.seconds(1)
    /// The clock may be set meanwhile: no sleep is longer.
    private static let pauseMax = Duration.seconds(60)

    /// - Parameter post: Which jobs: servers outside that are slow hold up nobody but those who ask them.
    init(_ waybill: OrderManagement, _ runner: JobRunner, on post: (lane: JobLane, asks: JobAsks)) {
        self.waybill = waybill
        self.runner = runner
        (lane, asked) = (post.lane, post.asks)
    }

    /// How often kept replies are walked for old ones, and sessions that are over forgotten.
    private static let sweepEvery = Seconds.hours(24)

    func run() async throws {
        var lastSweep = waybill.clock()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if lane == .work, waybill.clock() - lastSweep > Self.sweepEvery {
                lastSweep = waybill.clock()
                await sweep()
            }
            let seen = waybill.commits.count
            let accepted = waybill.counts.accepted
            do {
                let (ran, next) = try await runner.step(on: lane, asking: asked)
                if ran == 0 {
                    await rest(Self.pause)
                    await sleep(until: next, orCommitAfter: seen)
                } else if waybill.counts.accepted == accepted {
                    await rest(Self.pauseInTrouble)
                }
            } catch {
                logger.error("jobs are waiting: \(error)")
                await rest(Self.pauseInTrouble)
            }
        }
    }

    private func sweep() async {
        do {
            let count = try await waybill.forgetOldReplies()
            logger.info("forgot \(count) kept replies")
        } catch {
            logger.error("kept replies were not swept: \(error)")
        }
        do {
            try await waybill.forgetExpiredSessions()
        } catch {
            logger.error("sessions that are over were not swept: \(error)")
        }
    }

    private func sleep(until next: Timestamp?, orCommitAfter seen: Int64) async {
        let wait = next.map { Duration.milliseconds($0.milliseconds - waybill.clock().milliseconds) }
        let duration = min(max(wait ?? Self.pauseMax, .zero), Self.pauseMax)
        await untilShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await waybill.commits.next(after: seen) }
                group.addTask { await pass(duration) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func rest(_ duration: Duration) async { await untilShutdown { await pass(duration) } }

    /// Returns after the time, or at once when cancelled.
    private func pass(_ duration: Duration) async {
        do {
            try await Task.sleep(for: duration)
        } catch {
            return  // cancelled: nothing to wait for
        }
    }

    /// Only waiting is cut short by a shutdown; a step that was begun is finished.
    private func untilShutdown(_ body: @escaping @Sendable () async -> Void) async {
        await cancelWhenGracefulShutdown { await body() }
    }
}

/// SIGTERM and SIGINT: the first asks for an orderly end, the second ends the process at once.
///
/// A class, since the signals' handlers share the count with the one who waits; they live as long as the process.
final class Signals: Sendable {
    private let count = Atomic<Int>(0)

    init(_ stop: @escaping @Sendable () -> Void) {
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                // What was committed is on the disk: there is nothing to lose. The source keeps itself alive.
                if count.add(1, ordering: .relaxed).newValue > 1 || source.isCancelled { _exit(128 + number) }
                stop()
            }
            source.resume()
        }
    }

    /// Whether an end was asked for.
    var hasCome: Bool { count.load(ordering: .relaxed) > 0 }
}
