import OrderManagement

/// Every word that a customer's page has of its own, in each language; `{}` stands for a value.
enum CustomerPhrase: String, CaseIterable, Sendable {
    // Frame
    case skip, order, placedOn, timesOf, back, linkHint
    // Where it stands
    case received, preparing, waiting, partlySent, onItsWay, outForDelivery, ready, delivered, collected, cancelled
    case partlyCancelled, partlyArrived, notArrived, comesBack, cameBack, notCollected
    case stepReceived, stepPreparing, stepSent, stepReady, stepDelivered, stepCollected
    case arrivesBy, readyBy, collectBy, expectedOn, expectedLater, isLate, deliveredOn, collectedOn, awaitsPayment
    case sentOnceMore, firstHasArrived, atOldAddress, oldAddress, oldAddressSeenTo, oldAddressSentAgain
    // Its parts
    case delivery, theDelivery, thePickup, theGoods, inPreparation, newStock, parcelOf, trackingNumber, store
    case showCode, codeComes, printCode
    case packed, handedOver, moved, sentOut, arrived, trouble, lost, sentBack, found
    case lostRefunded, lostPartlyRefunded, lostSentAgain, lostSettled, wasLost
    // What can be done
    case actions, cancel, changeAddress, requestReturn, possibleUntil, untilPrepared, untilPacked, untilSent
    case tooLateToCancel, tooLateForAddress, returnsEnded, notReturnable, allReturning, afterDelivery
    // Money
    case items, pieces, perPiece, ofThemCancelled, ofThemReturned, shipping, fees, discount, taxes, total, nowDue
    case cancellingFee, refundedOn, refundedAsCredit, usedForExchange, usedForSendingAgain, paid, creditNote, deliverTo
    // Returns
    case returns, returnRequested, returnApproved, returnUnderWay, returnArrived, returnReceived, returnSettled
    case returnRejected, returnExpired, arrivedAfterAll, printLabel, sendUntil, sendTo, whereToSend, postageOurs
    case postageYours
    // Forms
    case cancelLead, howMany, check, confirmCancel, doCancel, moneyBack, moneyLetGo, keptBack, nothingKept
    case addressLead, name, street, more, city, region, postcode, country, countryStays, save
    case returnLead, why, choose, note, doReturn, confirmReturn, refundAbout, feeOf, refundLater
    case unwanted, wrongSize, damaged, faulty, notAsDescribed, wrongItem, late, other
    // Answers
    case doneCancel, doneAddress, doneReturn, chooseSome, tooMany, pleaseCheck, sentTwice, staffIsAtIt, noDelivery
    case notPossible, noLink, noLinkHint, slowDown, slowDownHint, failed, failedHint, foreignForm

    var words: (english: String, german: String) { frame ?? state ?? part ?? action ?? form ?? answer }

    private var frame: (english: String, german: String)? {
        switch self {
        case .skip: ("Skip to content", "Zum Inhalt")
        case .order: ("Order {}", "Bestellung {}")
        case .placedOn: ("placed {}", "vom {}")
        case .timesOf: ("Times are of {}.", "Alle Zeiten gelten für {}.")
        case .back: ("Back to the order", "Zurück zur Bestellung")
        case .linkHint:
            (
                "Whoever has the address of this page sees the order: keep it to yourself.",
                "Wer die Adresse dieser Seite hat, sieht die Bestellung: Geben Sie sie nicht weiter."
            )
        default: nil
        }
    }

    private var state: (english: String, german: String)? {
        switch self {
        case .received: ("We have your order", "Wir haben Ihre Bestellung")
        case .preparing: ("We are preparing your order", "Wir bereiten Ihre Bestellung vor")
        case .waiting: ("Waiting for new stock", "Wartet auf neue Ware")
        case .partlySent: ("Part of it is on its way", "Ein Teil ist unterwegs")
        case .onItsWay: ("On its way to you", "Unterwegs zu Ihnen")
        case .outForDelivery: ("It comes today", "Kommt heute bei Ihnen an")
        case .ready: ("Ready to collect", "Zur Abholung bereit")
        case .delivered: ("Delivered", "Zugestellt")
        case .collected: ("Collected", "Abgeholt")
        case .cancelled: ("Cancelled", "Storniert")
        case .partlyCancelled: ("Partly cancelled", "Teilweise storniert")
        case .partlyArrived: ("A part of it has arrived", "Ein Teil ist angekommen")
        case .notArrived: ("It did not arrive", "Nicht angekommen")
        case .comesBack: ("On its way back to us", "Auf dem Rückweg zu uns")
        case .cameBack: ("It came back to us", "An uns zurückgekommen")
        case .notCollected: ("Not collected in time", "Nicht rechtzeitig abgeholt")
        case .stepReceived: ("Ordered", "Bestellt")
        case .stepPreparing: ("In preparation", "In Vorbereitung")
        case .stepSent: ("On its way", "Unterwegs")
        case .stepReady: ("Ready", "Abholbereit")
        case .stepDelivered: ("Delivered", "Zugestellt")
        case .stepCollected: ("Collected", "Abgeholt")
        case .arrivesBy: ("Arrives by {}", "Ankunft bis {}")
        case .readyBy: ("Ready to collect by {}", "Abholbereit bis {}")
        case .collectBy: ("Please collect it by {}", "Bitte holen Sie es bis {} ab")
        case .expectedOn: ("Expected on {}", "Erwartet am {}")
        case .expectedLater: ("We tell you when we know the day", "Wir melden uns, sobald der Tag feststeht")
        case .isLate: ("It was to arrive by {} and is late. We are sorry.",
            "Es sollte bis {} ankommen und verspätet sich. Das tut uns leid.")
        case .deliveredOn: ("Delivered on {}", "Zugestellt am {}")
        case .collectedOn: ("Collected on {}", "Abgeholt am {}")
        case .awaitsPayment: ("We are still waiting for your payment.", "Wir warten noch auf Ihre Zahlung.")
        case .atOldAddress: ("Delivered to your earlier address", "An Ihre frühere Anschrift zugestellt")
        case .oldAddress:
            (
                "A parcel left before the address was changed: it goes to the earlier one.",
                "Ein Paket ging ab, bevor die Anschrift geändert wurde: Es geht an die frühere."
            )
        case .oldAddressSeenTo:
            (
                "A parcel left before the address was changed: it goes to the earlier one. We are seeing to it.",
                "Ein Paket ging ab, bevor die Anschrift geändert wurde: Es geht an die frühere. Wir kümmern uns darum."
            )
        case .oldAddressSentAgain:
            (
                "A parcel left before the address was changed: it goes to the earlier one. We send its goods again "
                    + "with order {}.",
                "Ein Paket ging ab, bevor die Anschrift geändert wurde: Es geht an die frühere. Wir senden die Artikel "
                    + "noch einmal mit Bestellung {}."
            )
        case .sentOnceMore:
            (
                "We send these goods once more for those of your order {} that did not reach you: there is nothing to "
                    + "pay.",
                "Diese Artikel senden wir noch einmal, da die Ihrer Bestellung {} nicht angekommen sind: zu zahlen ist "
                    + "nichts."
            )
        case .firstHasArrived:
            (
                "The parcel of your order {} has reached you after all, so we do not send its goods once more. "
                    + "There is nothing to pay.",
                "Das Paket Ihrer Bestellung {} ist doch noch angekommen, darum senden wir die Artikel nicht noch "
                    + "einmal. Zu zahlen ist nichts."
            )
        default: nil
        }
    }

    private var part: (english: String, german: String)? {
        switch self {
        case .delivery: ("Delivery {}", "Lieferung {}")
        case .theDelivery: ("Your delivery", "Ihre Lieferung")
        case .thePickup: ("Your pickup", "Ihre Abholung")
        case .theGoods: ("Your items", "Ihre Artikel")
        case .inPreparation: ("In preparation", "In Vorbereitung")
        case .newStock: ("Waiting for new stock", "Wartet auf neue Ware")
        case .parcelOf: ("Parcel {} of {}", "Paket {} von {}")
        case .trackingNumber: ("Tracking number", "Sendungsnummer")
        case .store: ("Collect at", "Abholen bei")
        case .showCode: ("Show this code at the counter", "Zeigen Sie diesen Code an der Theke")
        case .codeComes: ("You get a code to show when it is ready.",
            "Sobald es bereitliegt, bekommen Sie einen Abholcode.")
        case .printCode: ("Collection code (PDF)", "Abholcode (PDF)")
        case .packed: ("Packed", "Verpackt")
        case .handedOver: ("Handed over to the courier", "Dem Zusteller übergeben")
        case .moved: ("On its way", "Unterwegs")
        case .sentOut: ("Out for delivery", "In Zustellung")
        case .arrived: ("Delivered", "Zugestellt")
        case .trouble: ("The courier reports trouble; it goes on as soon as possible",
            "Der Zusteller meldet ein Problem; es geht so bald wie möglich weiter")
        case .lost: ("The parcel is lost. We are seeing to it.", "Das Paket ist verloren. Wir kümmern uns darum.")
        case .lostRefunded: ("The parcel is lost. You have your money back.",
            "Das Paket ist verloren. Sie haben Ihr Geld zurück.")
        case .lostPartlyRefunded: ("The parcel is lost. You have got {} back.",
            "Das Paket ist verloren. Sie haben {} zurückbekommen.")
        case .lostSentAgain: ("The parcel is lost. We send its goods again with order {}.",
            "Das Paket ist verloren. Wir schicken die Ware mit der Bestellung {} noch einmal.")
        case .lostSettled: ("The parcel is lost.", "Das Paket ist verloren.")
        case .wasLost: ("It was thought to be lost", "Es galt als verloren")
        case .sentBack: ("On its way back to us", "Auf dem Rückweg zu uns")
        case .found: ("The parcel has turned up", "Das Paket ist wieder aufgetaucht")
        case .items: ("Items and prices", "Artikel und Preise")
        case .pieces: ("{} pieces", "{} Stück")
        case .perPiece: ("{} each", "je {}")
        case .ofThemCancelled: ("{} cancelled", "{} storniert")
        case .ofThemReturned: ("{} returned", "{} zurückgegeben")
        case .shipping: ("Shipping", "Versand")
        case .fees: ("Fees", "Gebühren")
        case .discount: ("Discount", "Rabatt")
        case .taxes: ("Taxes", "Steuern")
        case .total: ("Total", "Gesamt")
        case .nowDue: ("After cancellations", "Nach Stornierung")
        case .cancellingFee: ("Of that, kept for cancelling", "Davon Stornogebühr")
        case .refundedOn: ("Refunded on {}", "Erstattet am {}")
        case .refundedAsCredit: ("Store credit on {}", "Guthaben am {}")
        case .usedForExchange: ("Used for the exchange on {}", "Für den Umtausch verwendet am {}")
        case .usedForSendingAgain: ("For the goods that are sent again, on {}",
            "Für die Ware, die noch einmal kommt, am {}")
        case .paid: ("Paid", "Bezahlt")
        case .creditNote: ("Credit note (PDF)", "Rechnungskorrektur (PDF)")
        case .deliverTo: ("Delivery address", "Lieferanschrift")
        case .returns: ("Returns", "Rücksendungen")
        case .returnRequested: ("We are looking at your request", "Wir prüfen Ihre Anfrage")
        case .returnApproved: ("You can send it back", "Sie können es zurücksenden")
        case .returnUnderWay: ("On its way to us", "Unterwegs zu uns")
        case .returnArrived: ("Arrived, to be unpacked", "Angekommen, wird ausgepackt")
        case .returnReceived: ("It is with us", "Bei uns eingetroffen")
        case .returnSettled: ("Done", "Erledigt")
        case .returnRejected: ("We cannot take it back", "Wir können es nicht zurücknehmen")
        case .returnExpired: ("Not sent in time", "Nicht rechtzeitig zurückgesendet")
        case .arrivedAfterAll: ("It reached you after all", "Doch noch bei Ihnen angekommen")
        case .printLabel: ("Return label (PDF)", "Rücksendeetikett (PDF)")
        case .sendUntil: ("Please send it by {}.", "Bitte senden Sie es bis {} ab.")
        case .sendTo: ("It goes to {}.", "Es geht an {}.")
        case .whereToSend: ("We tell you where to send it.", "Wir teilen Ihnen mit, wohin Sie es senden.")
        case .postageOurs: ("We pay the postage.", "Wir tragen das Porto.")
        case .postageYours: ("You pay the postage.", "Das Porto tragen Sie.")
        default: nil
        }
    }
}
