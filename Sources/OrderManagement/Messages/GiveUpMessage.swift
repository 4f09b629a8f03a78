/// Giving up a message that nobody could carry out. A person hears once of what a customer was not told: where sending
/// it again does not help either, the exception that shows it says so, and no other is opened beside it.
extension Work {
    /// Buries the job of a message and shows it on the order; or takes it off, where another message that was to tell
    /// the same is shown already. Once its cause is seen to, that one is sent again.
    mutating func giveUp(_ message: inout Message, _ job: Job, because reason: String) {
        guard var order = peek(message.order) else {
            message.state = .failed
            job.bury(in: &self)
            return
        }
        message.reason = reason
        if let (shown, first) = shown(telling: message, of: order) {
            let isElsewhere = message.recipient != first.recipient
            order.tell(
                shown,
                cause: "The message \(first.kind.rawValue) did not go out, nor when it was sent again"
                    + "\(isElsewhere ? ", to \(message.recipient)" : ""): \(reason.prefix(Job.causeMax))",
                suggestion: shown.suggestion, in: &self)
            message.state = .skipped
            message.reason = "\(reason); \(first.id) stands for it"
            finish(job.id)
        } else {
            message.state = .failed
            job.bury(on: &order, in: &self)
        }
        update(order)
    }

    /// What shows on an order that another message did not go out that was to tell the same, and that message.
    private func shown(telling message: Message, of order: Order) -> (OrderException, Message)? {
        for exception in order.exceptions where exception.kind == .buriedJob {
            guard let first = exception.subject.flatMap({ JobID($0) }).flatMap(givenUpMessage),
                first.id != message.id, first.tellsSame(as: message),
                // A message that went out in the same group has settled it.
                let shown = self.exception(exception.id), shown.isOpen
            else { continue }
            return (shown, first)
        }
        return nil
    }

    private func givenUpMessage(_ job: JobID) -> Message? {
        anyJob(job).flatMap { $0.kind == .sendMessage ? MessageID($0.payload) : nil }.flatMap(message)
    }
}

extension Message {
    /// Whether both were to tell the customer of the same event.
    func tellsSame(as other: Message) -> Bool {
        order == other.order && sequence == other.sequence && kind == other.kind
    }
}

extension Needs {
    /// What it takes to give up a message: its order, and what shows there that others did not go out.
    mutating func givingUp(_ message: MessageID, given work: Work) {
        guard let id = work.message(message)?.order else { return }
        order(id)
        for exception in work.peek(id)?.exceptions ?? [] where exception.kind == .buriedJob {
            guard let job = exception.subject.flatMap({ JobID($0) }) else { continue }
            self.exception(exception.id)
            self.job(job)
            if let known = work.anyJob(job), known.kind == .sendMessage, let other = MessageID(known.payload) {
                self.message(other)
            }
        }
    }
}
