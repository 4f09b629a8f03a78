import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

@testable import Server

/// Papers that take long, until they are let go.
private final class SlowPapers: Paperwork {
    private let isOpen = Atomic<Bool>(false)
    private let begun = Atomic<Int>(0)

    var count: Int { begun.load(ordering: .acquiring) }
    func letGo() { isOpen.store(true, ordering: .releasing) }

    func pdf(of papers: [Paper]) throws(Refusal) -> [UInt8] {
        begun.add(1, ordering: .acquiringAndReleasing)
        let end = Date() + 60
        while !isOpen.load(ordering: .acquiring), Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        return Array((isOpen.load(ordering: .acquiring) ? "drawn" : "given up").utf8)
    }

    func zpl(of labels: [(facts: PaperFacts, parcel: Parcel)]) throws(Refusal) -> String { "" }

    func zpl(of paper: Paper) throws(Refusal) -> String { "" }

    func labels(_ batch: LabelBatch, as format: LabelDocument.Format) throws(Refusal) -> LabelPrint {
        throw Refusal(.notPrintable, "there is nothing to print")
    }
}

@Suite("Drawing")
struct PaperThreadTests {
    @Test("While papers are drawn, everybody else is answered", .timeLimit(.minutes(10)))
    func others() async throws {
        let papers = SlowPapers()
        let server = try await TestServer(try TestSystem(), paperwork: papers)
        // More than there are threads for all handlers together; no more than a client has connections.
        let count = min(ProcessInfo.processInfo.activeProcessorCount + 1, 6)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<count {
                group.addTask { try await server.send("GET", "/v1/pick-lists.pdf?location=LONDON").text }
            }
            while papers.count < min(count, PaperThreads.count) { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await server.send("GET", "/health/ready", key: "").status == 200)
            #expect(try await server.send("GET", "/v1/orders").status == 200)
            papers.letGo()
            for try await text in group { #expect(text == "drawn") }
        }
        #expect(papers.count == count)
    }

    @Test("Papers of the console, of customers and of the interface are drawn on threads of their own")
    func all() async throws {
        let server = try await TestServer(try TestSystem(), paperwork: NamedPapers())
        // Forms of the console lead to papers, and draw none.
        let drawn = server.server.endpoints.filter { endpoint in
            endpoint.method == .get && (endpoint.path.hasSuffix(".pdf") || endpoint.path.hasSuffix(".zpl"))
        }
        #expect(drawn.count > 30 && drawn.allSatisfy(\.isDrawn))
    }
}
