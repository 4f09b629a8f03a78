/// The words of CN 22 and CN 23 in French, as the Universal Postal Union prints them, and in each language.
enum CustomsPhrase: CaseIterable {
    case declaration, mayBeOpened, gift, documents, saleOfGoods, commercialSample, returnedGoods, other
    case contents, quantity, netWeight, value, tariffNumber, origin, totalWeight, totalValue, certify, signature
    case certifyDangerous, dangerous, free
    case from, to, senderReference, importerReference, postage, category, invoice, comments, phone, posted, itemNumber

    var french: String {
        switch self {
        case .declaration: "Déclaration en douane"
        case .mayBeOpened: "Peut être ouvert d’office"
        case .gift: "Cadeau"
        case .documents: "Documents"
        case .saleOfGoods: "Vente de marchandises"
        case .commercialSample: "Échantillon commercial"
        case .returnedGoods: "Retour de marchandise"
        case .other: "Autre"
        case .contents: "Description détaillée du contenu"
        case .quantity: "Quantité"
        case .netWeight: "Poids net (kg)"
        case .value: "Valeur"
        case .tariffNumber: "Nº tarifaire du SH"
        case .origin: "Pays d’origine"
        case .totalWeight: "Poids total (kg)"
        case .totalValue: "Valeur totale"
        case .certify:
            """
            Je certifie que les renseignements donnés sont exacts et que cet envoi ne contient aucun objet dangereux \
            ou interdit par la législation ou la réglementation postale ou douanière.
            """
        case .certifyDangerous:
            """
            Je certifie que les renseignements donnés sont exacts. Cet envoi contient des marchandises dangereuses, \
            transportées aux conditions du service choisi ; il ne contient aucun objet interdit par la législation ou \
            la réglementation postale ou douanière.
            """
        case .dangerous: "Marchandises dangereuses"
        case .free: "Offert ; valeur indiquée uniquement pour la douane"
        case .signature: "Date et signature de l’expéditeur"
        case .from: "De"
        case .to: "À"
        case .senderReference: "Référence en douane de l’expéditeur"
        case .importerReference: "Référence de l’importateur"
        case .postage: "Frais de port"
        case .category: "Catégorie de l’envoi"
        case .invoice: "Nº de la facture"
        case .comments: "Observations"
        case .phone: "Tél."
        case .posted: "Date de dépôt"
        case .itemNumber: "Nº de l’envoi"
        }
    }

    func words(_ language: DocumentLanguage) -> String {
        let (english, german) = translated
        switch language {
        case .english: return english
        case .german: return german
        }
    }

    private var translated: (String, String) {
        switch self {
        case .declaration: ("Customs declaration", "Zollinhaltserklärung")
        case .mayBeOpened: ("May be opened officially", "Darf von Amts wegen geöffnet werden")
        case .gift: ("Gift", "Geschenk")
        case .documents: ("Documents", "Dokumente")
        case .saleOfGoods: ("Sale of goods", "Warenverkauf")
        case .commercialSample: ("Commercial sample", "Warenmuster")
        case .returnedGoods: ("Returned goods", "Rückware")
        case .other: ("Other", "Sonstiges")
        case .contents: ("Detailed description of contents", "Inhalt im Einzelnen")
        case .quantity: ("Quantity", "Menge")
        case .netWeight: ("Net weight (kg)", "Nettogewicht (kg)")
        case .value: ("Value", "Wert")
        case .tariffNumber: ("HS tariff number", "Zolltarifnummer")
        case .origin: ("Country of origin", "Ursprungsland")
        case .totalWeight: ("Total weight (kg)", "Gesamtgewicht (kg)")
        case .totalValue: ("Total value", "Gesamtwert")
        case .certify:
            (
                """
                I certify that the particulars given are correct and that this item does not contain any dangerous \
                article or articles prohibited by legislation or by postal or customs regulations.
                """,
                """
                Ich bestätige, dass die Angaben richtig sind und dass diese Sendung keine gefährlichen oder durch \
                Gesetze oder Post- oder Zollvorschriften verbotenen Gegenstände enthält.
                """
            )
        case .certifyDangerous:
            (
                """
                I certify that the particulars given are correct. This item contains dangerous goods, which are \
                carried under the terms of its service; it contains no articles prohibited by legislation or by \
                postal or customs regulations.
                """,
                """
                Ich bestätige, dass die Angaben richtig sind. Diese Sendung enthält Gefahrgut, das nach den \
                Bedingungen ihrer Versandart befördert wird; sie enthält keine durch Gesetze oder Post- oder \
                Zollvorschriften verbotenen Gegenstände.
                """
            )
        case .dangerous: ("Dangerous goods", "Gefahrgut")
        case .free: ("Free of charge; value for customs only", "Unentgeltlich; Wert nur für Zollzwecke")
        case .signature: ("Date and sender’s signature", "Datum und Unterschrift des Absenders")
        case .from: ("From", "Absender")
        case .to: ("To", "Empfänger")
        case .senderReference: ("Sender’s customs reference", "Zollnummer des Absenders")
        case .importerReference: ("Importer’s reference", "Nummer des Einführers")
        case .postage: ("Postal charges", "Portokosten")
        case .category: ("Category of item", "Art der Sendung")
        case .invoice: ("Invoice no.", "Rechnungsnummer")
        case .comments: ("Comments", "Bemerkungen")
        case .phone: ("Phone", "Tel.")
        case .posted: ("Date of posting", "Tag der Einlieferung")
        case .itemNumber: ("Item no.", "Sendungsnummer")
        }
    }

    /// `Gift / Cadeau`.
    func both(_ language: DocumentLanguage) -> String {
        let own = words(language)
        return own == french ? own : "\(own) / \(french)"
    }
}

extension CustomsDeclaration.Category {
    /// All boxes of the form in order, and whether this one is ticked.
    var boxes: [(phrase: CustomsPhrase, isTicked: Bool)] {
        [
            (.gift, self == .gift), (.documents, self == .documents), (.saleOfGoods, self == .saleOfGoods),
            (.commercialSample, self == .commercialSample), (.returnedGoods, self == .returnedGoods),
            (.other, explanation != nil),
        ]
    }

    var explanation: String? {
        if case .other(let text) = self { text } else { nil }
    }
}
