public import OrderManagement

/// What customs wants to know of a parcel's contents: the Universal Postal Union's CN 22 and CN 23.
///
/// CN 22 is for contents worth up to 300 special drawing rights (about 350 euros), CN 23 for more; which is right says
/// the caller, who knows the rates. Both are printed in French, the Union's language, and the document's own.
/// Source: UPU, Convention Manual, forms CN 22 and CN 23.
public struct CustomsDeclaration: Hashable, PrintableDocument {
    public enum Form: String, CaseIterable, Sendable {
        /// 74 × 105 mm, sticks on the parcel.
        case cn22
        /// 210 × 148 mm, goes into a pouch on the parcel.
        case cn23
    }

    public enum Category: Hashable, Sendable {
        case gift, documents, saleOfGoods, commercialSample, returnedGoods
        case other(String)
    }

    public struct Item: Hashable, Sendable {
        public var description: String
        public var quantity: Int64
        /// Of all units together.
        public var netWeightGrams: Int64
        /// Of all units together.
        public var value: Money
        /// Six to twelve digits of the Harmonized System; nil where none is asked for.
        public var tariffNumber: String?
        /// ISO 3166-1 alpha-2: where it was made.
        public var origin: String?

        public init(
            description: String, quantity: Int64, netWeightGrams: Int64, value: Money, tariffNumber: String? = nil,
            origin: String? = nil
        ) {
            (self.description, self.quantity, self.netWeightGrams) = (description, quantity, netWeightGrams)
            (self.value, self.tariffNumber, self.origin) = (value, tariffNumber, origin)
        }
    }

    public var form: Form
    public var sender: Party
    public var recipient: Party
    public var category: Category
    public var items: [Item]
    /// With what it is packed in.
    public var grossWeightGrams: Int64
    /// Carriage that the sender paid; CN 23 asks for it.
    public var postage: Money?
    public var invoice: String?
    /// The sender's number at customs, such as an EORI or VAT number.
    public var senderReference: String?
    /// The importer's tax number, such as an IOSS number.
    public var importerReference: String?
    public var comments: String?
    /// Whether something in it is dangerous to carry: nobody signs then that nothing is.
    public var hasDangerousGoods = false
    /// Whether something in it was given for nothing, so that its value is what it is sold for otherwise.
    public var hasFreeGoods = false
    /// The parcel's own number.
    public var tracking: String
    public var date: PrintedDate
    public var language: DocumentLanguage

    public static let itemsMax: [Form: Int] = [.cn22: 4, .cn23: 7]

    public init(
        form: Form, sender: Party, recipient: Party, category: Category, items: [Item], grossWeightGrams: Int64,
        postage: Money? = nil, invoice: String? = nil, senderReference: String? = nil, importerReference: String? = nil,
        comments: String? = nil, tracking: String, date: PrintedDate, language: DocumentLanguage = .english
    ) {
        (self.form, self.sender, self.recipient, self.category) = (form, sender, recipient, category)
        (self.items, self.grossWeightGrams, self.postage, self.invoice) = (items, grossWeightGrams, postage, invoice)
        (self.senderReference, self.importerReference) = (senderReference, importerReference)
        (self.comments, self.tracking, self.date, self.language) = (comments, tracking, date, language)
    }

    public var title: String { "\(form == .cn22 ? "CN 22" : "CN 23") \(tracking)" }

    public func draw(on press: Press) throws(DocumentError) {
        try check()
        switch form {
        case .cn22: try press.draw(try CN22Layout.page(of: self, press.typesetter))
        case .cn23: try press.draw(try CN23Layout(self, press.typesetter).page())
        }
    }

    var totalValue: Money {
        let currency = items[0].value.currency
        return Money(items.reduce(0) { $0 + $1.value.amount }, currency)
    }

    /// What its sender signs.
    var certificate: CustomsPhrase { hasDangerousGoods ? .certifyDangerous : .certify }

    /// What customs and couriers are to see beside its fields.
    var remarks: [CustomsPhrase] { (hasDangerousGoods ? [.dangerous] : []) + (hasFreeGoods ? [.free] : []) }

    var netWeightGrams: Int64 { items.reduce(0) { $0 + $1.netWeightGrams } }

    private func check() throws(DocumentError) {
        guard let first = items.first else {
            throw DocumentError(.contradiction, "items", "customs wants to know at least one item")
        }
        let most = Self.itemsMax[form] ?? 0
        guard items.count <= most else {
            let advice = form == .cn22 ? "use CN 23" : "put items of the same tariff number together"
            throw DocumentError(.tooMany, "items", "the form has room for \(most) items; \(advice)")
        }
        for (place, item) in items.enumerated() { try check(item, like: first, "items/\(place)") }
        guard netWeightGrams <= grossWeightGrams else {
            throw DocumentError(
                .contradiction, "gross_weight_g",
                "the items weigh \(netWeightGrams) g together, more than the parcel with \(grossWeightGrams) g")
        }
        if let postage, postage.amount < 0 {
            throw DocumentError(.contradiction, "postage", "postage is not negative")
        }
    }

    private func check(_ item: Item, like first: Item, _ field: String) throws(DocumentError) {
        guard item.quantity > 0, item.netWeightGrams > 0 else {
            throw DocumentError(.contradiction, field, "quantity and net weight are more than 0")
        }
        guard item.value.currency == first.value.currency else {
            throw DocumentError(.contradiction, field + "/value", "all values are in one currency")
        }
        guard (0...Money.amountMax).contains(item.value.amount) else {
            throw DocumentError(.contradiction, field + "/value", "a value is from 0 to \(Money.amountMax)")
        }
        if let number = item.tariffNumber {
            let digits = number.filter { $0 != "." && $0 != " " }
            guard (6...12).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }) else {
                throw DocumentError(
                    .contradiction, field + "/tariff_number", "a tariff number has 6 to 12 digits (Harmonized System)")
            }
        }
        if let origin = item.origin, !Country.isKnown(origin) {
            throw DocumentError(.contradiction, field + "/origin", "\(origin) is no country (ISO 3166-1)")
        }
    }
}
