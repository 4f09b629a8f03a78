extension JobRunner {
    /// Puts a message into words and has it carried out, outside of any transaction, by the message's own id.
    func sendMessage(_ job: Job) async throws {
        guard let id = MessageID(job.payload) else { throw BrokenInvariant("the job \(job.id) names no message") }
        let found = try await waybill.read { db -> (Message, MessageValues, [Job])? in
            guard let message = try MessageStore.message(id, in: db) else { return nil }
            let values = try MessageValues(of: message.order, telling: message.sequence, in: db)
            return try values.map { (message, $0, try Self.givenUp(beside: message, in: db)) }
        }
        guard case (let message, var values, let givenUp)? = found else {
            throw BrokenInvariant("the job \(job.id) names a message that is not there, or an order or channel is gone")
        }
        if message.letter == nil { values.link = try await links?.address(of: values.order) }
        let (letter, outcome) = try await attempt(message, values)
        _ = try await waybill.perform(
            RecordSending(message: id, job: job.id, letter: letter, outcome: outcome, givenUp: givenUp), as: .system)
    }

    /// The jobs of other messages that were to tell the same and were given up: this one goes out instead of them.
    private static func givenUp(beside message: Message, in db: any Connection) throws -> [Job] {
        guard message.repeats != nil else { return [] }
        return try MessageStore.of(message.order, in: db).compactMap { other in
            guard other.state == .failed, other.id != message.id, other.tellsSame(as: message) else { return nil }
            return try JobQueue.buried(.sendMessage, of: other.order, payload: other.id.description, in: db)
        }
    }

    /// What has words may have gone out already: it is sent to its end under the same id, and never said to have been
    /// left out, whatever has become of its reason.
    private func attempt(_ message: Message, _ values: MessageValues) async throws -> (Letter?, SendingOutcome) {
        guard let renderer else { return (nil, .skipped(reason: "nobody puts messages into words here")) }
        guard try message.letter != nil || values.isDue(message.kind) else {
            return (nil, .skipped(reason: "the goods wait no more"))
        }
        let letter: Letter
        do {
            letter = try message.letter ?? values.letter(message.kind, in: message.language, by: renderer)
        } catch let wrong as Refusal {
            return (nil, .refused(reason: wrong.explanation))
        }
        guard let mailer else { return (letter, .skipped(reason: "no mail server is configured")) }
        if message.letter == nil, message.kind.mayLoseItsReason {
            _ = try await waybill.perform(KeepWords(message: message.id, letter: letter), as: .system)
        }
        let outcome: SendingOutcome
        do throws(ConnectorRests) {
            outcome = try await mailer.send(
                letter, to: message.recipient, named: values.order.customer.name, as: message.id)
        } catch {
            throw Resting(connector: .mail, rest: error)
        }
        switch outcome {
        case .unknown(let reason): await noteSilence(of: .mail, because: reason)
        case .sent, .refused: await noteAnswer(of: .mail)
        case .skipped: break
        }
        return (letter, outcome)
    }
}

extension MessageValues {
    /// The message in a language: in the merchant's own words, or in those that the renderer brings.
    /// Where neither has any in it, in the merchant's of the channel's language.
    public func letter(
        _ kind: Message.Kind, in language: String, own: MessageTemplate? = nil, by renderer: any MessageRenderer
    ) throws -> Letter {
        let policy = channel.policy.messages
        let brought = renderer.ownLanguage(for: kind, in: language)
        let isBrought = MessagePolicy.isOne(brought, language)
        let template = own ?? policy.template(for: kind, in: language)
            ?? (isBrought ? nil : policy.template(for: kind, in: policy.language))
        // Amounts are written as the words around them: as a Swiss does where these are German, but not as a Greek does
        // where nobody has Greek words.
        let words = template?.language ?? brought
        return try renderer.render(
            kind, in: language, own: template,
            values: try json(in: MessagePolicy.isOne(words, language) ? language : words))
    }
}

/// Keeps the words of a message before it is sent for the first time: a crash after that does not unsay it.
struct KeepWords: Command {
    static let name = "keep-words"
    let message: MessageID
    let letter: Letter

    func execute(in work: inout Work) throws -> Reply {
        let (id, letter) = (message, letter)
        work.write { try MessageStore.keep(letter, of: id, in: $0) }
        return Reply(body: "{}")
    }
}

/// Notes what became of an attempt to send a message.
///
/// 1. Keeps the words, so that every later attempt sends the same.
/// 2. Sent, or not to be sent: the job is done. Not now, or unknown: it is tried again later. Refused, or tried too
///    often: it is given up and a person told, once for what it was to tell.
/// 3. Sent instead of one that was given up: nobody has to see to that any more.
///
/// - Throws: `.notFound` for a job that is done already.
struct RecordSending: Command {
    static let name = "record-sending"
    let message: MessageID
    let job: JobID
    let letter: Letter?
    let outcome: SendingOutcome
    /// The jobs of other messages that were to tell the same, which were given up.
    var givenUp: [Job] = []

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.message(message)
        for old in givenUp {
            needs.job(old.id)
            if let exception = old.exception { needs.exceptionWithOrder(exception, given: work) }
        }
        switch outcome {
        case .sent, .skipped: break
        case .refused: needs.givingUp(message, given: work)
        case .unknown: if work.job(job)?.isLastTry == true { needs.givingUp(message, given: work) }
        }
    }

    func execute(in work: inout Work) throws -> Reply {
        guard var job = work.job(self.job), var message = work.message(self.message) else {
            throw Refusal(.notFound, "the job \(self.job) is done already")
        }
        message.letter = message.letter ?? letter
        message.changedAt = work.now
        message.attempts += 1
        switch outcome {
        case .sent: (message.state, message.reason) = (.sent, nil)
        case .skipped(let reason): (message.state, message.reason) = (.skipped, reason)
        case .unknown(let reason): fail(&message, &job, because: reason, isFinal: false, in: &work)
        case .refused(let reason): fail(&message, &job, because: reason, isFinal: true, in: &work)
        }
        if message.state == .sent || outcome.isSkipped { work.finish(job.id) }
        work.update(message)
        if message.state == .sent { settleGivenUp(to: message.recipient, in: &work) }
        return Reply(body: "{}")
    }

    private func fail(
        _ message: inout Message, _ job: inout Job, because reason: String, isFinal: Bool, in work: inout Work
    ) {
        (message.state, message.reason) = (.queued, reason)
        guard job.fail(because: reason, isFinal: isFinal, in: &work) else { return }
        work.giveUp(&message, job, because: reason)
    }

    private func settleGivenUp(to recipient: String, in work: inout Work) {
        for old in givenUp {
            guard let job = work.anyJob(old.id), job.state == .buried else { continue }
            work.finish(job.id)
            if let first = MessageID(job.payload) {
                let now = work.now
                work.write { try MessageStore.replace(first, because: "it was sent again instead", at: now, in: $0) }
            }
            guard let id = job.exception, let shown = work.exception(id), shown.isOpen else { continue }
            let resolved = work.resolve(shown, "The message was sent again, to \(recipient).")
            _ = work.tell(.exceptionResolved, of: resolved) {
                resolved.writeResolution(to: &$0)
                $0.member("job", job.id.description)
            }
        }
    }
}

extension SendingOutcome {
    fileprivate var isSkipped: Bool { if case .skipped = self { true } else { false } }
}

/// Sends a message once more, by somebody's wish: as a message of its own, since the first one may have come. It goes
/// where the customer is to be written to by now, whatever the first one's address was.
///
/// - Throws: `.notFound`; `.illegalTransition` while the first one is still to be sent.
public struct ResendMessage: Command {
    public static let name = "resend-message"
    public let message: MessageID
    /// Where to; nil for the order's address, as it is now.
    public let recipient: String?

    public init(message: MessageID, recipient: String? = nil) {
        self.message = message
        self.recipient = recipient
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.message(message)
        if let order = work.message(message)?.order { needs.order(order) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        guard let first = work.message(message), let order = work.peek(first.order),
            order.isVisible(to: work.principal)
        else { throw Refusal(.notFound, "there is no message \(message)") }
        guard first.state != .queued else {
            throw Refusal(
                .illegalTransition, "the message \(message) is \(first.state.rawValue), still to be sent: wait for it")
        }
        let again = Message(
            id: work.nextIdentifier(at: work.now), order: first.order, sequence: first.sequence, kind: first.kind,
            language: first.language, recipient: recipient ?? order.customer.email ?? first.recipient,
            repeats: first.id, letter: first.letter, createdAt: work.now)
        work.send(again, due: work.now)
        var json = JSONWriter()
        again.write(to: &json)
        return Reply(status: 201, body: json.text)
    }
}
