/// Something a caller wants done: a value, performed by `OrderManagement.perform` in three steps: load what it needs,
/// decide in memory, apply what changed.
public protocol Command: Sendable {
    /// `cancel-order`: stands in events and metrics.
    static var name: String { get }

    /// Whether it must not share its group with others: it changes the configuration that all others decide by.
    static var isAlone: Bool { get }

    /// Whether it takes somebody's rights away: what others remember of rights is void once it is committed.
    static var takesRights: Bool { get }

    /// Names the rows that deciding will look at. Asked again after each load, until nothing new is named.
    func needs(_ needs: inout Needs, given work: Work)

    /// Decides. Looks at and changes only `work`; never a clock, a database, a network.
    ///
    /// - Throws: `Refusal`, and then nothing of it remains; `BrokenInvariant` where the books contradict themselves.
    func execute(in work: inout Work) throws -> Reply
}

extension Command {
    public static var isAlone: Bool { false }
    public static var takesRights: Bool { false }
    public func needs(_ needs: inout Needs, given work: Work) {}
}

/// What a command answers: the same document for its caller, for its key, and for a twin of its key.
public struct Reply: Hashable, Sendable {
    /// 200 or 201.
    public let status: Int
    /// JSON; empty for none.
    public var body: String
    /// The path of what was created.
    public let location: String?
    /// The version of what it shows, for `ETag`.
    public let version: Int64?
    /// The place, among the command's own events, of the one whose data is this body: kept once instead of twice.
    let event: Int?

    public init(
        status: Int = 200, body: String, location: String? = nil, version: Int64? = nil, event: Int? = nil
    ) {
        self.status = status
        self.body = body
        self.location = location
        self.version = version
        self.event = event
    }

    /// The reply of a preview: what it shows never comes to be by itself, so its version is the one that stands.
    func previewing(_ order: Order) -> Reply {
        Reply(status: status, body: body, location: location, version: order.version)
    }

    /// The whole order, as after the command.
    static func order(_ order: Order) -> Reply { Reply(body: order.view, version: order.version) }

    /// A part of an order, with the order itself as the member `order`.
    static func part(
        of order: Order, status: Int = 200, location: String? = nil, _ write: (inout JSONWriter) -> Void
    ) -> Reply {
        var json = JSONWriter(reservingCapacity: 2048)
        json.object {
            write(&$0)
            $0.name("order")
            order.write(to: &$0)
        }
        return Reply(status: status, body: json.text, location: location, version: order.version)
    }
}

/// A caller's promise that requests with the same key are one request.
public struct IdempotencyKey: Hashable, Sendable {
    /// Principal, method and path and the caller's key, in one text.
    public let text: String
    /// Of the body: a second request under the key must be the same.
    public let digest: String

    public init(principal: Principal, method: String, path: String, key: String, digest: String) {
        self.text = "\(principal.name) \(method) \(path) \(key)"
        self.digest = digest
    }

    /// How long replies are kept.
    public static let keptFor = Seconds.days(30)
}
