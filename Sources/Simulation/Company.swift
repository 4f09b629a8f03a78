import OrderManagement

/// The simulated company while it runs.
struct Company {
    let database: FaultyDatabase
    let clock = SimulatedClock(at: World.opening)
    let provider: UnreliablePayments
    let mail: UnreliableMail
    let courier: UnreliableCourier
    private let tally = CommandTally()
    private(set) var waybill: OrderManagement
    /// It remembers who does not answer, as long as the process lives.
    private var runner: JobRunner
    /// Who is away just now.
    var away: Outside?
    var chance: SplitMix64
    private var workload: Workload
    private var model: ReferenceModel
    private(set) var verdict: Verdict
    private var lines: [String] = []
    private var fingerprint = Fingerprint()
    private var handed = 0
    private var lastPosition: Int64 = 0
    private var stepNumber = 0
    /// Requests whose answers are kept under their keys, for those that send them again.
    private var answered: [(attempt: Attempt, answer: Answer)] = []

    typealias Answer = Result<Reply, any Error>

    /// Costly laws are checked once in so many steps.
    private static let rounds = (stock: 5, books: 50)

    init(seed: UInt64, database: any Database) throws {
        var chance = SplitMix64(seed: seed)
        let world = World(&chance)
        self.database = FaultyDatabase(database)
        self.provider = UnreliablePayments(seed: chance.next())
        self.mail = UnreliableMail(seed: seed)
        self.courier = UnreliableCourier(seed: seed, clock: clock)
        self.workload = Workload(world: world, chance: SplitMix64(seed: chance.next()), now: World.opening)
        self.chance = chance
        self.model = ReferenceModel(kits: world.kits)
        self.verdict = Verdict(seed: seed)
        self.waybill = Self.start(self.database, clock, tally)
        self.runner = JobRunner(
            waybill, providers: [provider], connections: [courier], renderer: mail, mailer: mail)
    }

    private static func start(
        _ database: FaultyDatabase, _ clock: SimulatedClock, _ tally: CommandTally
    ) -> OrderManagement {
        OrderManagement(database: database, witness: { tally.note($0, $1) }, clock: { clock.now })
    }

    func close() { waybill.stop() }

    // MARK: The run

    mutating func found() throws {
        for command in workload.world.founding {
            let attempt = Attempt(command: command, principal: .system, keyName: nil)
            let answer = waybill.performNow([(attempt.command, attempt.principal, nil)])[0]
            try take(attempt, answer)
        }
        try counting { waybill in
            _ = try OwnThread.run { try await LinkSecret.text(of: waybill) { "of this company" } }
        }
        try check()
    }

    mutating func step(_ number: Int) throws {
        stepNumber = number
        clock.advance(by: chance.number(0...60_000))
        workload.now = clock.now
        haveSomebodyLeave()
        switch chance.number(1...100) {
        case 1...68: try serveCustomers()
        case 69...88: try runJobs()
        case 89...94: try repeatKey()
        default:
            let hours = chance.weighted([(2, 6), (26, 3), (24 * 8, 1)] as [(Int64, Int64)])
            clock.advance(by: chance.number(1...hours) * 3_600_000)
            try runJobs()
        }
        try check()
        verdict.steps = number
        verdict.traceDigest = fingerprint.text
    }

    /// Counts what the company's machines do by themselves: what people ask for is counted with its answer.
    mutating func counting<T>(_ work: (OrderManagement) throws -> T) throws -> T {
        tally.begin()
        defer { verdict.add(tally.end()) }
        return try work(waybill)
    }

    /// The faults stop, and everything that was begun must come to rest.
    mutating func end() throws {
        provider.becomeReliable()
        mail.becomeReliable()
        courier.becomeReliable()
        try courier.beAskedAgain(by: waybill)
        // Some work never ends: an authorization made anew whenever it expires. What is due is done all the same.
        var waits = 0
        for _ in 0..<10_000 {
            let (ran, next) = try workOff()
            verdict.jobs += ran
            if ran > 0 { continue }
            guard let next, next > clock.now, waits < 200 else { break }
            waits += 1
            clock.advance(by: next.milliseconds - clock.now.milliseconds)
        }
        try learnFromEvents()
        note("end")
        for (mishap, times) in courier.mishaps { verdict.faults[mishap] = times }
        verdict.labels = courier.sales.count
        try waybill.readNow { [model, provider, mail, courier, workload, clock] db in
            try Invariants.stock(model, in: db)
            try Invariants.books(in: db)
            for id in workload.orders { try Invariants.order(id, model, at: clock.now, in: db) }
            try Invariants.payments(provider.acts, orders: workload.orders, in: db)
            try Invariants.messages(mail.taken, orders: workload.orders, in: db)
            try Invariants.labels(courier, orders: workload.orders, in: db)
            try Invariants.visits(courier, in: db)
            try Invariants.prints(at: workload.world.locations, in: db)
            try Liveness.check(orders: workload.orders, at: clock.now, in: db)
        }
        try haveSomebodyMeddle()
        try forget()
        verdict.traceDigest = fingerprint.text
    }

    // MARK: Steps

    /// One to many requests arrive at once; sometimes the machine fails beneath them.
    private mutating func serveCustomers() throws {
        let fault = chance.chance(14) ? chance.one(of: Fault.allCases) : nil
        let size = chance.weighted([(1, 12), (3, 4), (8, 2), (20, 1)] as [(Int64, Int64)])
        var group: [Attempt] = []
        for _ in 0..<chance.number(1...size) {
            let isCareful = fault != nil || chance.chance(85)
            let attempt = try waybill.readNow { [model] in
                try workload.draw(withKey: isCareful, model, in: $0)
            }
            if attempt.isQuestion {
                if group.isEmpty { return try ask(attempt) }
                break
            }
            if attempt.isAlone {
                if group.isEmpty { group = [attempt] }
                break
            }
            group.append(attempt)
            guard attempt.keyName != nil, chance.chance(4) else { continue }
            group.append(chance.chance(70) ? attempt : attempt.disguised)
        }
        if let fault { plan(fault, after: 0) }
        let (before, kept) = try waybill.readNow { (try Invariants.digest(in: $0), try Invariants.keptReplies(in: $0)) }
        let (answers, isDoneAlready) = try perform(group)
        for (attempt, answer) in zip(group, answers) { try take(attempt, answer) }
        if !isDoneAlready { try requireNothingHappened(since: before, unless: answers) }
        try StoredReplies.compare(group, answers, with: waybill)
        let toKeep = Set(zip(group, answers).compactMap { Self.isKept($1) ? $0.keyName : nil })
        let isKept = try waybill.readNow(Invariants.keptReplies) - kept
        guard isKept == toKeep.count else {
            throw Contradiction(
                law: "every_answer_is_kept",
                explanation: "\(toKeep.count) keys were answered for good, \(isKept) are kept")
        }
    }

    /// Somebody asks what would be: they are told, and nothing is.
    private mutating func ask(_ attempt: Attempt) throws {
        let question = Attempt(command: attempt.command, principal: attempt.principal, keyName: nil)
        let before = try waybill.readNow(Invariants.digest)
        let answer = Answer {
            try OwnThread.run { [waybill] in
                try await waybill.rehearse(question.command, as: question.principal)
            }
        }
        try take(question, answer)
        guard try waybill.readNow(Invariants.digest) == before else {
            throw Contradiction(law: "questions_change_nothing", explanation: "\(question.name) changed something")
        }
    }

    /// Hands a group in; when no answer comes, or none that decides, asks again by the same keys.
    ///
    /// - Returns: The answers; whether something without a key was done though its answer was lost: asked again, it is
    ///   refused since it is done.
    private mutating func perform(_ group: [Attempt]) throws -> (answers: [Answer], isDoneAlready: Bool) {
        var isDoneAlready = false
        var answers = waybill.performNow(group.map { ($0.command, $0.principal, $0.key) })
        for _ in 0..<4 {
            if database.isDead {
                let lost = restart()
                answers = waybill.performNow(group.map { ($0.command, $0.principal, $0.key) })
                if let lost {
                    try compare(lost, answers, of: group)
                    isDoneAlready = zip(group, lost).contains { $0.keyName == nil && Self.isSuccess($1) }
                }
            } else if answers.contains(where: { Self.isUnavailable($0) }) {
                count(fault: "asked_again")
                let again = zip(group, answers).map { (attempt: $0, isOpen: Self.isUnavailable($1)) }
                let open = again.filter(\.isOpen).map(\.attempt)
                var fresh = waybill.performNow(open.map { ($0.command, $0.principal, $0.key) })[...]
                answers = answers.map { Self.isUnavailable($0) ? fresh.popFirst() ?? $0 : $0 }
            } else {
                break
            }
        }
        for fault in database.rest() { count(fault: fault.rawValue) }
        return (answers, isDoneAlready)
    }

    /// What was committed before the crash must be answered as it would have been.
    private func compare(_ lost: [Answer], _ answers: [Answer], of group: [Attempt]) throws {
        for ((lost, answer), attempt) in zip(zip(lost, answers), group) where Self.isKept(lost) {
            guard Self.text(lost) == Self.text(answer) else {
                throw Contradiction(
                    law: "same_key_same_reply",
                    explanation: "\(attempt.name) was committed, the answer was lost: \(Self.text(lost).prefix(300)); "
                        + "asked again: \(Self.text(answer).prefix(300))")
            }
        }
    }

    /// One pass over the jobs that are due.
    private mutating func workOff() throws -> (ran: Int, next: Timestamp?) {
        let runner = runner
        return try counting { _ in try OwnThread.run { try await runner.step(oneByOne: true) } }
    }

    private mutating func runJobs() throws {
        if chance.chance(12) {
            plan(chance.one(of: Fault.allCases), after: Int(chance.number(0...3)))
        }
        do {
            let ran = try workOff().ran
            verdict.jobs += ran
            note("jobs \(ran)")
        } catch is SimulatedCrash {
            note("jobs crashed")
        }
        if database.isDead { _ = restart() }
        for fault in database.rest() { count(fault: fault.rawValue) }
    }

    /// Somebody sends an old request again, or another one under an old key.
    private mutating func repeatKey() throws {
        guard let (attempt, answer) = chance.any(of: answered) else { return }
        let before = try waybill.readNow { try Invariants.digest(in: $0) + ["\(try Invariants.keptReplies(in: $0))"] }
        let isSame = chance.chance(70)
        let again = isSame ? attempt : attempt.disguised
        let second = waybill.performNow([(again.command, again.principal, again.key)])[0]
        count(fault: isSame ? "repeated_key" : "reused_key")
        note("\(attempt.name) again \(Self.outcome(second))")
        if isSame {
            guard Self.text(answer) == Self.text(second) else {
                throw Contradiction(
                    law: "same_key_same_reply",
                    explanation: "\(attempt.name) answered \(Self.text(answer).prefix(300)), then "
                        + "\(Self.text(second).prefix(300))")
            }
        } else if Self.code(second) != .keyReused {
            throw Contradiction(
                law: "same_key_same_body", explanation: "\(attempt.name) with another body: \(Self.outcome(second))")
        }
        let after = try waybill.readNow { try Invariants.digest(in: $0) + ["\(try Invariants.keptReplies(in: $0))"] }
        guard before == after else {
            throw Contradiction(
                law: "a_repeated_key_adds_nothing", explanation: "\(attempt.name): \(before) became \(after)")
        }
    }

    /// A process dies once; a disk may stay full for a while, and another session may be faster again and again.
    private mutating func plan(_ fault: Fault, after delay: Int) {
        let times = switch fault {
        case .crashBeforeCommit, .crashAfterCommit: 1
        case .unavailable: Int(chance.number(1...3))
        case .staleRead: Int(chance.number(1...5))
        }
        database.plan(fault, after: delay, times: times)
    }

    private mutating func restart() -> [Answer]? {
        waybill.stop()
        let lost = database.revive()
        waybill = Self.start(database, clock, tally)
        runner = JobRunner(waybill, providers: [provider], connections: [courier], renderer: mail, mailer: mail)
        return lost
    }

    // MARK: What is learned

    /// Takes in an answer: counts it, learns from it, writes it down.
    private mutating func take(_ attempt: Attempt, _ answer: Answer) throws {
        note("\(attempt.name) \(Self.outcome(answer)) \(Fingerprint.of(Self.text(answer)))")
        switch answer {
        case .success(let reply):
            verdict.commands[attempt.name, default: .init()].accepted += 1
            guard attempt.keyName == nil || !answered.contains(where: { $0.attempt.key == attempt.key }) else { return }
            try model.learn(attempt.command, reply, at: clock.now)
            if reply.status == 201, let id = try Self.placed(by: attempt.command, reply) {
                workload.orders.append(id)
                verdict.orders += 1
            }
            try workload.remember(attempt.command, reply)
        case .failure(let refusal as Refusal):
            workload.remember(attempt.command, refusal)
            verdict.commands[attempt.name, default: .init()].refused += 1
            verdict.refusals[refusal.code.rawValue, default: 0] += 1
        case .failure(let error):
            throw Contradiction(law: "no_broken_invariant", explanation: "\(attempt.name): \(error)")
        }
        if attempt.keyName != nil, Self.isKept(answer), Self.code(answer) != .keyReused {
            answered.append((attempt, answer))
            if answered.count > 400 { answered.removeFirst(100) }
        }
    }

    private mutating func requireNothingHappened(since before: [String], unless answers: [Answer]) throws {
        guard !answers.contains(where: Self.isSuccess) else { return }
        let after = try waybill.readNow(Invariants.digest)
        guard before == after else {
            let changed = zip(before, after).filter { $0 != $1 }.map { "\($0) became \($1)" }
            throw Contradiction(law: "a_refusal_changes_nothing", explanation: changed.joined(separator: "; "))
        }
    }

    /// - Returns: The orders that events tell of since the last look.
    @discardableResult
    private mutating func learnFromEvents() throws -> [OrderID] {
        var touched: Set<OrderID> = []
        while true {
            let events = try waybill.readNow { [lastPosition] in
                try EventLog.page(after: lastPosition, types: [], limit: 500, in: $0).events
            }
            guard let last = events.last else { break }
            for event in events {
                if let order = event.order { touched.insert(order) }
                let isGivenUp = event.type == EventType.orderCancelled.rawValue && Self.endsExchanges(event.command)
                let hasLeft = event.type == EventType.fulfillmentShipped.rawValue && event.command == SettleGoods.name
                if hasLeft { model.leave(try JSON.parse(event.data), clock.now, isSettled: true) }
                if isGivenUp || event.type == EventType.fulfillmentExpired.rawValue { try model.learn(expiry: event) }
            }
            lastPosition = last.position
        }
        return touched.sorted()
    }

    private mutating func check() throws {
        let touched = try learnFromEvents()
        for place in model.doubtful {
            let level = try waybill.readNow { try StockReading.levels(of: place.sku, after: "", limit: 50, in: $0) }
                .first { $0.location == place.location }
            guard let level else { continue }
            model.settle(
                place, shelf: level.onHand - level.quarantined, quarantined: level.quarantined, at: clock.now)
        }
        try waybill.readNow { [model, stepNumber, clock, courier] db in
            for id in touched {
                try Invariants.order(id, model, at: clock.now, in: db)
                if let order = try OrderStore.order(id, in: db) { try Invariants.labels(courier.sales, of: order) }
            }
            try Invariants.gapless(in: db)
            if stepNumber % Self.rounds.stock == 0 { try Invariants.stock(model, in: db) }
            if stepNumber % Self.rounds.books == 0 { try Invariants.books(in: db) }
        }
        verdict.events = lastPosition
    }
}

// MARK: - What is written down

extension Company {
    mutating func fail(_ contradiction: Contradiction) {
        verdict.failure = Verdict.Failure(
            step: stepNumber, law: contradiction.law, explanation: contradiction.explanation,
            trace: Array(lines.suffix(30)))
        verdict.traceDigest = fingerprint.text
    }

    /// Gives new lines of the trace away, and keeps only the last ones.
    mutating func hand(over trace: (String) -> Void) {
        for line in lines[handed...] { trace(line) }
        lines.removeFirst(max(0, lines.count - 30))
        handed = lines.count
    }

    private mutating func note(_ text: String) {
        let line = "\(stepNumber) \(clock.now) \(text)"
        lines.append(line)
        fingerprint.add(line)
        fingerprint.add("\n")
    }

    private mutating func count(fault: String) { verdict.faults[fault, default: 0] += 1 }
}
