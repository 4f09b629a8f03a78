/// What is sold, known by its SKU: case matters, and it never changes.
public struct Item: Hashable, Sendable {
    public let sku: String
    public var name: String
    public var weightGrams: Int64
    /// Length, width, height in mm.
    public var size: ItemSize?
    /// GTIN (GS1), as printed.
    public var barcode: String?
    /// What a location must be able to do to ship it: a bit each (`Location.capabilities`).
    public var requirements: UInt64
    public var isReturnable: Bool
    /// What it is made of, each item once; empty for an item that is no kit.
    public var components: [KitComponent]

    /// Six to twelve digits of the Harmonized System, and the country in which it was made (ISO 3166-1): for customs.
    public var commodityCode: String?
    public var originCountry: String?
    /// What one unit is worth to customs where it is given for nothing: they take no goods of the value 0. nil where
    /// nobody has said.
    public var customsValue: Money?
    /// When it first arrives, or may first leave: until then it is sold in advance. nil for an item that is there.
    public var availableFrom: Timestamp?

    /// The bit of `requirements` that says so.
    private static let hazardous: UInt64 = 1
    /// What goods may need, and locations and services may be able to do, beside what all can: a bit each.
    private static let needs: [(bit: UInt64, words: String)] = [(hazardous, "hazardous"), (2, "oversize"), (4, "cold")]

    /// Why a number is no sum of what goods may need; nil for one that is.
    public static func objection(toNeeds sum: Int64) -> String? {
        let all = needs.reduce(0) { $0 | $1.bit }
        guard sum < 0 || UInt64(sum) & ~all != 0 else { return nil }
        let known = needs.map { "\($0.bit) (\($0.words))" }.joined(separator: ", ")
        return "expected a sum of \(known), or 0, found \(sum)"
    }

    /// Whether it is dangerous to carry: papers say so, and nobody signs that it is not.
    public var isHazardous: Bool { requirements & Self.hazardous != 0 }

    public init(
        sku: String, name: String, weightGrams: Int64, size: ItemSize? = nil, barcode: String? = nil,
        requirements: UInt64 = 0, isReturnable: Bool = true, components: [KitComponent] = [],
        availableFrom: Timestamp? = nil, commodityCode: String? = nil, originCountry: String? = nil,
        customsValue: Money? = nil
    ) {
        self.sku = sku
        self.name = name
        self.weightGrams = weightGrams
        self.size = size
        self.barcode = barcode
        self.requirements = requirements
        self.isReturnable = isReturnable
        self.components = components
        self.availableFrom = availableFrom
        (self.commodityCode, self.originCountry, self.customsValue) = (commodityCode, originCountry, customsValue)
    }

    /// A commodity code by its digits alone: `6109.10.00` is `61091000`.
    /// - Returns: nil for text that is none.
    public static func commodityCode(_ text: String) -> String? {
        let digits = text.filter { $0 != "." && $0 != " " }
        guard (6...12).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("name", name)
            $0.member("weight_g", weightGrams)
            if let size {
                $0.array("size_mm") { for side in [size.length, size.width, size.height] { $0.value(side) } }
            }
            $0.member("barcode", barcode)
            $0.member("requirements", Int64(bitPattern: requirements))
            $0.member("returnable", isReturnable)
            KitComponent.write(components, to: &$0)
            if let availableFrom { $0.member("available_from", availableFrom) }
            $0.member("commodity_code", commodityCode)
            $0.member("origin_country", originCountry)
            if let customsValue { $0.member("customs_value", customsValue) }
        }
    }
}

/// The outer measures of an item or parcel, in millimetres.
public struct ItemSize: Hashable, Sendable {
    public let length: Int64, width: Int64, height: Int64
    public init(length: Int64, width: Int64, height: Int64) {
        self.length = length
        self.width = width
        self.height = height
    }

    /// With the longest edge as its length.
    public init(_ size: Tariff.Size) {
        self.init(length: size.edges[0], width: size.edges[1], height: size.edges[2])
    }
}
