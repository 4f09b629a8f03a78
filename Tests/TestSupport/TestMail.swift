public import OrderManagement
import Synchronization

/// Puts a message into words that name what it was made of: `shipped en WEB-1001`, and all values as its text.
public struct TestRenderer: MessageRenderer {
    public init() {}

    public func render(
        _ kind: Message.Kind, in language: String, own: MessageTemplate?, values: JSON
    ) throws(Refusal) -> Letter {
        if own?.text == "broken" { throw Refusal(.invalidInput, "the template is broken") }
        return Letter(
            subject: "\(own?.subject ?? kind.rawValue) \(language) \(values["number"]?.string ?? "")",
            text: values.text, html: "<p>")
    }
}

/// A mail server that answers as a test says; by default all goes well. A class, since it remembers what it was asked.
public final class TestMailer: Mailer {
    private struct State {
        var script: [SendingOutcome]
        var asked: [(id: MessageID, recipient: String, letter: Letter)] = []
    }
    private let state: Mutex<State>

    public convenience init(_ script: SendingOutcome...) { self.init(script) }

    public init(_ script: [SendingOutcome]) { state = Mutex(State(script: script)) }

    /// Every request, in order.
    public var asked: [(id: MessageID, recipient: String, letter: Letter)] { state.withLock { $0.asked } }

    public func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID) async
        -> SendingOutcome
    {
        state.withLock { state in
            state.asked.append((id, recipient, letter))
            return state.script.isEmpty ? .sent : state.script.removeFirst()
        }
    }
}
