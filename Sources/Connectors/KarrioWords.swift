import Foundation
import OrderManagement

/// What Karrio is told of a parcel that wants a label.
extension KarrioCourier {
    struct ShipmentText {
        let text: String

        /// - Parameter format: nil to ask for prices only, which leaves nothing behind in Karrio.
        init(_ request: LabelRequest, format: LabelDocument.Format? = nil) {
            var json = JSONWriter()
            json.object { json in
                if let account = request.account { json.array("carrier_ids") { $0.value(account) } }
                Self.write(request.sender, "shipper", isCompany: true, to: &json)
                Self.write(
                    request.recipient, "recipient", email: request.recipientEmail, phone: request.recipientPhone,
                    to: &json)
                json.array("parcels") { Self.writeParcel(of: request, to: &$0) }
                json.object("options") {
                    $0.member("currency", request.value.currency.code)
                    $0.member("declared_value", raw: request.value.decimalText)
                    if let cash = request.cash { $0.member("cash_on_delivery", raw: cash.decimalText) }
                }
                if let customs = request.customs { Self.write(customs, of: request, to: &json) }
                json.member("reference", request.key)
                guard let format else { return }
                json.array("services") { $0.value(request.service) }
                json.member("order_id", request.reference)
                json.member("label_type", format.rawValue.uppercased())
            }
            text = json.text
        }

        static func write(
            _ address: Address, _ name: String, isCompany: Bool = false, email: String? = nil, phone: String? = nil,
            to json: inout JSONWriter
        ) {
            json.object(name) {
                $0.member("person_name", address.name)
                // Labels of some carriers name the company only.
                if isCompany { $0.member("company_name", address.name) }
                $0.member("address_line1", address.lines.first ?? "")
                if address.lines.count > 1 {
                    $0.member("address_line2", address.lines.dropFirst().joined(separator: ", "))
                }
                $0.member("city", address.city)
                if let region = address.region { $0.member("state_code", region) }
                $0.member("postal_code", Postcode.plain(address.postcode, in: address.country))
                $0.member("country_code", address.country)
                if let email { $0.member("email", email) }
                if let phone { $0.member("phone_number", phone) }
            }
        }

        private static func writeParcel(of request: LabelRequest, to json: inout JSONWriter) {
            json.object {
                $0.member("weight", request.weightGrams)
                $0.member("weight_unit", "G")
                if let size = request.size {
                    for (name, edge) in [("length", size.length), ("width", size.width), ("height", size.height)] {
                        $0.member(name, raw: "\(edge / 10).\(edge % 10)")
                    }
                    $0.member("dimension_unit", "CM")
                }
                // Carriers whose labels bear the retailer's own number take it for the tracking number.
                if let sscc = request.sscc { $0.member("reference_number", sscc) }
                $0.array("items") { writeContents(of: request, to: &$0) }
            }
        }

        private static func writeContents(of request: LabelRequest, to json: inout JSONWriter) {
            for content in request.contents {
                json.object {
                    $0.member("sku", content.sku)
                    $0.member("title", content.description)
                    $0.member("quantity", content.quantity)
                    $0.member("weight", content.weightGrams)
                    $0.member("weight_unit", "G")
                    $0.member("value_amount", raw: content.value.decimalText)
                    $0.member("value_currency", content.value.currency.code)
                    if let code = content.commodityCode { $0.member("hs_code", code) }
                    if let origin = content.originCountry { $0.member("origin_country", origin) }
                }
            }
        }

        private static func write(
            _ customs: LabelRequest.Customs, of request: LabelRequest, to json: inout JSONWriter
        ) {
            json.object("customs") {
                $0.array("commodities") { writeContents(of: request, to: &$0) }
                $0.member("content_type", "merchandise")
                $0.member("commercial_invoice", true)
                $0.member("incoterm", customs.incoterm.rawValue.uppercased())
                $0.member("invoice", customs.invoice)
                if customs.exporter != nil || customs.importer != nil {
                    $0.object("options") {
                        if let number = customs.exporter { $0.member("eori_number", number) }
                        if let number = customs.importer { $0.member("ioss", number) }
                    }
                }
                $0.object("duty") {
                    $0.member("paid_by", customs.incoterm == .ddp ? "sender" : "recipient")
                    $0.member("currency", request.value.currency.code)
                    $0.member("declared_value", raw: request.value.decimalText)
                }
            }
        }
    }
}

/// What Karrio says, as far as it matters here.
extension KarrioCourier {
    /// A text as a part of an address.
    static func part(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    static let reasonMax = 400

    /// Why not, in Karrio's or the carrier's words; nil where it gives no reason.
    static func reason(in json: JSON) -> String? {
        let said = (json["errors"]?.array ?? []) + (json["messages"]?.array ?? [])
        let texts = said.compactMap { message -> String? in
            if let text = message["message"]?.string { return text }
            return message["details"].flatMap { $0.isNull ? nil : $0.text } ?? message["code"]?.string
        }
        return texts.isEmpty ? nil : String(texts.joined(separator: "; ").prefix(reasonMax))
    }

    struct Rate {
        let id: String
        let service: String
        let name: String
        let account: String?
        let days: Int64?
        /// nil for a currency or number that is not known here.
        let price: Money?
        let priceText: String

        init?(_ json: JSON) {
            guard let id = json["id"]?.string, let service = json["service"]?.string else { return nil }
            (self.id, self.service) = (id, service)
            name = json["meta"]?["service_name"]?.string ?? service
            account = json["carrier_id"]?.string
            days = json["transit_days"]?.integer
            price = Money(courier: json["total_charge"], json["currency"])
            priceText = "\(json["total_charge"]?.text ?? "nothing") \(json["currency"]?.string ?? "")"
        }

        /// The cheapest first; those without a price last.
        static func all(in json: JSON) -> [Rate] {
            (json["rates"]?.array ?? []).compactMap(Rate.init).sorted {
                ($0.price?.amount ?? .max, $0.id) < ($1.price?.amount ?? .max, $1.id)
            }
        }
    }

    struct Shipment {
        enum Status { case draft, bought, cancelled }
        let json: JSON
        let id: String?
        let status: Status

        init(_ json: JSON) {
            self.json = json
            id = json["id"]?.string
            status = switch json["status"]?.string {
            case "draft": .draft
            case "cancelled": .cancelled
            default: .bought  // created, shipped, in_transit, …
            }
        }

        var tracking: String? {
            [json["tracking_number"], json["shipment_identifier"]].compactMap { $0?.string }.first { !$0.isEmpty }
        }

        var price: Money? {
            Money(courier: json["selected_rate"]?["total_charge"], json["selected_rate"]?["currency"])
        }

        /// The label as the purchase brings it; lists leave its content out.
        var label: Document? {
            json["shipping_documents"]?.array?.first { $0["category"]?.string == "label" }.flatMap(Document.init)
        }
    }

    struct Document {
        let formatName: String
        let content: [UInt8]
        /// nil for one that is not printed here.
        var format: LabelDocument.Format? { LabelDocument.Format(rawValue: formatName.lowercased()) }

        init?(in json: JSON) {
            guard let name = json["format"]?.string, let text = json["base64"]?.string,
                let data = Data(base64Encoded: text), !data.isEmpty
            else { return nil }
            formatName = name
            content = Array(data)
        }
    }
}

extension Money {
    /// Reads a price from its digits, so that none is lost to binary fractions; more decimals than the currency has are
    /// rounded half up.
    init?(courier number: JSON?, _ currency: JSON?) {
        guard let number, let currency = currency?.string.flatMap({ Currency($0) }) else { return nil }
        let text: String
        switch number {
        case .integer(let whole): text = String(whole)
        // The shortest digits that mean the number are those that stood there, up to fifteen of them.
        case .number(let fraction): text = fraction.description
        case .string(let string): text = string
        case .null, .bool, .array, .object: return nil
        }
        self.init(text, in: currency, read: DecimalText(excess: .rounded, takesBarePoint: true))
    }
}
