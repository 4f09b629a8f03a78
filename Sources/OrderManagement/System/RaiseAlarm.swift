/// A person hears of a command that failed by a contradiction: of each that fails on an order once, however often it is
/// tried.
extension GroupCommit {
    /// What of an error is shown: what the database says of a statement can be long.
    private static let errorMax = 300

    /// The books contradicted themselves: the command failed alone.
    ///
    /// 1. Finds the order that the command was about: the only one that it names.
    /// 2. Says in the exception that tells of it already what has failed now, or opens one.
    func raiseAlarm(
        _ error: any Error, _ submission: Submission, _ set: WorkingSet, at now: Timestamp, _ read: Reading
    ) throws {
        let command = type(of: submission.command).name
        var work = Work(set, now: now, principal: submission.principal, command: command)
        let id = order(of: submission, set, at: now)
        var told: [ExceptionID] = []
        try read(true) { db in
            told = try ExceptionStore.open(.brokenInvariant, about: command, in: db)
            var needs = Needs(set)
            if let id { needs.order(id) }
            for known in told { needs.exception(known) }
            set.take(&needs)
            if !needs.isEmpty { try set.load(needs, in: db) }
        }
        let order = id.flatMap { work.peek($0) }
        let cause = Self.cause(of: error, by: command, on: order?.number)
        let known = (told.compactMap { set.exceptions[$0] } + set.exceptions.changes.map { $0.now }).first {
            $0.isOpen && $0.kind == .brokenInvariant && $0.subject == command && $0.order == order?.id
        }
        if let known {
            if known.cause != cause { _ = work.tell(known, cause: cause) }
        } else {
            let new = work.open(
                .brokenInvariant, order: order?.id, subject: command, cause: cause, owner: "operations",
                suggestion: "Nothing was changed by it. Have the books checked: a contradiction is named with its "
                    + "place. Where they hold, the fault is in the program: report it with what stands in brackets.")
            work.record(.exceptionOpened) { new.writeOpening(to: &$0) }
        }
        _ = work.settle(Reply(body: "{}"))
    }

    /// The same for a command whose changes the tables refused: its transaction is gone, so the exception has its own.
    /// If that fails too, the caller's error and the log are all that is left; the alarm raises none of its own.
    func raiseAlarm(_ error: any Error, _ submission: Submission, at now: Timestamp) {
        do {
            try database.write { db in
                let group = try begin(in: db)
                try raiseAlarm(error, submission, group.set, at: now) { _, body in try body(db) }
                try group.set.apply(in: db)
            }
        } catch {
            forget()  // as after every failed commit
        }
    }

    /// The order that a command is about: the only one that it asks for before anything is known; nil where it asks for
    /// none, or for several.
    private func order(of submission: Submission, _ set: WorkingSet, at now: Timestamp) -> OrderID? {
        let empty = WorkingSet(
            set.configuration, connected, counters: set.counters, filling: set.filling, cache: GroupCache())
        var needs = Needs(empty)
        let command = submission.command
        let work = Work(empty, now: now, principal: submission.principal, command: type(of: command).name)
        command.needs(&needs, given: work)
        return needs.orders.count == 1 ? needs.orders.first : nil
    }

    /// Words for people first; what the program says of it stands behind.
    private static func cause(of error: any Error, by command: String, on order: String?) -> String {
        let (text, most) = ("\(error)", errorMax)
        let words = command.split(separator: "-").joined(separator: " ")
        let place = order.map { " on order \($0)" } ?? ""
        return "Somebody or something wanted to \(words)\(place), and could not: what was to be written contradicts "
            + "the books, so that nothing was. (\(command): \(text.prefix(most))\(text.count > most ? "…" : ""))"
    }
}
