public import OrderManagement

/// What to take from where, for many orders on one walk.
///
/// Picks at the same place of the same SKU become one line that says for whom how many. Lines stand in walking order:
/// by bin as people number them (`A-2-10` behind `A-2-9`), without a bin last.
public struct PickList: Hashable, SheetDocument {
    public struct Pick: Hashable, Sendable {
        public var bin: String?
        public var sku: String
        public var description: String
        public var quantity: Int64
        /// The order or tote that these units are for.
        public var target: String

        public init(bin: String?, sku: String, description: String, quantity: Int64, target: String) {
            (self.bin, self.sku, self.description) = (bin, sku, description)
            (self.quantity, self.target) = (quantity, target)
        }
    }

    public var location: Address
    public var number: String
    public var picks: [Pick]
    public var date: PrintedDate
    public var language: DocumentLanguage
    public var paper: PaperSize

    public static let picksMax = 5_000

    public init(
        location: Address, number: String, picks: [Pick], date: PrintedDate, language: DocumentLanguage = .english,
        paper: PaperSize = .a4
    ) {
        (self.location, self.number, self.picks) = (location, number, picks)
        (self.date, self.language, self.paper) = (date, language, paper)
    }

    /// One stop of the walk.
    struct Stop: Hashable {
        let bin: String
        let sku: String
        /// The pick whose description is printed.
        let place: Int
        var quantity: Int64
        var targets: [(name: String, quantity: Int64)]

        static func == (left: Stop, right: Stop) -> Bool { left.place == right.place }
        func hash(into hasher: inout Hasher) { hasher.combine(place) }
    }

    var stops: [Stop] {
        var stops: [Stop] = []
        var places: [[String]: Int] = [:]
        for (place, pick) in picks.enumerated() {
            let key = [pick.bin ?? "", pick.sku]
            if let known = places[key] {
                stops[known].quantity += pick.quantity
                if let same = stops[known].targets.firstIndex(where: { $0.name == pick.target }) {
                    stops[known].targets[same].quantity += pick.quantity
                } else {
                    stops[known].targets.append((pick.target, pick.quantity))
                }
            } else {
                places[key] = stops.count
                stops.append(
                    Stop(
                        bin: pick.bin ?? "", sku: pick.sku, place: place, quantity: pick.quantity,
                        targets: [(pick.target, pick.quantity)]))
            }
        }
        let keys = stops.map { (bin: WalkingOrder($0.bin), sku: WalkingOrder($0.sku)) }
        let order = stops.indices.sorted { left, right in
            if keys[left].bin != keys[right].bin { return keys[left].bin < keys[right].bin }
            if keys[left].sku != keys[right].sku { return keys[left].sku < keys[right].sku }
            return left < right
        }
        return order.map { stops[$0] }
    }

    var heading: Sheet.Heading {
        Sheet.Heading(title: language(.pickList), number: number, retailer: location, barcode: number)
    }

    func lay(on sheet: Sheet) throws(DocumentError) {
        guard picks.count <= Self.picksMax else {
            throw DocumentError(.tooMany, "picks", "a pick list has at most \(Self.picksMax) picks; make several")
        }
        let stops = stops
        let units = picks.reduce(0) { $0 + $1.quantity }
        try sheet.facts([
            (.date, Figures.day(date, language), "date"), (.lines, "\(stops.count)", "picks"),
            (.units, Figures.grouped(units, language), "picks"),
            (.orders, "\(Set(picks.map(\.target)).count)", "picks"),
        ])
        let table = Table(columns: [
            Table.Column(title: "", share: 0.045),
            Table.Column(title: language(.bin), share: 0.145, style: .bold(11, min: 6).cut, lines: 2),
            Table.Column(title: language(.quantity), share: 0.08, style: .bold(13, min: 7), lines: 1),
            Table.Column(title: language(.item), share: 0.44, style: .bold(9, min: 6).cut, lines: 2),
            Table.Column(title: language(.totes), share: 0.29, style: .plain(8.5, min: 6), lines: 60),
        ])
        try table.drawTitles(on: sheet)
        for stop in stops {
            let field = "picks/\(stop.place)"
            let targets = stop.targets.map { "\($0.quantity)\u{A0}×\u{A0}\($0.name)" }.joined(separator: ", ")
            try table.draw(
                [
                    .box, .text(stop.bin.isEmpty ? "–" : stop.bin, field: field + "/bin"),
                    .text(Figures.grouped(stop.quantity, language), field: field + "/quantity"),
                    .text(stop.sku, note: picks[stop.place].description, field: field + "/description"),
                    .text(targets, field: field + "/target"),
                ], on: sheet)
        }
        sheet.move(10)
        try sheet.signatures([.pickedBy])
    }
}

/// Names with numbers in them, as people put them in order: `A2` before `A10`; nothing at all comes last.
struct WalkingOrder: Comparable {
    enum Part: Comparable {
        case number(String)
        case text(String)

        static func < (left: Part, right: Part) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)):
                left.count != right.count ? left.count < right.count : left < right
            case (.text(let left), .text(let right)): left < right
            case (.number, .text): true
            case (.text, .number): false
            }
        }
    }

    let parts: [Part]

    init(_ name: String) {
        var parts: [Part] = []
        var digits = ""
        var text = ""
        for character in name.uppercased() {
            if ("0"..."9").contains(character) {
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                digits.append(character)
            } else {
                if !digits.isEmpty { parts.append(.number(Self.bare(digits))) }
                digits = ""
                text.append(character)
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
        if !digits.isEmpty { parts.append(.number(Self.bare(digits))) }
        self.parts = parts
    }

    private static func bare(_ digits: String) -> String { String(digits.drop { $0 == "0" }) }

    static func < (left: WalkingOrder, right: WalkingOrder) -> Bool {
        if left.parts.isEmpty || right.parts.isEmpty { return !left.parts.isEmpty }
        return left.parts.lexicographicallyPrecedes(right.parts)
    }
}
