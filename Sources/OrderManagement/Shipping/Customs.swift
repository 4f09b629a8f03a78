/// Where goods cross a customs border, and who is told what there.
///
/// Couriers outside take no parcel over one without knowing what lies in it: description, quantity, weight and value of
/// each item are the order's, its commodity code and country of origin the catalog's. Labels of the retailer's own need
/// nothing: the form that goes with them (`customs.pdf`) is signed by people, and shows what is known.
public enum CustomsArea {
    /// The customs union of the European Union, with Monaco.
    private static let union: Set<String> = Set(
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK"
            .split(separator: " ").map(String.init))

    /// Places of the union's countries that goods do not reach without a declaration, by how their postcodes begin:
    /// the Canary Islands, Ceuta and Melilla, Heligoland and Buesingen, Livigno, Mount Athos.
    private static let outside: [String: [String]] = [
        "ES": ["35", "38", "51", "52"], "DE": ["27498", "78266"], "IT": ["23041"], "GR": ["63086"],
    ]

    private enum Area: Hashable {
        case union
        case country(String)
        /// Needs a declaration also from its own country.
        case place(String, String)
    }

    private static func area(of address: Address) -> Area {
        let postcode = address.postcode.filter { !$0.isWhitespace }
        if let prefix = outside[address.country]?.first(where: postcode.hasPrefix) {
            return .place(address.country, prefix)
        }
        if union.contains(address.country) { return .union }
        // The Isle of Man has the customs of Great Britain; the Channel Islands want a form.
        return .country(address.country == "IM" ? "GB" : address.country)
    }

    /// Whether goods go from one address to another without a declaration. Northern Ireland is of both sides.
    public static func isOne(_ one: Address, _ other: Address) -> Bool {
        let (here, there) = (area(of: one), area(of: other))
        if here == there { return true }
        func isNorthern(_ address: Address) -> Bool {
            address.country == "GB" && address.postcode.uppercased().hasPrefix("BT")
        }
        return here == .union && isNorthern(other) || there == .union && isNorthern(one)
    }
}

/// Who pays duties (Incoterms 2020).
public enum Incoterm: String, CaseIterable, Sendable {
    /// The recipient, at the door.
    case dap
    /// The retailer.
    case ddp
}

extension Order {
    /// Whether its goods cross a customs border on their way from a location.
    public func crossesCustoms(from location: Location) -> Bool {
        delivery.address.map { !CustomsArea.isOne(location.address, $0) } ?? false
    }

    /// What a courier would have to know of goods for customs, and nobody has said: for people. nil where nothing is
    /// missing, and for what crosses no border.
    func customsGap(of lines: some Sequence<Int>, from location: Location, in work: Work) -> String? {
        guard crossesCustoms(from: location) else { return nil }
        let gaps = Set(lines).sorted().compactMap { line($0)?.sku }.compactMap { sku -> String? in
            let item = work.item(sku)
            let missing = [
                item?.commodityCode == nil ? "commodity_code" : nil,
                item?.originCountry == nil ? "origin_country" : nil,
            ].compactMap { $0 }
            return missing.isEmpty ? nil : "\(sku) (\(missing.joined(separator: ", ")))"
        }
        guard !gaps.isEmpty else { return nil }
        let rest = gaps.count > 3 ? " and \(gaps.count - 3) more" : ""
        return "customs wants to know more of \(gaps.prefix(3).joined(separator: ", "))\(rest): say it with the items"
    }
}
