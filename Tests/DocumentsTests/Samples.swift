import Documents
import Foundation
import OrderManagement

/// Documents as a shop would print them: for the tests, and for docs/documents.md.
enum Sample {
    static let date = PrintedDate(year: 2026, month: 11, day: 26) ?? Sample.missing()
    static let sscc = SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: 234_567_890) ?? Sample.missing()

    private static func missing<Value>() -> Value { fatalError("a sample is out of its bounds") }

    static func money(_ amount: Int64, _ code: String = "EUR") -> Money {
        Money(amount, Currency(code) ?? missing())
    }

    // MARK: People and places

    static let shop = Address(
        name: "Harbour & Finch Ltd", lines: ["Unit 4, Foundry Works", "18 Canal Street"], city: "Leeds",
        postcode: "LS9 8AB", country: "GB")
    static let german = Address(
        name: "Jürgen Groß", lines: ["Große Elbstraße 145", "c/o Fischmarkt Büro, 3. OG"], city: "Hamburg",
        postcode: "22767", country: "DE")
    static let arabic = Address(
        name: "محمد عبد الله", lines: ["شارع الملك فهد ١٢"], city: "الرياض", postcode: "12271", country: "SA")
    static let chinese = Address(
        name: "王小明", lines: ["朝阳区建国路88号 3号楼1单元"], city: "北京市", postcode: "100022", country: "CN")
    static let greek = Address(
        name: "Ελένη Παπαδοπούλου", lines: ["Οδός Αγίου Δημητρίου 27"], city: "Θεσσαλονίκη", postcode: "546 32",
        country: "GR")
    static let plain = Address(
        name: "Ada Example", lines: ["221 Harbor View Road", "Apartment 12"], city: "Portland", region: "ME",
        postcode: "04101", country: "US")

    // MARK: Labels

    static let label = ShippingLabel(
        courier: "Northway Parcels", service: "Express 24", routing: "DE 22767", zone: "Europe",
        sender: Party(shop), recipient: Party(german, phone: "+49 40 1234567"), weightGrams: 1250, parcel: 1,
        parcels: 2, reference: "WEB-100231", code: .sscc(sscc), date: date)

    static func label(to address: Address, _ language: DocumentLanguage = .english) -> ShippingLabel {
        var label = label
        label.recipient = Party(address)
        label.routing = [address.country, address.postcode].filter { !$0.isEmpty }.joined(separator: " ")
        label.zone = "World"
        label.language = language
        return label
    }

    static var returnLabel: ShippingLabel {
        var label = label
        label.purpose = .returning(authorization: "RMA-2026-00417")
        label.code = .number("RMA-2026-00417")
        (label.courier, label.service, label.routing, label.weightGrams) = (nil, "Postpaket", nil, nil)
        label.zone = nil
        (label.sender, label.recipient) = (Party(german), Party(shop))
        (label.parcel, label.parcels, label.language) = (1, 1, .german)
        return label
    }

    static var paidReturnLabel: ShippingLabel {
        var label = returnLabel
        label.isPostagePaid = true
        return label
    }

    static let notice = Notice(
        (1...8).map { number in
            .init(
                name: "WEB-\(100_230 + number) · par_1hddm1p0c00bv-1",
                reason: number % 2 == 0
                    ? "its courier has not answered yet: print it later"
                    : "the parcel 1 bears no label (the last try failed: no such street)")
        }, date: date)

    static let pickup = PickupCode(
        location: Address(
            name: "Harbour & Finch York", lines: ["27 Stonegate"], city: "York", postcode: "YO1 8AW", country: "GB"),
        openingHours: "Mon–Sat 9–18, Sun 11–17", order: "WEB-100231", name: "Ada Example", code: "482915",
        collectBy: PrintedDate(year: 2026, month: 12, day: 5), date: date)

    // MARK: Sheets

    static let goods = [
        ("85123A", "White hanging heart T-light holder", "Cream, boxed"),
        ("84406B", "Cream cupid hearts coat hanger", nil), ("22423", "Regency cake stand, three tiers", nil),
        ("21731", "Red toadstool LED night light", "Battery included"), ("84879", "Assorted colour bird ornament", nil),
        ("22720", "Set of 3 cake tins, pantry design", nil), ("47566", "Party bunting, 5 m", nil),
    ]

    static func slip(lines: Int = 5, _ language: DocumentLanguage = .english) -> PackingSlip {
        let all = (0..<lines).map { number in
            let good = goods[number % goods.count]
            return PackingSlip.Line(
                sku: good.0, description: good.1, quantity: Int64(number * 7 % 12 + 1), note: good.2)
        }
        return PackingSlip(
            retailer: shop, shipTo: language == .german ? german : plain, order: "WEB-100231",
            number: "WEB-100231/1", shipment: "ful_06FZ3M8Q1G0WR-1",
            service: language == .german ? "Standardversand" : "Express 24", parcels: 2, lines: all,
            toFollow: [PackingSlip.Line(sku: "22112", description: "Chocolate hot water bottle", quantity: 2)],
            giftMessage: "Happy birthday, Ada! May the tea be hot and the cake have three tiers. Love, Grace",
            howToReturn: """
                You have 30 days. Open harbour-and-finch.example/returns, enter your order number and postcode, print \
                the label and hand the parcel in at any shop of the courier.
                """,
            date: date, language: language)
    }

    static func pickList(stops: Int = 14) -> PickList {
        var picks: [PickList.Pick] = []
        for number in 0..<stops {
            let good = goods[number % goods.count]
            let shelf = number * 5 % 12 + 1
            let aisle = "A\(number % 3 + 1)-\(shelf)"
            let level = number % 2 == 0 ? "-2" : "-10"
            let bin: String? = number % 9 == 8 ? nil : aisle + level
            for order in 0...number % 3 {
                picks.append(
                    PickList.Pick(
                        bin: bin, sku: good.0, description: good.1, quantity: Int64((number + order) % 5 + 1),
                        target: "WEB-1002\(30 + order) (tote \(order + 1))"))
            }
        }
        return PickList(location: shop, number: "PL-2026-0815", picks: picks, date: date)
    }

    static func handover(parcels: Int = 18, _ language: DocumentLanguage = .english) -> HandoverList {
        let codes = ["22767", "LS9 8AB", "04101", "75011"]
        let countries = ["DE", "GB", "US", "FR"]
        let all = (0..<parcels).map { (number: Int) -> HandoverList.Parcel in
            let sscc = SSCC(extensionDigit: 1, companyPrefix: "0614141", serial: Int64(number))
            return HandoverList.Parcel(
                tracking: sscc?.digits ?? "", reference: "WEB-\(100_231 + number)",
                service: number % 3 == 0 ? "Express 24" : "Standard", postcode: codes[number % 4],
                country: countries[number % 4], weightGrams: Int64(number * 613 % 9000 + 180))
        }
        return HandoverList(
            location: shop, courier: "Northway Parcels", number: "HO-2026-0331", parcels: all, date: date,
            language: language)
    }

    static func creditNote(_ language: DocumentLanguage = .german) -> CreditNote {
        CreditNote(
            retailer: shop, retailerTaxNumber: "GB 123 4567 89", billTo: german, number: "CM-WEB-1001",
            order: "WEB-100231", invoice: "INV-2026-5513", reason: language == .german ? "Rücksendung" : "Return",
            lines: [
                CreditNote.Line(
                    description: "Regency cake stand, three tiers", note: "22423", quantity: 2, amount: money(259_80),
                    tax: money(41_48)),
                CreditNote.Line(
                    description: "Party bunting, 5 m", note: "47566", quantity: 1, amount: money(9_95),
                    tax: money(1_59)),
                CreditNote.Line(
                    description: language == .german ? "Rücksendekosten" : "Return postage", amount: money(-4_95),
                    tax: money(-79)),
            ],
            refunds: [CreditNote.Refund(to: .source, amount: money(264_80))], total: money(264_80),
            date: date, language: language)
    }

    // MARK: Customs

    static func customs(_ form: CustomsDeclaration.Form, _ language: DocumentLanguage = .english)
        -> CustomsDeclaration {
        CustomsDeclaration(
            form: form, sender: Party(shop, phone: "+44 113 496 0000"),
            recipient: Party(plain, phone: "+1 207 555 0142"), category: .saleOfGoods,
            items: [
                CustomsDeclaration.Item(
                    description: "Ceramic cake stand", quantity: 2, netWeightGrams: 1840, value: money(25_980, "GBP"),
                    tariffNumber: "6912.00", origin: "PT"),
                CustomsDeclaration.Item(
                    description: "Cotton party bunting", quantity: 1, netWeightGrams: 160, value: money(995, "GBP"),
                    tariffNumber: "6307.90", origin: "IN"),
            ],
            grossWeightGrams: 2350, postage: money(1890, "GBP"), invoice: "INV-2026-5513",
            senderReference: "GB123456789000", comments: form == .cn23 ? "Returns within 30 days" : nil,
            tracking: "RX 123 456 785 GB", date: date, language: language)
    }

    /// With paint in it that was given for nothing, by a long name.
    static func dangerous(_ form: CustomsDeclaration.Form, _ language: DocumentLanguage) -> CustomsDeclaration {
        var customs = customs(form, language)
        (customs.hasDangerousGoods, customs.hasFreeGoods) = (true, true)
        customs.importerReference = "IM2760000000"
        customs.items[0].description = "Handgefertigter Steingut-Frühstücksbecher mit gesprenkelter Reaktivglasur, "
            + "spülmaschinen- und mikrowellengeeignet, Geschenkset mit Farbe"
        return customs
    }

    static var dangerousLabel: ShippingLabel {
        var label = label
        label.hasDangerousGoods = true
        label.recipient = Party(
            Address(name: "Ada Example", lines: ["Villa 3"], city: "Al Ain", region: "Abu Dhabi", postcode: "",
                country: "AE"), phone: "+971 3 000 0000")
        label.courier = "Northway Parcels and Pallets of the United Northern Counties and Islands"
        return label
    }

    /// To be paid at the door, by a long name in a small currency.
    static var paidLabel: ShippingLabel {
        var label = label(to: german, .italian)
        label.cash = money(1_234_567_00, "EUR")
        return label
    }

    /// Every kind, by the name of its picture.
    static var gallery: [(name: String, document: any PrintableDocument)] {
        [
            ("label", label), ("label-arabic", label(to: arabic, .german)), ("label-chinese", label(to: chinese)),
            ("label-greek", label(to: greek)), ("return-label", returnLabel), ("return-label-paid", paidReturnLabel),
            ("not-printed", notice), ("pickup-code", pickup),
            ("packing-slip", slip()), ("packing-slip-german", slip(.german)), ("pick-list", pickList(stops: 10)),
            ("handover-list", handover()), ("credit-note", creditNote()), ("cn22", customs(.cn22)),
            ("cn22-german", customs(.cn22, .german)), ("cn23", customs(.cn23)),
            ("cn23-german", customs(.cn23, .german)), ("label-dangerous", dangerousLabel),
            ("label-cash", paidLabel),
            ("cn22-dangerous", dangerous(.cn22, .german)), ("cn23-dangerous", dangerous(.cn23, .german)),
        ]
    }
    private static func slip(_ language: DocumentLanguage) -> PackingSlip { slip(lines: 5, language) }

    /// Every kind in a language, by its name.
    static func gallery(in language: DocumentLanguage) -> [(name: String, document: any PrintableDocument)] {
        var (back, paid, notice, pickup, list) = (returnLabel, paidReturnLabel, notice, pickup, pickList(stops: 3))
        (back.language, paid.language, notice.language, pickup.language) = (language, language, language, language)
        list.language = language
        // So many that the last page says how many there are besides.
        notice.entries = Array(repeating: notice.entries[1], count: 300)
        return [
            ("label", label(to: german, language)), ("return-label", back), ("return-label-paid", paid),
            ("not-printed", notice), ("pickup-code", pickup), ("packing-slip", slip(language)), ("pick-list", list),
            ("handover-list", handover(parcels: 3, language)), ("credit-note", creditNote(language)),
            ("cn22", customs(.cn22, language)), ("cn23", customs(.cn23, language)),
        ]
    }

    /// The sheets on American paper, a page each.
    static var letters: [(name: String, document: any PrintableDocument)] {
        var (slip, list, handover, note) = (slip(lines: 8), pickList(stops: 9), handover(parcels: 12), creditNote())
        slip.paper = .letter
        list.paper = .letter
        handover.paper = .letter
        note.paper = .letter
        return [
            ("packing-slip-letter", slip), ("pick-list-letter", list), ("handover-list-letter", handover),
            ("credit-note-letter", note),
        ]
    }
}
