/// What must be known before a label is bought: what the parcel weighs, and where it goes.
extension Order {
    /// The SKUs of lines whose goods have no weight, neither of their own nor, for kits, of every part.
    func skusWithoutWeight(in lines: some Sequence<Int>, _ work: Work) -> [String] {
        var skus: [String] = []
        for number in lines {
            guard let line = line(number), work.item(line.sku)?.weightGrams ?? 0 == 0 else { continue }
            let goods = line.components.isEmpty ? [line.sku] : line.components.map(\.sku)
            for sku in goods where work.item(sku)?.weightGrams ?? 0 == 0 && !skus.contains(sku) { skus.append(sku) }
        }
        return skus
    }

    /// Whether a person has judged its address: what rules say against it counts no more.
    private var hasJudgedAddress: Bool {
        gates.contains { $0.kind == .address && $0.state == .passed && $0.decidedBy != nil }
    }

    /// - Throws: `.noService` for an address that no courier finds, as far as that can be seen.
    func checkAddress() throws(Refusal) {
        guard let wrong = objectionToAddress else { return }
        throw Refusal(
            .noService,
            "the address cannot be delivered to: \(wrong); change it by an amendment, or name the courier and service "
                + "if it is right as it is")
    }

    /// What no courier finds in its address, as far as that can be seen; nil for nothing.
    var objectionToAddress: String? {
        guard let address = delivery.address, !hasJudgedAddress else { return nil }
        let wrong = address.objections(forbidsBoxes: false)
        return wrong.isEmpty ? nil : wrong.joined(separator: "; ")
    }

    /// What is bought can be printed.
    ///
    /// - Throws: `.noService` for an address that has no room on the label that the retailer would print.
    func checkRoom(on option: CourierChoice.Option, for place: Int, in work: Work) throws(Refusal) {
        let isOwn = work.configuration.couriers[option.courier]?.connection == Courier.ownConnection
        guard isOwn, let address = delivery.address else { return }
        let hasCash = cash(for: parcels[place].units, of: place) > 0
        if let objection = address.labelObjection(besideCash: hasCash) { throw Refusal(.noService, objection) }
    }
}

extension Address {
    /// Of a label's recipient, in points: the width of a line, and the lines that it has room for in the least size
    /// that people can read (8 pt). Reckoned with room to spare: nothing is bought that cannot be printed.
    private static let labelWidth = 240.0
    private static let labelLines = 11
    /// Of them, those that make room for what is to be paid at the door.
    private static let cashLines = 3
    /// Lines break between words: some of each stays empty.
    private static let wrapped = 1.2

    /// Why it has no room on a label; nil where it has.
    /// - Parameter cash: Whether the label says what is to be paid at the door.
    func labelObjection(besideCash cash: Bool = false) -> String? {
        let texts = [name] + lines + ["\(city) \(postcode)", region ?? "", "UNITED COUNTRIES"]
        let needed = texts.filter { !$0.isEmpty }.reduce(0) { sum, text in
            let width = text.unicodeScalars.reduce(0.0) { $0 + Self.points(of: $1) }
            return sum + (width <= Self.labelWidth ? 1 : Int((width * Self.wrapped / Self.labelWidth).rounded(.up)))
        }
        let most = Self.labelLines - (cash ? Self.cashLines : 0)
        guard needed > most else { return nil }
        return "the address is too long for a label (about \(needed) lines, \(most) have room): shorten it"
    }

    private static let wide = Set("WMmw@%".unicodeScalars)
    private static let narrow = Set("iljI., '".unicodeScalars)

    /// The width of a character at 8 pt in bold, rather too much than too little.
    private static func points(of scalar: Unicode.Scalar) -> Double {
        if wide.contains(scalar) { return 8 }
        if narrow.contains(scalar) { return 3 }
        if (0x41...0x5A).contains(scalar.value) { return 6 }
        return scalar.value < 0x250 ? 5.2 : 8.5
    }
}
