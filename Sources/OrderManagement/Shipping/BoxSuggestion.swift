/// Which boxes goods go into: as few and as small as a simple packer finds.
///
/// First fit decreasing: the bulkiest goods first; all into the smallest box that takes them, or else as much as goes
/// into the largest, and so on with the rest; at last each box is made as small as its contents allow. Fit is proven
/// by an arrangement (`FreeSpace`), so that nothing is suggested that does not close; but it is a heuristic: now and
/// then a person finds a smaller box, and goods that bend or nest are packed as if they did neither. Goods without
/// measures count by weight alone. A thing that no box takes goes as it is.
public struct BoxSuggestion: Hashable, Sendable {
    /// Units of an order line, all alike.
    public struct Goods: Hashable, Sendable {
        public let line: Int
        public let count: Int64
        public let grams: Int64
        /// nil where nobody measured them.
        public let size: Tariff.Size?
        /// What they are worth; nil where nobody looks at that.
        var worth: DeclaredWorth?

        public init(line: Int, count: Int64, grams: Int64, size: Tariff.Size?) {
            (self.line, self.count, self.grams, self.size) = (line, count, grams, size)
        }

        /// So many of them, or others that are like them.
        func counting(_ count: Int64) -> Goods {
            var goods = Goods(line: line, count: count, grams: grams, size: size)
            goods.worth = worth
            return goods
        }

        /// What is left when so many are taken.
        fileprivate func without(_ taken: Int64) -> Goods {
            var rest = counting(count - taken)
            rest.worth = worth?.behind(taken)
            return rest
        }
    }

    public struct Parcel: Hashable, Sendable {
        /// nil for goods that go as they are.
        public internal(set) var box: String?
        public internal(set) var size: Tariff.Size?
        /// Goods and box together.
        public internal(set) var grams: Int64
        /// Units by order line.
        public internal(set) var units: [Int: Int64]
    }

    public let parcels: [Parcel]
    /// What is left where the goods go into more parcels than were asked for.
    public let rest: [Goods]

    /// Beyond so many units the packer would be slow: they are spread by weight and volume alone.
    public static let unitsMax: Int64 = 2_000
    /// Of a box's volume, what goods fill when nobody lays them in one by one.
    private static let fillPercent: Int64 = 60

    /// - Parameters:
    ///   - gramsMax: What no parcel may weigh more than, unless a single thing does.
    ///   - arrangedUnitsMax: Beyond so many units they are spread by weight and volume alone.
    ///   - parcelsMax: Where to stop: time and memory grow with the number of parcels.
    public init(
        of goods: [Goods], in boxes: [Packaging.Box], gramsMax: Int64, arrangedUnitsMax: Int64 = Self.unitsMax,
        parcelsMax: Int = PackFulfillment.parcelsMax
    ) {
        self.init(
            of: goods, within: ParcelLimits(gramsMax: gramsMax, boxes: boxes), arrangedUnitsMax: arrangedUnitsMax,
            parcelsMax: parcelsMax)
    }

    /// - Parameter limits: What no parcel may weigh, or be worth, more than, unless a single thing does.
    init(
        of goods: [Goods], within limits: ParcelLimits, arrangedUnitsMax: Int64 = Self.unitsMax,
        parcelsMax: Int = PackFulfillment.parcelsMax
    ) {
        let isMany = goods.reduce(0) { $0 + $1.count } > arrangedUnitsMax
        let sorted = limits.boxes.sorted { ($0.inner.volume ?? .max, $0.code) < ($1.inner.volume ?? .max, $1.code) }
        var rest = goods.filter { $0.count > 0 }.sorted { Self.bulk($0) > Self.bulk($1) }
        var parcels: [Parcel] = []
        while !rest.isEmpty, parcels.count < parcelsMax {
            let (parcel, left) = Self.fill(rest, sorted, limits, isMany)
            parcels.append(parcel)
            rest = left
        }
        (self.parcels, self.rest) = (parcels, rest)
    }

    /// Parcels that were suggested each for a part of the goods.
    init(parcels: [Parcel]) { (self.parcels, rest) = (parcels, []) }

    /// By volume, then by the longest edge, then by line: the same goods are always packed alike.
    private static func bulk(_ goods: Goods) -> (Int64, Int64, Int) {
        (goods.size?.volume ?? 0, goods.size?.edges[0] ?? 0, -goods.line)
    }

    /// One parcel of what is to be packed, and what is left.
    private static func fill(
        _ goods: [Goods], _ boxes: [Packaging.Box], _ limits: ParcelLimits, _ isMany: Bool
    ) -> (Parcel, [Goods]) {
        guard !boxes.isEmpty else { return loose(goods, limits) }
        let (grams, volume) = (goods.sum { $0.grams }, goods.sum { $0.size?.volume ?? 0 })
        for box in boxes {
            // Most boxes are ruled out by what goods weigh and measure together, without laying any of them in.
            guard grams <= limits.gramsMax, volume <= box.inner.volume ?? 0 else { continue }
            let (taken, left) = pack(goods, into: box, limits, isMany)
            if left.isEmpty { return (parcel(taken, goods, box), []) }
        }
        // As much as goes into the largest; into a smaller one where services take nothing of that size.
        for largest in boxes.reversed() {
            let (taken, left) = pack(goods, into: largest, limits, isMany)
            if !taken.isEmpty { return (smallest(of: boxes, or: largest, taken, goods, limits, isMany), left) }
        }
        return asItIs(goods)
    }

    /// A parcel of a part of the goods in the smallest box that takes it.
    private static func smallest(
        of boxes: [Packaging.Box], or largest: Packaging.Box, _ taken: [Int: Int64], _ goods: [Goods],
        _ limits: ParcelLimits, _ isMany: Bool
    ) -> Parcel {
        // A part of the goods may do with less than the largest box.
        let part = goods.compactMap { entry in
            taken[entry.line].map(entry.counting)
        }
        return parcel(taken, goods, boxes.first { pack(part, into: $0, limits, isMany).left.isEmpty } ?? largest)
    }

    /// As much as goes into a box. - Returns: Units taken by line, and the goods left.
    private static func pack(
        _ goods: [Goods], into box: Packaging.Box, _ limits: ParcelLimits, _ isMany: Bool
    ) -> (taken: [Int: Int64], left: [Goods]) {
        let most = min(box.gramsMax ?? limits.gramsMax, limits.gramsMax)
        let allowances = limits.allowances(in: box)
        var value: Int64 = 0
        var room = FreeSpace(of: box.inner)
        var volume = (box.inner.volume ?? 0) / 100 * fillPercent
        var grams = box.weightGrams
        var taken: [Int: Int64] = [:]
        var left: [Goods] = []
        for entry in goods {
            var count: Int64 = 0
            while count < entry.count, grams + entry.grams <= most {
                let more = allowances.isEmpty ? 0 : entry.worth(of: count + 1) - entry.worth(of: count)
                guard allowances.admit(grams + entry.grams, worth: value + more) else { break }
                if let size = entry.size {
                    if isMany {
                        let each = size.volume ?? .max
                        guard size.fits(in: box.inner), each <= volume else { break }
                        volume -= each
                    } else {
                        guard room.take(size) else { break }
                    }
                }
                grams += entry.grams
                value += more
                count += 1
            }
            if count > 0 { taken[entry.line, default: 0] += count }
            if count < entry.count { left.append(entry.without(count)) }
        }
        return (taken, left)
    }

    private static func parcel(_ taken: [Int: Int64], _ goods: [Goods], _ box: Packaging.Box) -> Parcel {
        let grams = goods.reduce(box.weightGrams) { $0 + (taken[$1.line] ?? 0) * $1.grams }
        return Parcel(box: box.code, size: box.inner, grams: grams, units: taken)
    }

    /// Without boxes: as much as may be carried.
    private static func loose(_ goods: [Goods], _ limits: ParcelLimits) -> (Parcel, [Goods]) {
        let allowances = limits.allowances(in: nil)
        var parcel = Parcel(box: nil, size: nil, grams: 0, units: [:])
        var value: Int64 = 0
        var left: [Goods] = []
        for entry in goods {
            let room = max(0, limits.gramsMax - parcel.grams)
            var count = entry.grams > 0 ? min(entry.count, room / entry.grams) : entry.count
            if !allowances.isEmpty { count = min(count, entry.most(of: allowances, beside: (parcel.grams, value))) }
            if count == 0, parcel.units.isEmpty { count = 1 }
            if count > 0 {
                parcel.units[entry.line, default: 0] += count
                parcel.grams += count * entry.grams
                if !allowances.isEmpty { value += entry.worth(of: count) }
            }
            if count < entry.count { left.append(entry.without(count)) }
        }
        return (parcel, left)
    }

    /// One thing that no box takes.
    private static func asItIs(_ goods: [Goods]) -> (Parcel, [Goods]) {
        var left = goods
        let first = left.removeFirst()
        if first.count > 1 { left.insert(first.without(1), at: 0) }
        return (Parcel(box: nil, size: first.size, grams: first.grams, units: [first.line: 1]), left)
    }
}

extension BoxSuggestion.Goods {
    /// Minor units.
    fileprivate func worth(of units: Int64) -> Int64 { worth?.of(units) ?? 0 }

    /// How many of them some service takes beside what is in a parcel already.
    fileprivate func most(
        of allowances: [ParcelLimits.Allowance], beside held: (grams: Int64, value: Int64)
    ) -> Int64 {
        allowances.map { allowance in
            let room = allowance.gramsMax - held.grams
            guard room >= 0 else { return 0 }
            var (most, beyond) = (Int64(0), 1 + (grams > 0 ? min(count, room / grams) : count))
            while most + 1 < beyond {
                let middle = most + (beyond - most) / 2
                if held.value + worth(of: middle) <= allowance.valueMax { most = middle } else { beyond = middle }
            }
            return most
        }.max() ?? 0
    }
}

extension [ParcelLimits.Allowance] {
    /// Whether some service takes that; where nobody looks at what goods are worth all do.
    fileprivate func admit(_ grams: Int64, worth value: Int64) -> Bool {
        isEmpty || contains { $0.admits(grams, worth: value) }
    }
}

extension [BoxSuggestion.Goods] {
    /// A measure of all units together, as far as numbers go.
    fileprivate func sum(_ measure: (BoxSuggestion.Goods) -> Int64) -> Int64 {
        var sum: Int64 = 0
        for goods in self {
            let (product, isTooMuch) = goods.count.multipliedReportingOverflow(by: measure(goods))
            let (next, isBeyond) = sum.addingReportingOverflow(product)
            if isTooMuch || isBeyond { return .max }
            sum = next
        }
        return sum
    }
}

extension Order {
    /// The boxes that a fulfillment's goods could go into; one with goods of which no weight is known has none.
    ///
    /// - Throws: `.invalidInput` where there would be more of them than one fulfillment is packed in.
    func suggestedBoxes(for index: Int, in work: Work) throws(Refusal) -> [PackFulfillment.Box] {
        let suggestion = suggestion(for: index, in: work)
        guard suggestion.rest.isEmpty else {
            throw Refusal([
                .init(
                    "/parcels", .invalidInput,
                    "the goods are suggested to go in more than \(PackFulfillment.parcelsMax) parcels, the most of one "
                        + "fulfillment: say in which they are packed")
            ])
        }
        return suggestion.parcels.map { parcel in
            PackFulfillment.Box(
                lines: parcel.units.keys.sorted().map {
                    LineQuantity(line: OrderLineID(id, $0), quantity: parcel.units[$0] ?? 0)
                }, weightGrams: skusWithoutWeight(in: parcel.units.keys.sorted(), work).isEmpty ? parcel.grams : 0,
                size: parcel.size.map(ItemSize.init))
        }
    }

    func suggestion(for index: Int, in work: Work) -> BoxSuggestion {
        let goods = goods(fulfillments[index].lines.map { ($0.line, $0.quantity) }, in: work)
        guard fulfillments[index].method == .ship, let channel = work.configuration.channels[channel],
            let origin = work.configuration.locations[fulfillments[index].location]
        else {
            return BoxSuggestion(
                of: goods, in: work.configuration.packaging.boxes, gramsMax: work.configuration.heaviestParcel)
        }
        let whole = suggestion(
            of: goods, within: parcelLimits(of: goods, from: origin, on: channel, in: work),
            ofFulfillment: fulfillments[index].number)
        return hastened(whole, of: goods, for: index, from: origin, on: channel, in: work) ?? whole
    }

    /// Units of lines, as a packer looks at them.
    func goods(_ units: [(line: Int, units: Int64)], in work: Work) -> [BoxSuggestion.Goods] {
        units.compactMap { entry in
            guard let line = line(entry.line) else { return nil }
            return BoxSuggestion.Goods(
                line: entry.line, count: entry.units, grams: work.weightGrams(of: line), size: work.size(of: line))
        }
    }
}

extension [Courier] {
    /// What parcels weigh at most where nobody says anything: what a person may lift (25 kg, ISO 11228-1).
    private static var liftedGramsMax: Int64 { 25_000 }

    /// The heaviest parcel that some of them takes somewhere, and that a person may lift.
    var heaviestParcel: Int64 {
        let bands = flatMap(\.tariff.services).flatMap { $0.bands.values.compactMap(\.last) }
        return Swift.min(bands.map(\.gramsMax).max() ?? Self.liftedGramsMax, Self.liftedGramsMax)
    }
}

/// Looks which boxes the goods of a fulfillment could go into; changes nothing.
public struct SuggestBoxes: Command {
    public static let name = "suggest-boxes"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.packed(fulfillment.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsRead)
        let order = try work.order(fulfillment.order)
        let index = try order.indexOfFulfillment(fulfillment.number)
        guard work.principal.sees(location: order.fulfillments[index].location) else {
            throw Refusal(.notFound, "there is no fulfillment \(fulfillment)")
        }
        let suggestion = order.suggestion(for: index, in: work)
        var json = JSONWriter()
        json.object {
            $0.array("parcels") { list in
                for parcel in suggestion.parcels {
                    list.object {
                        $0.member("box", parcel.box)
                        $0.array("lines") { lines in
                            for number in parcel.units.keys.sorted() {
                                lines.object {
                                    $0.member("line", OrderLineID(order.id, number).description)
                                    $0.member("quantity", parcel.units[number])
                                }
                            }
                        }
                        let unknown = order.skusWithoutWeight(in: parcel.units.keys.sorted(), work)
                        $0.member("weight_g", unknown.isEmpty ? parcel.grams : 0)
                        $0.array("without_weight") { skus in for sku in unknown { skus.value(sku) } }
                        if let size = parcel.size {
                            $0.array("size_mm") { for edge in size.edges { $0.value(edge) } }
                        }
                    }
                }
            }
            $0.member("more", !suggestion.rest.isEmpty)
        }
        return Reply(body: json.text)
    }
}
