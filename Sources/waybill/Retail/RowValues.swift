import OrderManagement

/// Reads the values of one record; what is wrong is said with the name of the column.
struct RowValues {
    let record: TableRecord

    func wrong(_ reason: String) -> RejectedRow { RejectedRow(record.line, reason) }

    func text(_ name: String, atMost length: Int = 200) throws(RejectedRow) -> String {
        guard let value = record.value(name) else { throw wrong("\(name) is missing") }
        guard value.count <= length else { throw wrong("\(name) has more than \(length) characters") }
        return value
    }

    /// nil where nothing stands.
    func optionalText(_ name: String, atMost length: Int) throws(RejectedRow) -> String? {
        record.value(name) == nil ? nil : try text(name, atMost: length)
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(RejectedRow) -> Int64 {
        guard let value = try optionalInteger(name, in: range) else { throw wrong("\(name) is missing") }
        return value
    }

    func optionalInteger(_ name: String, in range: ClosedRange<Int64>) throws(RejectedRow) -> Int64? {
        guard let text = record.value(name) else { return nil }
        guard let value = Int64(text) else { throw wrong("\(name) is no whole number: \(text.prefix(40))") }
        guard range.contains(value) else {
            throw wrong("\(name) is \(value), not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    func decimal(_ name: String, in range: ClosedRange<Double>) throws(RejectedRow) -> Double {
        let text = try text(name)
        guard let value = Double(text), range.contains(value) else {
            throw wrong("\(name) is no number between \(range.lowerBound) and \(range.upperBound): \(text.prefix(40))")
        }
        return value
    }

    func flag(_ name: String, otherwise: Bool) throws(RejectedRow) -> Bool {
        switch record.value(name)?.lowercased() {
        case nil: return otherwise
        case "yes", "true", "1": return true
        case "no", "false", "0": return false
        case let other?: throw wrong("\(name) is neither yes nor no: \(other.prefix(40))")
        }
    }

    /// - Throws: when the record has a value that nobody reads: a slip of the pen must not pass in silence.
    func checkNames(among known: [String]) throws(RejectedRow) {
        for name in record.names where !known.contains(name) {
            throw wrong("there is no \(name.prefix(40)); the names are: \(known.joined(separator: ", "))")
        }
    }
}

extension RowValues {
    /// A sum of what goods may need, as of `requirements` and `capabilities`; 0 where nothing is said.
    fileprivate func needs(_ name: String) throws(RejectedRow) -> UInt64 {
        let sum = try optionalInteger(name, in: 0...Int64.max) ?? 0
        if let objection = Item.objection(toNeeds: sum) { throw wrong("\(name): \(objection)") }
        return UInt64(sum)
    }
}

extension Item {
    static let columns = [
        "sku", "name", "weight_g", "size_mm", "length_mm", "width_mm", "height_mm", "barcode", "requirements",
        "returnable", "components", "available_from", "commodity_code", "origin_country",
        "customs_value", "customs_currency",
    ]

    /// Of a row of a table of items; only `sku` and `weight_g` must be there.
    init(_ record: TableRecord) throws(RejectedRow) {
        let row = RowValues(record: record)
        try row.checkNames(among: Self.columns)
        let sku = try row.text("sku", atMost: 64)
        self.init(
            sku: sku, name: record.value("name") == nil ? sku : try row.text("name", atMost: 400),
            weightGrams: try row.integer("weight_g", in: 0...10_000_000), size: try Self.size(row),
            barcode: record.value("barcode") == nil ? nil : try row.text("barcode", atMost: 14),
            requirements: try row.needs("requirements"),
            isReturnable: try row.flag("returnable", otherwise: true), components: try Self.components(row),
            availableFrom: try Self.date(row), commodityCode: try Self.commodityCode(row),
            originCountry: try Self.origin(row), customsValue: try Self.customsValue(row))
    }

    /// From `customs_value` (`12.50`) and `customs_currency` (`GBP`): what one is worth that is given for nothing.
    private static func customsValue(_ row: RowValues) throws(RejectedRow) -> Money? {
        guard let text = row.record.value("customs_value") else {
            guard row.record.value("customs_currency") == nil else {
                throw row.wrong("customs_value and customs_currency go together: customs_value is missing")
            }
            return nil
        }
        let code = try row.text("customs_currency")
        guard let currency = Currency(code) else {
            throw row.wrong("customs_currency is no currency as GBP (ISO 4217): \(code.prefix(40))")
        }
        let amount = DecimalText(excess: .zeros).units(text, decimals: currency.decimals)
        guard let amount, (1...Money.amountMax).contains(amount) else {
            throw row.wrong("customs_value is no amount of \(currency) above 0, as 12.50 is of GBP: \(text.prefix(40))")
        }
        return Money(amount, currency)
    }

    /// From `commodity_code` (`6109.10.00`): six to twelve digits of the Harmonized System.
    private static func commodityCode(_ row: RowValues) throws(RejectedRow) -> String? {
        guard let text = row.record.value("commodity_code") else { return nil }
        guard let code = Item.commodityCode(text) else {
            throw row.wrong("commodity_code has not 6 to 12 digits, as 6109.10: \(text.prefix(40))")
        }
        return code
    }

    /// From `origin_country` (`PT`): where it was made.
    private static func origin(_ row: RowValues) throws(RejectedRow) -> String? {
        guard let text = row.record.value("origin_country") else { return nil }
        guard Country.isKnown(text) else {
            throw row.wrong("origin_country is no country as PT (ISO 3166-1): \(text.prefix(40))")
        }
        return text
    }

    /// From `available_from` (`2026-05-01T00:00:00Z`): when it may first leave.
    private static func date(_ row: RowValues) throws(RejectedRow) -> Timestamp? {
        guard let text = row.record.value("available_from") else { return nil }
        guard let date = Timestamp(text), date >= .earliest, date <= .latest else {
            throw row.wrong("available_from is no time as 2026-05-01T00:00:00Z: \(text.prefix(40))")
        }
        return date
    }

    /// From `components` (`MUG:1 TEA:2`): what one unit of a kit is made of.
    private static func components(_ row: RowValues) throws(RejectedRow) -> [KitComponent] {
        var components: [KitComponent] = []
        for text in (row.record.value("components") ?? "").split(separator: " ") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, parts[0].count <= 64, let quantity = Int64(parts[1]),
                (1...KitComponent.quantityMax).contains(quantity)
            else { throw row.wrong("components are not as MUG:1 TEA:2, each SKU with its units: \(text.prefix(80))") }
            components.append(KitComponent(sku: String(parts[0]), quantity: quantity))
        }
        guard components.count <= KitComponent.countMax else {
            throw row.wrong("components are more than \(KitComponent.countMax)")
        }
        return components
    }

    /// From `size_mm` (`300 200 100`) or its three parts.
    private static func size(_ row: RowValues) throws(RejectedRow) -> ItemSize? {
        let range: ClosedRange<Int64> = 1...100_000
        if let text = row.record.value("size_mm") {
            let sides = text.split(separator: " ").compactMap { Int64($0) }.filter { range.contains($0) }
            guard sides.count == 3 else {
                throw row.wrong("size_mm is not three numbers of millimetres: \(text.prefix(40))")
            }
            return ItemSize(length: sides[0], width: sides[1], height: sides[2])
        }
        let (length, width, height) = (
            try row.optionalInteger("length_mm", in: range), try row.optionalInteger("width_mm", in: range),
            try row.optionalInteger("height_mm", in: range)
        )
        if length == nil, width == nil, height == nil { return nil }
        guard let length, let width, let height else {
            throw row.wrong("length_mm, width_mm and height_mm go together: one is missing")
        }
        return ItemSize(length: length, width: width, height: height)
    }
}

extension Location {
    static let columns = [
        "code", "name", "kind", "line", "city", "region", "postcode", "country", "latitude", "longitude", "time_zone",
        "ships", "pickup", "returns", "handling_cost", "priority", "capabilities", "cutoff", "opening_days",
    ]

    /// Of a row of a table of locations.
    init(_ record: TableRecord) throws(RejectedRow) {
        let row = RowValues(record: record)
        try row.checkNames(among: Self.columns)
        let kind = try row.text("kind")
        guard let known = Kind(rawValue: kind) else {
            throw row.wrong("kind is \(kind), not one of: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let name = try row.text("name")
        let country = try row.text("country")
        guard Country.isKnown(country) else {
            throw row.wrong("country is no code of ISO 3166-1, as GB is: \(country.prefix(40))")
        }
        self.init(
            code: try row.text("code", atMost: 64), name: name, kind: known,
            address: Address(
                name: name, lines: [try row.text("line")], city: try row.text("city"), region: record.value("region"),
                postcode: record.value("postcode") ?? "", country: country),
            latitude: try row.decimal("latitude", in: -90...90),
            longitude: try row.decimal("longitude", in: -180...180), calendar: try Self.calendar(row),
            canShip: try row.flag("ships", otherwise: true), offersPickup: try row.flag("pickup", otherwise: false),
            takesReturns: try row.flag("returns", otherwise: false),
            handlingCost: try row.optionalInteger("handling_cost", in: 0...Money.amountMax) ?? 0,
            priority: Int(try row.optionalInteger("priority", in: 0...1_000_000) ?? (known == .warehouse ? 1 : 2)),
            capabilities: try row.needs("capabilities"))
    }

    /// The same with what no table says of a location that is there: its holidays, how much work it takes, whether it
    /// is paused, and when couriers come that have hours of their own.
    func keeping(_ known: Location) -> Location {
        var location = self
        location.calendar = BusinessCalendar(
            zone: calendar.zone, openWeekdays: calendar.openWeekdays, holidays: known.calendar.holidays,
            cutoffMinutes: calendar.cutoffMinutes) ?? calendar
        (location.capacityPerDay, location.closesForNoCapacity) = (known.capacityPerDay, known.closesForNoCapacity)
        (location.isPaused, location.pausedUntil) = (known.isPaused, known.pausedUntil)
        location.courierCutoffs = known.courierCutoffs
        return location
    }

    private static func calendar(_ row: RowValues) throws(RejectedRow) -> BusinessCalendar {
        let zone = try row.text("time_zone")
        let cutoff = try row.text("cutoff")
        let parts = cutoff.split(separator: ":").compactMap { Int64($0) }
        let days = (row.record.value("opening_days") ?? "1 2 3 4 5").split(separator: " ").compactMap { Int($0) }
        guard parts.count == 2, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]) else {
            throw row.wrong("cutoff is no time of day such as 17:00: \(cutoff.prefix(40))")
        }
        guard
            let calendar = BusinessCalendar(
                zone: zone, openWeekdays: Set(days), cutoffMinutes: parts[0] * 60 + parts[1])
        else {
            throw row.wrong("time_zone \(zone.prefix(40)) is not known, or opening_days are not of 1 (Monday) to 7")
        }
        return calendar
    }
}

/// A row of a table of stock: what is on hand of a SKU at a location, what of it is kept back from every promise, and
/// where it lies.
struct StockRow: Hashable {
    static let columns = ["location", "sku", "on_hand", "safety_stock", "bin"]
    let line: Int
    let location: String
    let sku: String
    let onHand: Int64
    /// nil leaves the safety stock as it is.
    let safety: Int64?
    /// nil leaves the bin as it is.
    let bin: String?

    init(_ record: TableRecord) throws(RejectedRow) {
        let row = RowValues(record: record)
        try row.checkNames(among: Self.columns)
        self.line = record.line
        self.location = try row.text("location", atMost: 64)
        self.sku = try row.text("sku", atMost: 64)
        self.onHand = try row.integer("on_hand", in: 0...PlaceOrder.quantityMax)
        self.safety = try row.optionalInteger("safety_stock", in: 0...PlaceOrder.quantityMax)
        self.bin = try row.optionalText("bin", atMost: SetBins.lengthMax)
    }
}
