import TestSupport
import Testing

@testable import OrderManagement

@Suite("Boxes that are suggested")
struct BoxSuggestionTests {
    private let boxes = [
        Packaging.Box(code: "L", inner: .init(400, 300, 300), weightGrams: 300),
        Packaging.Box(code: "S", inner: .init(200, 150, 100), weightGrams: 80),
        Packaging.Box(code: "M", inner: .init(300, 200, 200), weightGrams: 150),
    ]

    private func goods(_ count: Int64, _ edges: (Int64, Int64, Int64)?, grams: Int64 = 100, line: Int = 1)
        -> BoxSuggestion.Goods
    { .init(line: line, count: count, grams: grams, size: edges.map { Tariff.Size($0.0, $0.1, $0.2) }) }

    private func suggested(_ goods: BoxSuggestion.Goods..., gramsMax: Int64 = 25_000, in boxes: [Packaging.Box]? = nil)
        -> [String]
    {
        BoxSuggestion(of: goods, in: boxes ?? self.boxes, gramsMax: gramsMax).parcels.map { parcel in
            let units = parcel.units.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
            return "\(parcel.box ?? "-") \(units.joined(separator: ", ")), \(parcel.grams) g"
        }
    }

    @Test("The smallest box that takes everything, whichever side things lie on")
    func smallest() {
        #expect(suggested(goods(1, (100, 150, 200))) == ["S 1 of 1, 180 g"])
        #expect(suggested(goods(1, (101, 150, 200))) == ["M 1 of 1, 250 g"])
        #expect(suggested(goods(8, (100, 75, 50))) == ["S 8 of 1, 880 g"])
        #expect(suggested(goods(9, (100, 75, 50))) == ["M 9 of 1, 1050 g"])
        #expect(suggested(goods(2, (300, 200, 100)), goods(1, nil, line: 2)) == ["M 2 of 1, 1 of 2, 450 g"])
    }

    @Test("What one box does not take goes into several, the last no larger than it must be")
    func several() {
        #expect(suggested(goods(3, (400, 300, 150))) == ["L 2 of 1, 500 g", "L 1 of 1, 400 g"])
        #expect(suggested(goods(2, (400, 300, 300)), goods(1, (90, 90, 90), line: 2)) == [
            "L 1 of 1, 400 g", "L 1 of 1, 400 g", "S 1 of 2, 180 g",
        ])
    }

    @Test("No parcel is heavier than it may be, by the box or by the courier")
    func weight() {
        #expect(suggested(goods(5, (50, 50, 50), grams: 1_000), gramsMax: 2_500) == [
            "S 2 of 1, 2080 g", "S 2 of 1, 2080 g", "S 1 of 1, 1080 g",
        ])
        let light = [Packaging.Box(code: "S", inner: .init(200, 150, 100), weightGrams: 80, gramsMax: 1_100)]
        #expect(suggested(goods(2, (50, 50, 50), grams: 1_000), in: light).count == 2)
    }

    @Test("A thing that no box takes goes as it is, and the rest into a box")
    func asItIs() {
        #expect(suggested(goods(1, (2_000, 50, 50), grams: 900), goods(1, (90, 90, 90), line: 2)) == [
            "S 1 of 2, 180 g", "- 1 of 1, 900 g",
        ])
        #expect(suggested(goods(1, (50, 50, 50), grams: 30_000)) == ["- 1 of 1, 30000 g"])
    }

    @Test("Without boxes and measures goods are divided by weight alone")
    func loose() {
        #expect(suggested(goods(3, nil, grams: 10_000), in: []) == ["- 2 of 1, 20000 g", "- 1 of 1, 10000 g"])
        #expect(suggested(goods(1, nil, grams: 0), in: []) == ["- 1 of 1, 0 g"])
        #expect(suggested(in: []) == [])
    }

    /// Every arrangement is checked against the room by itself: volumes of what a box takes never exceed it.
    @Test("Whatever is packed, all units are in some box, none fuller or heavier than it may be", arguments: 1...60)
    func sound(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let all = (1...Int(numbers.number(1...8))).map { line in
            goods(
                numbers.number(1...12), (numbers.number(5...320), numbers.number(5...320), numbers.number(5...200)),
                grams: numbers.number(1...4_000), line: line)
        }
        let parcels = BoxSuggestion(of: all, in: boxes, gramsMax: 10_000).parcels
        for entry in all {
            #expect(parcels.reduce(0) { $0 + ($1.units[entry.line] ?? 0) } == entry.count)
        }
        for parcel in parcels {
            guard let code = parcel.box, let box = boxes.first(where: { $0.code == code }) else {
                #expect(parcel.units.values.reduce(0, +) == 1)
                continue
            }
            let volume = all.reduce(Int64(0)) { $0 + (parcel.units[$1.line] ?? 0) * ($1.size?.volume ?? 0) }
            #expect(volume <= box.inner.volume ?? 0)
            #expect(parcel.grams <= 10_000)
            for entry in all where parcel.units[entry.line] != nil { #expect(entry.size?.fits(in: box.inner) == true) }
        }
    }

    @Test("Thousands of units are spread by volume, and quickly enough to be asked for")
    func many() {
        let parcels = suggested(goods(5_000, (50, 50, 50), grams: 10))
        #expect(parcels.count == 30 && parcels[0] == "L 172 of 1, 2020 g")
    }

    @Test("Packing without saying in what takes the boxes that are suggested")
    func packs() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(
            SaveItems(items: [
                Item(sku: "TEE-M", name: "Tee", weightGrams: 500, size: .init(length: 300, width: 200, height: 20))
            ]))
        var packaging = Packaging()
        packaging.boxes = boxes
        try shop.perform(SavePackaging(packaging: packaging))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let shown = try JSON.parse(shop.perform(SuggestBoxes(fulfillment: id.fulfillment(1))).body)
        #expect(shown["parcels"]?.array?.first?["box"]?.string == "M")
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        let parcel = try #require(try shop.order(id).parcels.first)
        #expect(parcel.units == [1: 3] && parcel.weightGrams == 1_650 && parcel.size?.length == 300)
        try shop.expectClean()
    }

    @Test("A kit that nobody measured goes by the measures of its parts, and weighs what they weigh", arguments: [
        ("1 × PAIR", "S", 880), ("1 × DOZEN", "M", 4_950), ("1 × RODS", "-", 2_800),
    ])
    func kits(text: String, box: String, grams: Int64) throws {
        let shop = try TestSystem(stock: "MUG@LONDON: 30", "ROD@LONDON: 9")
        func item(_ sku: String, _ grams: Int64, _ size: ItemSize?, _ parts: KitComponent...) -> Item {
            Item(sku: sku, name: sku, weightGrams: grams, size: size, components: parts)
        }
        try shop.perform(
            SaveItems(items: [
                item("MUG", 400, .init(length: 100, width: 80, height: 80)),
                item("ROD", 1_000, .init(length: 900, width: 20, height: 20)),
                item("PAIR", 0, nil, .init(sku: "MUG", quantity: 2)),
                item("DOZEN", 0, nil, .init(sku: "MUG", quantity: 12)),
                item("RODS", 0, nil, .init(sku: "ROD", quantity: 2), .init(sku: "MUG", quantity: 2)),
            ]))
        var packaging = Packaging()
        packaging.boxes = boxes
        try shop.perform(SavePackaging(packaging: packaging))
        let id = try shop.place(text + " at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let shown = try JSON.parse(shop.perform(SuggestBoxes(fulfillment: id.fulfillment(1))).body)
        let parcel = try #require(shown["parcels"]?.array?.first)
        #expect((parcel["box"]?.string ?? "-") == box && parcel["weight_g"]?.integer == grams)
        try shop.expectClean()
    }

    @Test("Very many goods fill as many parcels as one fulfillment may have, and the rest is said")
    func veryMany() {
        let suggestion = BoxSuggestion(of: [goods(1_000_000, (390, 290, 290))], in: boxes, gramsMax: 25_000)
        #expect(suggestion.parcels.count == PackFulfillment.parcelsMax)
        #expect(suggestion.rest.map(\.count) == [1_000_000 - Int64(PackFulfillment.parcelsMax)])
    }
}
