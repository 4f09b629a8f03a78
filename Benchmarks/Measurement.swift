import Foundation

/// What one run of a benchmark found, repeated over several rounds.
struct Measurement: Codable {
    /// `place in process, 3 lines, uniform`.
    let subject: String
    /// `orders_per_second`, `p99_milliseconds`.
    let quantity: String
    /// One value per round, in the order of rounds.
    var values: [Double]

    var median: Double { values.median }
}

extension [Double] {
    /// The middle value; of an even number the mean of the two in the middle. 0 for none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// `11,204 [10,970..11,630]`.
    func spread(decimals: Int = 0) -> String {
        guard let least = self.min(), let most = self.max() else { return "-" }
        let median = Figure.text(median, decimals: decimals)
        if count == 1 { return median }
        return "\(median) [\(Figure.text(least, decimals: decimals))..\(Figure.text(most, decimals: decimals))]"
    }
}

/// Numbers as people read them.
enum Figure {
    /// With thousands separated by commas.
    static func text(_ value: Double, decimals: Int = 0) -> String {
        let plain = String(format: "%.\(decimals)f", abs(value))
        let parts = plain.split(separator: ".")
        var whole = ""
        for (place, digit) in parts[0].reversed().enumerated() {
            if place > 0, place % 3 == 0 { whole.append(",") }
            whole.append(digit)
        }
        let sign = value < 0 ? "-" : ""
        return sign + String(whole.reversed()) + (parts.count > 1 ? "." + parts[1] : "")
    }

    static func percent(_ share: Double) -> String { text(share * 100, decimals: 0) + " %" }
}

/// Latencies of many requests, in microseconds.
struct Latencies: Codable, Sendable {
    private(set) var microseconds: [UInt32] = []

    init() { microseconds.reserveCapacity(1 << 14) }

    mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        microseconds.append(UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
    }

    mutating func add(_ others: Latencies) { microseconds.append(contentsOf: others.microseconds) }

    /// The least latency, in milliseconds, that the given share of requests did not exceed, for each share.
    func milliseconds(at shares: [Double]) -> [Double] {
        guard !microseconds.isEmpty else { return shares.map { _ in 0 } }
        let sorted = microseconds.sorted()
        return shares.map { share in
            let place = Int((Double(sorted.count) * share).rounded(.up)) - 1
            return Double(sorted[Swift.max(0, Swift.min(place, sorted.count - 1))]) / 1000
        }
    }
}

extension Duration {
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct SteadyRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
