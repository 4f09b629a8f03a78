import OrderManagement

/// What to do about an exception, for people at the console: by its buttons and pages, not by calls of the interface
/// for programs, which the stored suggestion may name.
extension OrderException {
    func advice(_ clock: WallClock) -> String {
        Self.namesCall(suggestion) ? kind.advice : clock.humanized(suggestion)
    }

    /// Whether a text tells programs what to call.
    static func namesCall(_ text: String) -> Bool {
        ["/v1/", "POST", "GET ", "\"complete\""].contains { text.contains($0) }
    }
}

extension OrderException.Kind {
    fileprivate var advice: String {
        switch self {
        case .short: "Count again; reject what cannot be filled, and it is sourced elsewhere."
        case .rejectedEverywhere: "Bring stock to another location, or cancel the units."
        case .paymentFailed, .authorizationExpired:
            "Ask the customer for another payment, and record it here: the order goes on then."
        case .exchangeUnpaid:
            "Ask the customer for another payment, and record it here; or cancel what is not sent yet."
        case .stageFailed, .stageReview, .stageOverdue:
            "Pass the stage when the reason is settled, or cancel the order."
        case .address: "Ask the customer, change the address on the order's page, then pass the stage; or cancel."
        case .buriedJob: "See to its cause, then have it tried again, or settle it by hand."
        case .connectorDown: "See to it, or wait: what waits for it is tried again by itself."
        case .notCollected: "Ask the customer: give them more time on the order's page, or cancel the pickup."
        case .putBack: "Put the goods back on their shelf."
        case .interception: "Stop the parcel, void its label on the order's page and put the goods back."
        case .brokenInvariant: "Have operations run `waybill doctor`: it names the contradiction and its place."
        case .labelFailed:
            "Mend what it says and buy the label again; or send the parcel by hand, and name its courier and tracking "
                + "number when it is shipped."
        case .priceChanged:
            "Ask the courier, and mend its tariff if it is out of date; the label is kept, or bought of another "
                + "service."
        case .notHandedOver:
            "Hand it over and ship the fulfillment; or unpack it on the order's page, which takes its label back."
        case .manifestRefused:
            "Mend what it says and ask for the manifest again; until then your own list, signed, is the proof."
        case .pickupRefused:
            "Call it again for another time on the hand-over page, or bring the parcels to it. One that comes all the "
                + "same is given what is there, or sent away."
        case .trackingSilent:
            "Ask the courier; refund its units, or send its goods once more. A return that does not come is closed."
        case .returnUnanswered: "Let it come back, or turn it down: the customer is told."
        case .returnUnsettled: "Say what becomes of its goods, and give the money: both are on the order's page."
        case .returnUnreceived: "Look for it and receive what is in it; ask the courier who took it."
        case .returnTurnedUp: "Look for it; take it back after all, or send it back to the customer."
        case .returnOverdue:
            "Ask the customer or the courier; receive what came on the order's page, or close the rest."
        case .wrongItem: "Ask the customer; send the goods back, or restock or write them off as stock."
        case .transferShort: "Ask both locations and the courier: say where it turned up, or that it is lost."
        case .transferOverdue: "Look where it is: receive it, or say that nothing of it comes."
        case .inboundOverdue:
            "Ask who sends it: give it a new date, receive what is there, or close what does not come."
        case .workLate: "Do it now, have another location do it, or cancel it."
        case .backorderOverdue:
            "Ask who supplies it, and the customer: swap what waits for something else, or cancel it."
        case .holdOverdue: "Lift it when its reason is settled, or cancel the order."
        case .excess: "Say what becomes of it: it stays and is paid for, is sent back, or is written off."
        case .deliveryProblem:
            "Ask the courier or the customer. Later news settle it; else say that it arrived, refund its units or send "
                + "its goods once more."
        case .deliveryDisputed: "Ask the customer: refund the units of one who has nothing."
        case .leftUnshipped: "It left: ship it. It then goes where its courier says that it is."
        case .oldLabelUsed:
            "Look whether the old label was stuck on: then say that the parcel goes by it, or, where its way has "
                + "ended, that it has arrived; else ask the courier."
        case .numberShared: "Ask the courier which parcel it has, and say so of that one."
        case .parcelLost: "Refund its units, or send its goods once more."
        case .parcelFound:
            "Stop what goes out once more for it, if anything does and has not left. Else ask the customer to pay by a "
                + "new order, or to hand the goods in; book what comes as stock received."
        }
    }
}

extension WallClock {
    /// A text in which moments stand as people read them, rather than as programs do.
    func humanized(_ text: String) -> String {
        text.replacing(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/) { match in
            Timestamp(String(match.0)).map { time($0).text } ?? String(match.0)
        }
    }
}

extension Configuration {
    /// Locations that take returns, by code.
    var counters: [Location] { locations.values.filter(\.takesReturns).sorted { $0.code < $1.code } }
}
