/// What can be done, what forms ask, and what is answered: the longer sentences of a customer's page.
extension CustomerPhrase {
    var action: (english: String, german: String)? {
        switch self {
        case .actions: ("What you can do", "Was Sie tun können")
        case .cancel: ("Cancel", "Stornieren")
        case .changeAddress: ("Change the address", "Adresse ändern")
        case .requestReturn: ("Send something back", "Etwas zurücksenden")
        case .possibleUntil: ("Possible until {}", "Möglich bis {}")
        case .untilPrepared: ("Possible until we begin to prepare it", "Möglich, bis wir mit der Vorbereitung beginnen")
        case .untilPacked: ("Possible until it is packed", "Möglich, bis es verpackt wird")
        case .untilSent: ("Possible until it leaves us", "Möglich, bis es unser Haus verlässt")
        case .tooLateToCancel:
            ("Too late: it is being prepared or has left", "Zu spät: Es ist in Vorbereitung oder schon unterwegs")
        case .tooLateForAddress:
            (
                "Not possible any more: it is being prepared or has left",
                "Nicht mehr möglich: Es ist in Vorbereitung oder schon unterwegs"
            )
        case .returnsEnded: ("The time for returns is over", "Die Frist für Rücksendungen ist abgelaufen")
        case .notReturnable:
            ("These items cannot be sent back", "Diese Artikel sind von der Rückgabe ausgeschlossen")
        case .allReturning: ("There is nothing left to send back", "Es ist nichts mehr zurückzusenden")
        case .afterDelivery: ("Possible once it is with you", "Möglich, sobald es bei Ihnen ist")
        default: nil
        }
    }

    var form: (english: String, german: String)? {
        switch self {
        case .cancelLead:
            ("How many of each would you like to cancel?", "Wie viel möchten Sie jeweils stornieren?")
        case .howMany: ("How many", "Anzahl")
        case .check: ("Continue", "Weiter")
        case .confirmCancel: ("Cancel this?", "Das stornieren?")
        case .doCancel: ("Cancel it", "Verbindlich stornieren")
        case .moneyBack: ("You get back {}", "Sie erhalten {} zurück")
        case .moneyLetGo: ("{} are not charged", "{} werden nicht abgebucht")
        case .keptBack: ("We keep {} for cancelling", "Wir behalten {} als Stornogebühr ein")
        case .nothingKept: ("Cancelling costs nothing", "Die Stornierung kostet nichts")
        case .addressLead: ("Where may we send it?", "Wohin dürfen wir es senden?")
        case .name: ("Name", "Name")
        case .street: ("Street and number", "Straße und Hausnummer")
        case .more: ("More (floor, company)", "Zusatz (Etage, Firma)")
        case .city: ("City", "Ort")
        case .region: ("County or state", "Bundesland oder Region")
        case .postcode: ("Postcode", "Postleitzahl")
        case .country: ("Country", "Land")
        case .countryStays:
            ("For another country please write to us.", "Für ein anderes Land schreiben Sie uns bitte.")
        case .save: ("Save the address", "Adresse speichern")
        case .returnLead:
            ("What would you like to send back, and why?", "Was möchten Sie zurücksenden, und warum?")
        case .why: ("Why", "Grund")
        case .choose: ("Please choose", "Bitte wählen")
        case .note: ("Anything that we should know", "Was wir wissen sollten")
        case .doReturn: ("Request the return", "Rücksendung anmelden")
        case .confirmReturn: ("Send this back?", "Das zurücksenden?")
        case .refundAbout: ("You get back {}", "Sie erhalten {} zurück")
        case .feeOf: ("We keep {} as a fee", "Wir behalten {} als Gebühr ein")
        case .refundLater:
            ("once the goods are with us and are as described.", "sobald die Ware bei uns und in Ordnung ist.")
        case .unwanted: ("No longer wanted", "Gefällt mir nicht mehr")
        case .wrongSize: ("It does not fit", "Passt nicht")
        case .damaged: ("It came damaged", "Beschädigt angekommen")
        case .faulty: ("It does not work", "Funktioniert nicht")
        case .notAsDescribed: ("It is not as described", "Nicht wie beschrieben")
        case .wrongItem: ("It is the wrong item", "Falscher Artikel")
        case .late: ("It came too late", "Zu spät angekommen")
        case .other: ("Another reason", "Anderer Grund")
        default: nil
        }
    }

    var answer: (english: String, german: String) {
        switch self {
        case .doneCancel: ("It is cancelled.", "Die Stornierung ist erledigt.")
        case .doneAddress: ("The address is changed.", "Die Adresse ist geändert.")
        case .doneReturn: ("Your return is registered.", "Ihre Rücksendung ist angemeldet.")
        case .chooseSome: ("Please choose at least one item.", "Bitte wählen Sie mindestens einen Artikel.")
        case .tooMany:
            ("That is more than is possible. Please look again.", "Das ist mehr, als möglich ist. Bitte prüfen Sie es.")
        case .pleaseCheck: ("Please check: {}", "Bitte prüfen Sie: {}")
        case .sentTwice:
            (
                "Something has changed meanwhile. Please look at the order and try again.",
                "Inzwischen hat sich etwas geändert. Bitte sehen Sie nach und versuchen Sie es noch einmal."
            )
        case .staffIsAtIt:
            (
                "We are changing this order ourselves at the moment. Please try again later, or write to us.",
                "Wir ändern diese Bestellung gerade selbst. Bitte versuchen Sie es später, oder schreiben Sie uns."
            )
        case .noDelivery: ("We do not deliver to this address.", "An diese Adresse liefern wir nicht.")
        case .noLink: ("This link opens no order", "Dieser Link öffnet keine Bestellung")
        case .noLinkHint:
            (
                "Perhaps it was cut off when it was copied, or replaced by a newer one. Please take the link of our "
                    + "latest message, or write to us.",
                "Vielleicht wurde er beim Kopieren abgeschnitten oder durch einen neueren ersetzt. Bitte nehmen Sie "
                    + "den Link aus unserer letzten Nachricht, oder schreiben Sie uns."
            )
        case .slowDown: ("Please wait a moment", "Bitte warten Sie einen Moment")
        case .slowDownHint:
            (
                "Too many requests came from where you are. Please try again in a minute.",
                "Von Ihrem Anschluss kamen zu viele Anfragen. Bitte versuchen Sie es in einer Minute noch einmal."
            )
        case .failed: ("That did not work", "Das hat nicht geklappt")
        case .failedHint:
            (
                "The fault is ours. Please try again in a few minutes.",
                "Der Fehler liegt bei uns. Bitte versuchen Sie es in ein paar Minuten noch einmal."
            )
        case .foreignForm:
            (
                "Please open the order and repeat what you did.",
                "Bitte öffnen Sie die Bestellung und wiederholen Sie es."
            )
        default:
            (
                "That is not possible at the moment. Please write to us.",
                "Das ist im Moment nicht möglich. Bitte schreiben Sie uns."
            )
        }
    }
}
