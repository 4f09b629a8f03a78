/// Every word that documents print of their own, in each language.
enum Phrase: CaseIterable {
    case from, to, shipTo, billTo, sender, recipient, date, weight, parcel, parcelOf, reference, order, service
    case phone, courier, routing, zone, returnLabel, authorization, affixPostage, postagePaid, notPrinted, andMore
    case dangerousGoods
    case packingSlip, shipment, quantity, item, description, inOtherParcels, toFollow, giftMessage, howToReturn
    case parcels, units
    case pickList, bin, pickedBy, lines, orders, totes
    case pickupCode, pickupAt, collectBy, showThisCode, openingHours, orderNumber, collector
    case handoverList, tracking, destination, postcode, totalWeight, handedOverBy, takenOverBy, signature, nameAndTime
    case creditNote, originalOrder, originalInvoice, amount, tax, net, gross, total, reason, taxNumber
    case refundedToSource, refundedAsCredit, refundedAsExchange, refundedAsReshipment, setOff, refundedTo
    case shipping, fees, keptBack, givenUp
    case page, pageOf, number, continued

    var words: (english: String, german: String) {
        switch self {
        case .from: ("From", "Absender")
        case .to: ("To", "An")
        case .shipTo: ("Ship to", "Lieferanschrift")
        case .billTo: ("Bill to", "Rechnungsanschrift")
        case .sender: ("Sender", "Absender")
        case .recipient: ("Recipient", "Empfänger")
        case .date: ("Date", "Datum")
        case .weight: ("Weight", "Gewicht")
        case .parcel: ("Parcel", "Paket")
        case .parcelOf: ("of", "von")
        case .reference: ("Reference", "Referenz")
        case .order: ("Order", "Bestellung")
        case .service: ("Service", "Versandart")
        case .phone: ("Phone", "Tel.")
        case .courier: ("Courier", "Zusteller")
        case .routing: ("Routing", "Leitweg")
        case .zone: ("Zone", "Zone")
        case .returnLabel: ("RETURN", "RÜCKSENDUNG")
        case .authorization: ("Return no.", "Rücksende-Nr.")
        case .affixPostage: ("Affix postage here", "Hier freimachen")
        case .postagePaid: ("Postage is paid by the recipient", "Porto zahlt der Empfänger")
        case .notPrinted: ("Not printed", "Nicht gedruckt")
        case .andMore: ("and %d more", "und %d weitere")
        case .dangerousGoods: ("Dangerous goods", "Gefahrgut")
        case .packingSlip: ("Packing slip", "Lieferschein")
        case .shipment: ("Shipment", "Sendung")
        case .quantity: ("Qty", "Menge")
        case .item: ("Item", "Artikel")
        case .description: ("Description", "Bezeichnung")
        case .inOtherParcels: ("In other parcels of this shipment", "In anderen Paketen dieser Sendung")
        case .toFollow: ("Follows later", "Folgt später")
        case .giftMessage: ("A message for you", "Eine Nachricht für Sie")
        case .howToReturn: ("Returning something", "Etwas zurücksenden")
        case .parcels: ("Parcels", "Pakete")
        case .units: ("Units", "Stück")
        case .pickList: ("Pick list", "Pickliste")
        case .bin: ("Bin", "Platz")
        case .pickedBy: ("Picked by", "Kommissioniert von")
        case .lines: ("Lines", "Positionen")
        case .orders: ("Orders", "Bestellungen")
        case .totes: ("For", "Für")
        case .pickupCode: ("Ready to collect", "Zur Abholung bereit")
        case .pickupAt: ("Collect at", "Abholen bei")
        case .collectBy: ("Until", "Bis")
        case .showThisCode: ("Show this code at the counter", "Zeigen Sie diesen Code an der Theke")
        case .openingHours: ("Open", "Geöffnet")
        case .orderNumber: ("Order no.", "Bestellnummer")
        case .collector: ("For", "Für")
        case .handoverList: ("Hand-over list", "Übergabeliste")
        case .tracking: ("Tracking number", "Sendungsnummer")
        case .destination: ("Destination", "Ziel")
        case .postcode: ("Postcode", "PLZ")
        case .totalWeight: ("Total weight", "Gesamtgewicht")
        case .handedOverBy: ("Handed over by", "Übergeben von")
        case .takenOverBy: ("Taken over by", "Übernommen von")
        case .signature: ("Signature", "Unterschrift")
        case .nameAndTime: ("Name, date, time", "Name, Datum, Uhrzeit")
        // A German "Gutschrift" is an invoice that the buyer writes (§ 14 UStG): this is none.
        case .creditNote: ("Credit note", "Rechnungskorrektur")
        case .originalOrder: ("For order", "Zu Bestellung")
        case .originalInvoice: ("For invoice", "Zu Rechnung")
        case .amount: ("Amount", "Betrag")
        case .tax: ("Tax", "MwSt.")
        case .net: ("Net", "Netto")
        case .gross: ("Gross", "Brutto")
        case .total: ("Total", "Summe")
        case .reason: ("Reason", "Grund")
        case .refundedToSource: ("Refunded to the original payment", "Erstattet auf die ursprüngliche Zahlung")
        case .refundedAsCredit: ("Refunded as store credit", "Erstattet als Guthaben")
        case .refundedAsExchange: ("Put towards the exchange", "Mit dem Umtausch verrechnet")
        case .refundedAsReshipment: ("For the goods that are sent again", "Für die erneut gesendete Ware")
        case .setOff: ("Set off against what was not paid", "Mit Offenem verrechnet")
        case .refundedTo: ("Refunded to", "Erstattet über")
        case .taxNumber: ("VAT no.", "USt-IdNr.")
        case .shipping: ("Shipping", "Versand")
        case .fees: ("Fees", "Gebühren")
        case .keptBack: ("Kept back", "Einbehalten")
        case .givenUp: ("Kept back before, given back now", "Zuvor einbehalten, nun erstattet")
        case .page: ("Page", "Seite")
        case .pageOf: ("of", "von")
        case .number: ("No.", "Nr.")
        case .continued: ("continued", "Fortsetzung")
        }
    }
}
