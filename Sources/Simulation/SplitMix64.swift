/// A seeded source of chance: the same seed gives the same draws on every machine, in every build.
///
/// SplitMix64, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
struct SplitMix64: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of the range. By the upper half of a product: the bias of at most 2⁻⁴⁰ does not matter here.
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        let width = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(next().multipliedFullWidth(by: width).high)
    }

    /// True in so many cases of a hundred.
    mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }

    /// One of the list, which must not be empty.
    mutating func one<Element>(of list: [Element]) -> Element {
        list[Int(number(0...Int64(list.count - 1)))]
    }

    /// One of the list, or nil when it is empty.
    mutating func any<Element>(of list: [Element]) -> Element? { list.isEmpty ? nil : one(of: list) }

    /// One of the list, in proportion to the weights.
    mutating func weighted<Element>(_ list: [(element: Element, weight: Int64)]) -> Element {
        var place = number(1...list.reduce(0) { $0 + $1.weight })
        for (element, weight) in list {
            place -= weight
            if place <= 0 { return element }
        }
        return list[list.count - 1].element
    }
}

/// A short fingerprint of much text, fed piece by piece: FNV-1a with 64 bits (Fowler, Noll, Vo; RFC 9923).
struct Fingerprint: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 {
            value ^= UInt64(byte)
            value = value &* 0x100_0000_01B3
        }
    }

    /// Sixteen hexadecimal digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func of(_ text: String) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(text)
        return fingerprint.text
    }
}
