import Synchronization

/// The configuration as last read, for readers: each read asks only whether it is another by now.
///
/// A class, since readers share it; a lock guards it.
public final class KnownConfiguration: Sendable {
    private let last = Mutex<Configuration?>(nil)

    public init() {}

    public func configuration(in db: any Connection) throws -> Configuration {
        let present = try Configuration.load(in: db, unless: last.withLock { $0 })
        last.withLock { $0 = present }
        return present
    }
}
