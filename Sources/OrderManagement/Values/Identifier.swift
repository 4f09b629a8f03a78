/// Names of the things that identifiers point at; each has the prefix that people see.
public protocol Identified { static var prefix: String { get } }

public enum OrderSubject: Identified { public static let prefix = "ord" }
public enum JobSubject: Identified { public static let prefix = "job" }
public enum ExceptionSubject: Identified { public static let prefix = "exc" }
public enum KeySubject: Identified { public static let prefix = "key" }
public enum UserSubject: Identified { public static let prefix = "usr" }
public enum TransferSubject: Identified { public static let prefix = "trf" }
public enum InboundSubject: Identified { public static let prefix = "inb" }
public enum ReservationSubject: Identified { public static let prefix = "rsv" }
public enum OrderLineSubject: Identified { public static let prefix = "lin" }
public enum FulfillmentSubject: Identified { public static let prefix = "ful" }
public enum ParcelSubject: Identified { public static let prefix = "par" }
public enum PaymentSubject: Identified { public static let prefix = "pay" }
public enum ReturnSubject: Identified { public static let prefix = "ret" }
public enum StoreCreditSubject: Identified { public static let prefix = "crd" }
public enum MessageSubject: Identified { public static let prefix = "msg" }
public enum HandOverSubject: Identified { public static let prefix = "hov" }
public enum PrintRunSubject: Identified { public static let prefix = "prn" }
public enum CourierPickupSubject: Identified { public static let prefix = "pck" }
public enum HoldSubject: Identified { public static let prefix = "hld" }
public enum AmendmentSubject: Identified { public static let prefix = "amd" }

public typealias OrderID = Identifier<OrderSubject>
public typealias JobID = Identifier<JobSubject>
public typealias ExceptionID = Identifier<ExceptionSubject>
public typealias KeyID = Identifier<KeySubject>
public typealias UserID = Identifier<UserSubject>
public typealias StoreCreditID = Identifier<StoreCreditSubject>
public typealias TransferID = Identifier<TransferSubject>
public typealias InboundID = Identifier<InboundSubject>
public typealias ReservationID = Identifier<ReservationSubject>
public typealias MessageID = Identifier<MessageSubject>
public typealias HandOverID = Identifier<HandOverSubject>
public typealias PrintRunID = Identifier<PrintRunSubject>
public typealias CourierPickupID = Identifier<CourierPickupSubject>
public typealias OrderLineID = PartIdentifier<OrderLineSubject>
public typealias FulfillmentID = PartIdentifier<FulfillmentSubject>
public typealias ParcelID = PartIdentifier<ParcelSubject>
public typealias PaymentID = PartIdentifier<PaymentSubject>
public typealias ReturnID = PartIdentifier<ReturnSubject>
public typealias HoldID = PartIdentifier<HoldSubject>
public typealias AmendmentID = PartIdentifier<AmendmentSubject>

/// The identity of a thing: 63 bits, ordered by time, written as a prefix and 13 characters (`ord_04xk…`).
///
/// The upper 42 bits are milliseconds since 2000-01-01, the lower 21 a running number, so that ids made later sort
/// later and a row's neighbours in its table are its neighbours in time.
public struct Identifier<Subject: Identified>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }

    /// - Returns: nil for text that is no identifier of this kind.
    public init?(_ text: String) {
        guard let rest = Base32.rest(of: text, after: Subject.prefix), rest.utf8.count == 13,
            let value = Base32.value(rest)
        else { return nil }
        self.value = value
    }

    public var description: String { "\(Subject.prefix)_\(Base32.text(value))" }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    /// Appends its description, without a text of its own: an order's document names a dozen of them.
    func write(to text: inout [UInt8]) {
        text.append(contentsOf: Subject.prefix.utf8)
        text.append(UInt8(ascii: "_"))
        Base32.write(value, to: &text)
    }

    /// The least identifier that a thing of this moment can have; that of 2139 for all later ones.
    public static func first(at moment: Timestamp) -> Self {
        Self(min(max(0, moment.milliseconds - Timestamp.earliest.milliseconds), 1 << 42 - 1) << 21)
    }
}

/// The identity of a part of an order (a line, a fulfillment, a payment, …): the order's and a number from 1,
/// written `ful_04xk…-2`. Whoever holds a part's name can find its order without looking.
public struct PartIdentifier<Subject: Identified>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let order: OrderID
    public let number: Int

    public init(_ order: OrderID, _ number: Int) {
        self.order = order
        self.number = number
    }

    /// - Returns: nil for text that is no identifier of this kind.
    public init?(_ text: String) {
        // Bytes, not characters: some of those that a client sends take several bytes.
        guard let rest = Base32.rest(of: text, after: Subject.prefix)?.utf8,
            let dash = rest.index(rest.startIndex, offsetBy: 13, limitedBy: rest.endIndex), dash < rest.endIndex,
            rest[dash] == UInt8(ascii: "-"), let order = Base32.value(Substring(rest[..<dash]))
        else { return nil }
        let digits = Substring(rest[rest.index(after: dash)...])
        guard let number = UInt32(digits), number > 0, String(number) == digits else { return nil }
        self.init(OrderID(order), Int(number))
    }

    public var description: String { "\(Subject.prefix)_\(Base32.text(order.value))-\(number)" }
    public static func < (left: Self, right: Self) -> Bool {
        (left.order, left.number) < (right.order, right.number)
    }
}

extension Identifier {
    /// The identifier of a thing of this moment, by a running number that nothing else has.
    ///
    /// Two million things may share a millisecond; the primary key has the last word.
    public init(at moment: Timestamp, serial: Int64) {
        self.init(Self.first(at: moment).value | serial & 0x1F_FFFF)
    }
}

/// Crockford's base 32 in lower case: no i, l, o, u.
enum Base32 {
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func text(_ value: Int64) -> String {
        String(unsafeUninitializedCapacity: 13) { buffer in
            var rest = UInt64(bitPattern: value)
            for place in (0..<13).reversed() {
                buffer[place] = digits[Int(rest & 31)]
                rest >>= 5
            }
            return 13
        }
    }

    static func write(_ value: Int64, to text: inout [UInt8]) {
        let bits = UInt64(bitPattern: value)
        for place in stride(from: 60, through: 0, by: -5) { text.append(digits[Int(bits >> place & 31)]) }
    }

    static func value(_ text: Substring) -> Int64? {
        var value: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = digits.firstIndex(of: byte), value < 1 << 59 else { return nil }
            value = value << 5 | UInt64(digit)
        }
        return value <= UInt64(Int64.max) ? Int64(value) : nil
    }

    static func rest(of text: String, after prefix: String) -> Substring? {
        guard text.hasPrefix(prefix), text.dropFirst(prefix.count).first == "_" else { return nil }
        return text.dropFirst(prefix.count + 1)
    }
}
