import OrderManagement
import Testing

@Suite("Conditions")
struct ConditionTests {
    private static let vocabulary = Order.vocabulary

    private func read(_ text: String) throws -> (Condition?, [String]) {
        var wrong: [Refusal.Detail] = []
        let condition = Condition(try JSON.parse(text), in: Self.vocabulary, at: "/when", noting: &wrong)
        return (condition, wrong.map { "\($0.pointer) \($0.code.rawValue)" })
    }

    @Test("What is wrong with a condition is named at its place", arguments: [
        (#"7"#, "/when invalid_input"),
        (#"{}"#, "/when invalid_input"),
        (#"{"all": []}"#, "/when/all invalid_input"),
        (#"{"all": {}}"#, "/when/all invalid_input"),
        (#"{"all": [{"field": "channel", "is": "web"}], "any": []}"#, "/when invalid_input"),
        (#"{"any": [{"field": "channel", "is": "web"}, {"field": "order.totl", "is": 1}]}"#,
            "/when/any/1/field unknown_field"),
        (#"{"field": "order.total"}"#, "/when invalid_input"),
        (#"{"field": "order.total", "is": 1, "at_most": 2}"#, "/when invalid_input"),
        (#"{"field": "order.total", "above": 1}"#, "/when/above unknown_field"),
        (#"{"field": "order.total", "a/b": 1}"#, "/when/a~1b unknown_field"),
        (#"{"field": "order.total", "starts_with": "1"}"#, "/when/starts_with unknown_field"),
        (#"{"field": "channel", "at_least": 1}"#, "/when/at_least unknown_field"),
        (#"{"field": "order.total", "is": "much"}"#, "/when/is invalid_input"),
        (#"{"field": "order.total", "at_least": 1.5}"#, "/when/at_least invalid_input"),
        (#"{"field": "order.total", "at_least": -1}"#, "/when/at_least invalid_input"),
        (#"{"field": "placed.hour", "in": [8, 24]}"#, "/when/in/1 invalid_input"),
        (#"{"field": "channel", "in": "web"}"#, "/when/in invalid_input"),
        (#"{"field": "channel", "is": 7}"#, "/when/is invalid_input"),
        (#"{"field": "channel", "exists": 1}"#, "/when/exists invalid_input"),
        (#"{"field": "destination.country", "is": "XX"}"#, "/when/is invalid_input"),
        (#"{"field": "delivery.method", "is": "post"}"#, "/when/is invalid_input"),
        (#"{"all": [{"all": [{"all": [{"all": [{"all": [{"field": "channel", "is": "web"}]}]}]}]}]}"#,
            "/when/all/0/all/0/all/0/all/0/all/0 invalid_input"),
    ])
    func wrong(text: String, place: String) throws {
        let (condition, wrong) = try read(text)
        #expect(condition == nil)
        #expect(wrong == [place], "\(text)")
    }

    @Test("More tests than a person can follow are refused")
    func tooMany() throws {
        let tests = (0...Condition.testsMax).map { #"{"field": "order.total", "is": \#($0)}"# }
        let (_, wrong) = try read(#"{"any": [\#(tests.joined(separator: ","))]}"#)
        #expect(wrong == ["/when invalid_input"])
        #expect(try read(#"{"any": [\#(tests.dropLast().joined(separator: ","))]}"#).0 != nil)
    }

    @Test("A condition that can never be true is refused", arguments: [
        #"{"all": [{"field": "order.total", "at_least": 100}, {"field": "order.total", "at_most": 99}]}"#,
        #"{"all": [{"field": "channel", "is": "web"}, {"field": "channel", "is": "store"}]}"#,
        #"{"all": [{"field": "channel", "in": ["a", "b"]}, {"none": [{"field": "channel", "in": ["a", "b", "c"]}]}]}"#,
        #"{"none": [{"field": "delivery.method", "is": "ship"}, {"field": "delivery.method", "is": "pickup"},"#
            + #" {"field": "delivery.method", "exists": false}]}"#,
        #"{"all": [{"field": "line.sku", "is": "A"}, {"none": [{"field": "line.sku", "starts_with": "A"}]}]}"#,
        #"{"all": [{"field": "customer.email", "exists": false}, {"field": "customer.email", "is": "a@b.c"}]}"#,
        #"{"all": [{"field": "destination.postcode", "starts_with": "BT"},"#
            + #" {"field": "destination.postcode", "starts_with": "LS"}]}"#,
        #"{"all": [{"field": "line.quantity", "at_least": 5}, {"none": [{"field": "line.quantity", "at_least": 1}]}]}"#,
        #"{"all": [{"any": [{"field": "order.lines", "is": 1}, {"field": "order.lines", "is": 2}]},"#
            + #" {"field": "order.lines", "at_least": 3}]}"#,
        #"{"none": [{"field": "order.total", "at_least": 0}, {"field": "order.total", "exists": false}]}"#,
    ])
    func never(text: String) throws {
        let (condition, wrong) = try read(text)
        #expect(condition == nil && wrong == ["/when invalid_input"], "\(text)")
    }

    @Test("What can be true is taken, and written as it was read", arguments: [
        #"{"all":[{"field":"order.total","at_least":100},{"field":"order.total","at_most":100}]}"#,
        #"{"all":[{"field":"line.sku","is":"A"},{"field":"line.sku","is":"B"}]}"#,
        #"{"all":[{"field":"line.sku","starts_with":"A"},{"none":[{"field":"line.sku","is":"A"}]}]}"#,
        #"{"none":[{"field":"customer.email","exists":true}]}"#,
        #"{"any":[{"field":"channel","in":["web","store"]},{"field":"customer.domain","is":"example.com"}]}"#,
        #"{"all":[{"field":"destination.country","in":["GB","IE"]},{"field":"placed.weekday","at_most":5}]}"#,
    ])
    func possible(text: String) throws {
        let (condition, wrong) = try read(text)
        #expect(wrong.isEmpty)
        var json = JSONWriter()
        condition?.write(to: &json)
        #expect(json.text == text)
    }

    @Test("Letters are compared as their field says")
    func letters() throws {
        let (email, _) = try read(#"{"field": "customer.email", "is": "Ada@Example.COM"}"#)
        #expect(email?.holds { _ in [.text("ada@example.com")] } == true)
        let (postcode, _) = try read(#"{"field": "destination.postcode", "starts_with": "ls1"}"#)
        #expect(postcode?.holds { _ in [.text("LS1 4AP")] } == true)
        let (sku, _) = try read(#"{"field": "line.sku", "is": "84029e"}"#)
        #expect(sku?.holds { _ in [.text("84029E")] } == false)
    }

    @Test("A group holds for all, any or none of its parts; what has no value fails its tests", arguments: [
        (#"{"all": [{"field": "order.total", "is": 5}, {"field": "order.lines", "is": 1}]}"#, false),
        (#"{"any": [{"field": "order.total", "is": 5}, {"field": "order.lines", "is": 1}]}"#, true),
        (#"{"none": [{"field": "order.total", "is": 5}, {"field": "order.lines", "is": 1}]}"#, false),
        (#"{"none": [{"field": "order.total", "is": 5}, {"field": "order.lines", "at_least": 2}]}"#, true),
        (#"{"field": "customer.email", "starts_with": "a"}"#, false),
        (#"{"field": "customer.email", "exists": false}"#, true),
        (#"{"field": "line.sku", "in": ["B", "C"]}"#, true),
        (#"{"field": "line.sku", "is": "C"}"#, false),
    ])
    func groups(text: String, isTrue: Bool) throws {
        let (condition, _) = try read(text)
        let facts: [String: [Condition.Value]] = [
            "order.total": [.number(4)], "order.lines": [.number(1)], "line.sku": [.text("A"), .text("B")],
        ]
        #expect(condition?.holds { facts[$0] ?? [] } == isTrue)
    }
}
