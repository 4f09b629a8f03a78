/// A parcel that was opened in the books while it bore its label: that it was stopped is known once it is packed anew.
struct OpenedParcel: Hashable, Sendable {
    /// What it held.
    let lines: [Fulfillment.Line]
    /// Who was asked whether it was stopped.
    var questions: [ExceptionID] = []
    /// Whether its order is delivered to another address than its label says.
    var isMisaddressed = false
    /// Units in it that are known to have left though nobody is to have them, by line.
    var told: [Int: Int64] = [:]

    init(lines: [Fulfillment.Line]) { self.lines = lines }

    func store(in json: inout JSONWriter) {
        json.object {
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("line", line.line)
                        $0.member("quantity", line.quantity)
                    }
                }
            }
            $0.array("questions") { list in for question in questions { list.value(question.description) } }
            if isMisaddressed { $0.member("misaddressed", true) }
            if !told.isEmpty {
                $0.array("told") { list in
                    for (line, units) in told.sorted(by: { $0.key < $1.key }) {
                        list.object {
                            $0.member("line", line)
                            $0.member("quantity", units)
                        }
                    }
                }
            }
        }
    }

    init(stored json: JSON) throws {
        lines = try (json["lines"]?.array ?? []).map {
            Fulfillment.Line(line: Int(try $0.integer("line")), quantity: try $0.integer("quantity"))
        }
        questions = (json["questions"]?.array ?? []).compactMap { $0.string.flatMap { ExceptionID($0) } }
        isMisaddressed = json["misaddressed"]?.bool ?? false
        for entry in json["told"]?.array ?? [] {
            told[Int(try entry.integer("line")), default: 0] += try entry.integer("quantity")
        }
    }
}

extension Parcel {
    /// What it held when it was opened in the books, on its newest such label.
    var opening: OpenedParcel? { labels.last { $0.opened != nil }?.opened }
}

extension Order {
    /// Notes what the labelled boxes of a job hold that are opened now.
    mutating func noteContents(of job: Int) {
        for place in parcels.indices where parcels[place].fulfillment == job && !parcels[place].lines.isEmpty {
            guard let label = parcels[place].labels.lastIndex(where: { $0.state.isLive }) else { continue }
            parcels[place].labels[label].opened = OpenedParcel(lines: parcels[place].lines)
        }
    }

    /// The newest exception asks whether the opened boxes of a job were stopped.
    mutating func askWhetherStopped(_ job: Int) {
        guard let question = exceptions.last?.id else { return }
        changeOpened { parcel, opened in if parcel.fulfillment == job { opened.questions.append(question) } }
    }

    /// The order is delivered to another address: what was opened bears a label to the old one.
    mutating func noteOldAddress() {
        changeOpened { _, opened in opened.isMisaddressed = true }
    }

    private mutating func changeOpened(_ change: (Parcel, inout OpenedParcel) -> Void) {
        for place in parcels.indices where !parcels[place].state.isSent {
            for label in parcels[place].labels.indices {
                guard var opened = parcels[place].labels[label].opened else { continue }
                change(parcels[place], &opened)
                parcels[place].labels[label].opened = opened
            }
        }
    }

    /// A job is packed anew: whatever bore its old labels was stopped.
    mutating func forgetOpened(_ job: Int) {
        for place in parcels.indices where parcels[place].fulfillment == job && !parcels[place].state.isSent {
            for label in parcels[place].labels.indices { parcels[place].labels[label].opened = nil }
        }
    }

    /// Whether somebody was asked to stop parcels of a job, and has not answered: they may have left.
    func isUnstopped(_ job: Fulfillment) -> Bool {
        let open = Set(exceptions.filter(\.isOpen).map(\.id))
        return job.state == .picking && parcels.contains { parcel in
            parcel.fulfillment == job.number && !parcel.state.isSent
                && parcel.opening?.questions.contains(where: open.contains) == true
        }
    }

    /// Parcels of a job that its label sends, or has sent, to an address that its order is not delivered to any more.
    func misaddressed(_ subject: String?) -> [Parcel] {
        guard let job = subject.flatMap({ FulfillmentID($0) }), job.order == id else { return [] }
        return parcels.filter { $0.fulfillment == job.number && $0.opening?.isMisaddressed == true }
    }

    /// What has become of all parcels that went to another door, where nobody need look after them any more: they come
    /// back to their sender, or the customer has had something for them; nil while somebody must.
    func answerOnMisaddressed(_ subject: String?) -> String? {
        let parcels = misaddressed(subject).filter { $0.state.isSent }
        guard !parcels.isEmpty else { return nil }
        if parcels.allSatisfy({ $0.state == .returnedToSender }) { return "It comes back to the sender." }
        let isAnswered = parcels.allSatisfy { $0.state == .returnedToSender || $0.claim?.isFinal == true }
        return isAnswered ? "The customer has had its money, or its goods once more." : nil
    }

    /// Whether a parcel was delivered to another door than its order's, nothing was done for it, and somebody is still
    /// to see to that: once they have said that all is well it has arrived like any other.
    func isAtWrongDoor(_ parcel: Parcel) -> Bool {
        guard parcel.state == .delivered, parcel.claim == nil else { return false }
        return exceptions.contains { shown in
            shown.isOpen && shown.kind == .parcelFound
                && misaddressed(shown.subject).contains { $0.number == parcel.number }
        }
    }
}

extension Order {
    /// Whether the goods of a parcel go out once more since it was delivered to another door than its order's, or, as
    /// its customer says, to none: they may get it after all.
    func isSentOnceMoreFromWrongDoor(_ parcel: Parcel) -> Bool {
        guard parcel.state == .delivered, let claim = parcel.claim, claim.isElsewhere || parcel.wentToOldAddress else {
            return false
        }
        return claim.isFinal && claim.successor != nil && !awaited(parcel).isEmpty
    }
}

extension Parcel {
    /// Whether its courier calls it delivered and lost, and nothing was done for it.
    var isDisputed: Bool { state == .delivered && claim == nil && news.isDisputed }

    /// Whether it is not with the customer since it left for another address: they have not got it from there, as far
    /// as anybody knows.
    public var isAtOldAddress: Bool { wentToOldAddress && claim?.endedAt == nil }

    /// Whether it left for another address than its order's: that was changed when its label was on already.
    public var wentToOldAddress: Bool { state.isSent && opening?.isMisaddressed == true }
}
