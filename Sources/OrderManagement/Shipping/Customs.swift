/// Who pays duties (Incoterms 2020).
public enum Incoterm: String, CaseIterable, Sendable {
    /// The recipient, at the door.
    case dap
    /// The retailer.
    case ddp
}

/// Couriers outside take no parcel over a customs border without knowing what lies in it: description, quantity, weight
/// and value of each item are the order's, its commodity code and country of origin the catalog's, and so is the value
/// of what is given for nothing. Labels of the retailer's own need nothing: the form that goes with them
/// (`customs.pdf`) is signed by people, and shows what is known. A kit is its parts.
extension Order {
    /// Whether its goods cross a customs border on their way from a location.
    public func crossesCustoms(from location: Location) -> Bool {
        delivery.address.map { !CustomsArea.isOne(location.address, $0) } ?? false
    }

    /// What a courier would have to know of goods for customs, and nobody has said: for people. nil where nothing is
    /// missing, and for what crosses no border.
    func customsGap(of lines: some Sequence<Int>, from location: Location, in work: Work) -> String? {
        guard crossesCustoms(from: location) else { return nil }
        var gaps: [String] = []
        let rates = work.configuration.channels[channel]?.policy.shipping.rates ?? []
        let free = CustomsWorth(in: currency, by: rates)
        let goods = Set(lines).sorted().flatMap { number in
            line(number)?.customsContents(of: 1, worth: 0, orElse: free) { work.item($0) } ?? []
        }
        for content in goods {
            let missing = [
                content.commodityCode == nil ? "commodity_code" : nil,
                content.originCountry == nil ? "origin_country" : nil, content.valueGap,
            ].compactMap { $0 }
            let gap = "\(content.sku) (\(missing.joined(separator: ", ")))"
            if !missing.isEmpty, !gaps.contains(gap) { gaps.append(gap) }
        }
        guard !gaps.isEmpty else { return nil }
        let rest = gaps.count > 3 ? " and \(gaps.count - 3) more" : ""
        return "customs wants to know more of \(gaps.prefix(3).joined(separator: ", "))\(rest): say it with the items"
    }
}
