public import OrderManagement

/// A label of 4 × 6 inches for one parcel, on its way to a customer or back.
///
/// `pdf()` and `zpl(_:)` show the same. Texts are not limited in characters but in room: what does not fit at the least
/// size is refused by its field's name.
public struct ShippingLabel: Hashable, PrintableDocument {
    public enum Purpose: Hashable, Sendable {
        case delivery
        /// The customer sends goods back; the number under which they may.
        case returning(authorization: String)
    }

    /// What the barcode holds.
    public enum Code: Hashable, Sendable {
        /// GS1-128 with application identifier 00.
        case sscc(SSCC)
        /// The courier's own number, or a return's: Code 128, 1 to 24 characters of ASCII.
        case number(String)
    }

    public var purpose = Purpose.delivery
    /// Who carries it; nil on a return by whatever post the customer takes.
    public var courier: String?
    /// Whether the recipient bears the postage of a return without a courier; else the label leaves room for stamps.
    public var isPostagePaid = false
    public var service: String
    /// By what the courier sorts; nil for none.
    public var routing: String?
    /// The courier's zone; nil for none.
    public var zone: String?
    public var sender: Party
    public var recipient: Party
    /// Grams, 1 to `weightGramsMax`; nil when nobody knows it (returns).
    public var weightGrams: Int64?
    /// This parcel's place among those of its shipment, from 1.
    public var parcel: Int
    public var parcels: Int
    /// What the retailer calls the shipment.
    public var reference: String
    /// The courier's number, where the barcode is not that; nil for none.
    public var tracking: String?
    public var code: Code
    /// Whether something in it is dangerous to carry: the label says so in words. The signs that regulations ask for
    /// are the packer's to stick beside it.
    public var hasDangerousGoods = false
    /// What is to be paid at the door, in large type; nil for nothing.
    public var cash: Money?
    public var date: PrintedDate
    public var language: DocumentLanguage

    public static let weightGramsMax: Int64 = 10_000_000
    public static let parcelsMax = 9_999
    /// What there is room for, whatever the letters.
    public static let routingMax = 30
    public static let zoneMax = 16
    /// Code 128 with bars of half a millimetre leaves room for so many characters.
    public static let numberMax = 24

    public init(
        courier: String?, service: String, routing: String? = nil, zone: String? = nil, sender: Party,
        recipient: Party, weightGrams: Int64?, parcel: Int = 1, parcels: Int = 1, reference: String, code: Code,
        date: PrintedDate, language: DocumentLanguage = .english, purpose: Purpose = .delivery
    ) {
        (self.courier, self.service, self.routing, self.zone) = (courier, service, routing, zone)
        (self.sender, self.recipient, self.weightGrams) = (sender, recipient, weightGrams)
        (self.parcel, self.parcels, self.reference) = (parcel, parcels, reference)
        (self.code, self.date, self.language, self.purpose) = (code, date, language, purpose)
    }

    public var title: String { "\(language(.parcel)) \(reference)" }

    public func draw(on press: Press) throws(DocumentError) {
        try press.draw(try page(press.typesetter))
    }

    /// The label in the language of Zebra's printers, for a page of 4 × 6 inches.
    /// - Throws: `DocumentError`, as for PDF.
    public func zpl(_ resolution: PrinterResolution = .dpi203) throws(DocumentError) -> String {
        try ZPLWriter(resolution).text(of: try page(Typesetter()))
    }

    /// Many labels in one print job.
    /// - Throws: `DocumentError`; its field begins with the label's place.
    public static func zpl(
        _ labels: [ShippingLabel], _ resolution: PrinterResolution = .dpi203
    ) throws(DocumentError) -> String {
        let typesetter = try Typesetter()
        let writer = ZPLWriter(resolution)
        var text = ""
        for (place, label) in labels.enumerated() {
            do { text += try writer.text(of: try label.page(typesetter)) } catch {
                throw DocumentError(error.problem, "\(place)/\(error.field)", error.reason)
            }
        }
        return text
    }

    // MARK: Checks

    func check() throws(DocumentError) {
        guard (1...Self.parcelsMax).contains(parcels) else {
            throw DocumentError(.contradiction, "parcels", "a shipment has 1 to \(Self.parcelsMax) parcels")
        }
        guard (1...parcels).contains(parcel) else {
            throw DocumentError(.contradiction, "parcel", "there is no parcel \(parcel) of \(parcels)")
        }
        if let weightGrams, !(1...Self.weightGramsMax).contains(weightGrams) {
            throw DocumentError(.contradiction, "weight_g", "a parcel weighs 1 to \(Self.weightGramsMax) grams")
        }
        if case .number(let number) = code, number.utf8.count > Self.numberMax {
            throw DocumentError(.notEncodable, "code", "the barcode has room for \(Self.numberMax) characters")
        }
    }

    func symbol() throws(DocumentError) -> Symbol {
        switch code {
        case .sscc(let sscc): try Symbol(.gs1, "00" + sscc.digits, "code")
        case .number(let number): try Symbol(.code128, number, "code")
        }
    }

    /// What is read below the bars: `(00) 3 4012345 123456789 7` in groups.
    var readableCode: String {
        switch code {
        case .sscc(let sscc):
            let digits = Array(sscc.digits)
            return "(00) \(digits[0]) \(String(digits[1..<9])) \(String(digits[9..<17])) \(digits[17])"
        case .number(let number): return number
        }
    }
}

/// Writes labels one by one for a printer, so that each can fail by itself.
///
/// A class, since its typesetter is one that is shared by all of them; not sendable: see `Typesetter`.
public final class LabelWriter {
    private let typesetter: Typesetter
    private let writer: ZPLWriter

    public init(_ resolution: PrinterResolution = .dpi203) throws(DocumentError) {
        (typesetter, writer) = (try Typesetter(), ZPLWriter(resolution))
    }

    public func zpl(of label: ShippingLabel) throws(DocumentError) -> String {
        try writer.text(of: try label.page(typesetter))
    }
}
