import Testing

@testable import OrderManagement

@Suite("Members that copies share")
struct SharedTests {
    private struct Box: Hashable {
        @Shared var names: [String]
    }

    @Test("What one copy changes, the others do not see")
    func change() {
        let first = Box(names: ["a"])
        var second = first
        second.names.append("b")
        #expect(first.names == ["a"])
        #expect(second.names == ["a", "b"])
    }

    @Test("Copies are equal by what they hold, shared or not")
    func equality() {
        let first = Box(names: ["a"])
        #expect(first == first)
        #expect(first == Box(names: ["a"]))
        #expect(first != Box(names: ["b"]))
        #expect(Set([first, Box(names: ["a"])]).count == 1)
    }
}
