import TestSupport
import Testing

@testable import OrderManagement

@Suite("Identifiers")
struct IdentifierTests {
    @Test("Every identifier comes back from its text, with its own prefix only")
    func roundTrip() {
        var numbers = SeededNumbers(seed: 4)
        for value in [0, 1, Int64.max] + (1...2_000).map({ _ in numbers.number(0...Int64.max) }) {
            let order = OrderID(value)
            #expect(OrderID(order.description) == order)
            #expect(JobID(order.description) == nil)
            let line = OrderLineID(order, Int(numbers.number(1...1000)))
            #expect(OrderLineID(line.description) == line)
            #expect(FulfillmentID(line.description) == nil)
            #expect(OrderID(line.description) == nil)
        }
    }

    @Test("In JSON an identifier stands as it describes itself")
    func json() {
        var numbers = SeededNumbers(seed: 5)
        for value in [0, 1, -1, Int64.min, Int64.max] + (1...200).map({ _ in numbers.number(0...Int64.max) }) {
            let order = OrderID(value)
            let line = OrderLineID(order, Int(numbers.number(1...1000)))
            var json = JSONWriter()
            json.object {
                $0.member("order", order)
                $0.member("none", order == line.order ? nil : order)
                $0.array("lines") { $0.value(line) }
            }
            #expect(json.text == #"{"order":"\#(order)","none":null,"lines":["\#(line)"]}"#)
        }
    }

    @Test("What is no identifier is not read", arguments: [
        "", "ord", "ord_", "ord_0000000000001x", "ord_000000000000u", "ord_00000000000001", "ord_000000000000",
        "ORD_0000000000001", "ord-0000000000001", "ord_8000000000000", "ord_zzzzzzzzzzzzz", "ord_000000000000A",
        "lin_0000000000001-0", "lin_0000000000001-01", "lin_0000000000001-", "lin_0000000000001-+1",
        "lin_0000000000001--1", "lin_0000000000001-4294967296", "lin_0000000000001",
    ])
    func refuses(text: String) {
        #expect(OrderID(text) == nil)
        #expect(OrderLineID(text) == nil)
    }

    @Test("Identifiers made later sort later, as numbers and as texts")
    func order() {
        let moment = Timestamp(milliseconds: 1_772_445_600_000)
        let early = OrderID(at: moment, serial: 2_000_000)
        let late = OrderID(at: Timestamp(milliseconds: moment.milliseconds + 1), serial: 1)
        #expect(early < late)
        #expect(early.description < late.description)
        #expect(OrderID.first(at: moment) <= early)
        #expect(early < OrderID.first(at: moment + Seconds(1)))
        #expect(OrderID(at: .latest, serial: .max).value > 0)
    }

    @Test("Texts of letters that take several bytes are no identifiers, wherever they stand", arguments: [
        "😀😀😀😀", "éééééééé", "0000000000é1-1", "00000000000001é-1", "0000000000000\u{301}-1", "000000000000\r\n-1",
        "0000000000001-é", "0000000000001\u{301}1-1",
    ])
    func letters(text: String) {
        for prefix in ["ord", "lin", "ful", "par", "ret", "pay"] {
            let name = "\(prefix)_\(text)"
            #expect(OrderID(name) == nil && OrderLineID(name) == nil && FulfillmentID(name) == nil)
            #expect(ParcelID(name) == nil && ReturnID(name) == nil && PaymentID(name) == nil)
        }
    }

    @Test("A moment that no identifier reaches comes behind all that do")
    func farMoments() {
        let last = OrderID.first(at: .latest)
        #expect(last.value > 0 && OrderID(last.description) == last)
        #expect(OrderID.first(at: Timestamp(milliseconds: 1_772_445_600_000)) < last)
    }
}
