import Foundation
import Testing

/// The list of complaints promises a proof for each answer: here the promise is held.
@Suite("Complaints")
struct ComplaintsTests {
    private func rows() throws -> [[String]] {
        try Repository.text("docs/complaints.md").components(separatedBy: "\n")
            .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| |") && !$0.hasPrefix("| ---") }
            .map { $0.components(separatedBy: " | ") }
    }

    @Test("Every complaint has its row, in order")
    func complete() throws {
        let rows = try rows()
        #expect(rows.count == 61)
        for (number, row) in rows.enumerated() {
            #expect(row.count == 4 && row.first == "| \(number + 1)", "row \(number + 1)")
        }
    }

    @Test("Every row names a test that there is, in the file that has it, or says that it is open")
    func proofs() throws {
        for row in try rows() {
            let proof = row.last ?? ""
            let quoted = proof.components(separatedBy: "\"")
            guard quoted.count == 3 else {
                #expect(quoted.count == 1 && proof.hasPrefix("**open**: "), "\(row[0]) has no proof and is not open")
                continue
            }
            let path = proof.components(separatedBy: "](../").last?.components(separatedBy: ")").first ?? ""
            guard path.hasPrefix("Tests/") else {
                Issue.record("\(row[0]) names no file")
                continue
            }
            let text = try Repository.text(path)
            #expect(text.contains("@Test(\"\(quoted[1])\""), "\(path) has no test \(quoted[1])")
        }
    }
}
