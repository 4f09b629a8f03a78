/// Does what a staged amendment says, in one commit: units, stock, work, money, and the order's next revision.
///
/// 1. Checks that it is open, and that the order is still the one that it was previewed on.
/// 2. Changes the order on the live stock; units that were there at the preview must still be.
/// 3. Keeps the difference as a revision, and tells it.
///
/// - Throws: `.staleVersion`; `.illegalTransition` when it is closed or has expired; what staging throws.
public struct CommitAmendment: Command {
    public static let name = "commit-amendment"
    public let amendment: AmendmentID

    public init(amendment: AmendmentID) { self.amendment = amendment }

    public func needs(_ needs: inout Needs, given work: Work) {
        let open = work.peek(amendment.order)?.openAmendment
        needs.amended(amendment.order, open?.staged?.request, given: work)
        needs.labelled(amendment.order, to: open?.staged?.request.delivery?.address, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let before = try work.order(amendment.order)
        let index = try before.indexOfAmendment(amendment)
        _ = try before.amendments[index].state.after(.commit)
        guard let staged = before.amendments[index].staged else {
            throw BrokenInvariant("the open amendment \(amendment) asks for nothing")
        }
        try require(staged, before, at: work.now)
        let channel = try work.configuration.channel(before.channel).amending(for: work.principal)
        try before.requireOpen()
        let objections = staged.request.objections(to: before, channel, in: work)
        if !objections.isEmpty { throw Refusal(objections) }

        var order = before
        let told = work.record(.orderAmended, on: &order, data: "")
        try order.amend(staged.request, channel, in: &work)
        order.bar([staged.by, work.principal.name], in: &work)
        try order.close(index, .commit, in: &work)
        if before.change(to: order.delivery) == .address { order.labelAnew(in: &work) }
        let preview = AmendmentPreview(from: before, to: order)
        guard preview.waiting <= staged.waiting else {
            throw Refusal(
                .insufficientStock,
                "\(preview.waiting - staged.waiting) units that were there at the preview are gone: preview it again")
        }
        return record(preview, told, &order, channel, in: &work)
    }

    private func require(_ staged: Amendment.Staged, _ order: Order, at now: Timestamp) throws(Refusal) {
        guard now < staged.expiresAt else {
            throw Refusal(.illegalTransition, "\(amendment) has expired at \(staged.expiresAt): stage it again")
        }
        guard staged.version == order.version else {
            throw Refusal(
                .staleVersion,
                "order \(order.number) is at version \(order.version), \(amendment) was previewed on "
                    + "\(staged.version): preview it again")
        }
    }

    private func record(
        _ preview: AmendmentPreview, _ told: Int, _ order: inout Order, _ channel: Channel, in work: inout Work
    ) -> Reply {
        let revision = order.revision
        var changes = JSONWriter(reservingCapacity: 1024)
        preview.difference.write(to: &changes)
        let text = changes.text
        var event = JSONWriter(reservingCapacity: 1024)
        event.object {
            $0.member("amendment", amendment.description)
            $0.member("revision", revision)
            $0.member("policy_version", channel.version)
            $0.member("changes", raw: text)
            preview.after.tellRefunded(since: preview.before, to: &$0)
        }
        work.fill(told, with: event.text)
        let (id, now, principal) = (amendment, work.now, work.principal.name)
        work.write { try AmendmentStore.commit(id, revision, changes: text, at: now, by: principal, in: $0) }
        order = work.update(order)
        return .part(of: order, status: 201, location: "/v1/orders/\(order.id)/revisions/\(revision)") {
            $0.member("id", amendment.description)
            $0.member("status", Amendment.State.committed.rawValue)
            $0.member("revision", revision)
            preview.write(to: &$0)
        }
    }
}

/// Lets a staged amendment go; nothing of it was done.
///
/// - Throws: `.illegalTransition` when it is closed already.
public struct DropAmendment: Command {
    public static let name = "drop-amendment"
    public let amendment: AmendmentID

    public init(amendment: AmendmentID) { self.amendment = amendment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(amendment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(amendment.order)
        try order.close(try order.indexOfAmendment(amendment), .drop, in: &work)
        order = work.update(order)
        return .part(of: order) {
            $0.member("id", amendment.description)
            $0.member("status", Amendment.State.dropped.rawValue)
        }
    }
}

/// Job: nobody committed it in time. One that was decided meanwhile leaves nothing to do.
struct ExpireAmendment: Command {
    static let name = "expire-amendment"
    let amendment: AmendmentID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(amendment.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(amendment.order)
        let index = try order.indexOfAmendment(amendment)
        guard order.amendments[index].state == .open else { return Reply(body: "{}") }
        try order.close(index, .expire, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}
