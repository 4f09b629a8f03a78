extension Glossary {
    /// What comes back, and what it brings.
    static let returns: [String: String] = [
        "announced": "Units that open returns announce and that have not come yet",
        "awaited_until": "Until when what is on its way, or has not come with the rest, is waited for: then a person "
            + "hears of it, or the return goes on with what is here; null where nothing is waited for",
        "complete": "Whether nothing is missing, or nothing more will come",
        "condition": "How the units are, in the words of whoever took them in",
        "disposition": "What becomes of the units: for sale again, repaired first, or written off",
        "excess": "Units that came and nobody had announced",
        "fee": "What is kept of the units' worth, or for cancelling; with taxes in it, whatever the channel's prices",
        "Return.fee": "What was kept so far of the units' worth, by the fee that was agreed: taxes included, since "
            + "worth is what was paid for the units",
        "fee_tax": "The taxes in the fee: its share of the taxes that stand in the units' worth",
        "found": "Goods that came with it and are not of it",
        "found.parcel": "The parcel of the order that they were in, which had been settled as lost: they are not "
            + "expected back with it; null for goods that are not of the order",
        "handed_in": "Units of it that are here though its courier did not bring them: the customer handed them in, or "
            + "they came with a return. They are not expected back once more",
        "claim.ended_at": "When what went out once more was stopped, since the parcel had come after all; null where "
            + "it was not",
        "claim.part": "Whether less was given back than its units are worth: should it come after all, the goods are "
            + "the customer's, and may come back for the rest",
        "found_at": "When a parcel that was settled as lost turned up; null while it has not",
        "more_than_announced": "true: more units may have come than were announced; without it such a receipt is "
            + "refused, since two who count the same parcel would say the same",
        "missing": "Units that were announced and given up: they never came",
        "policy_version": "The version of the channel's policies by which it was decided",
        "postage": "Who pays the way back",
        "received": "Units that are here",
        "Return.reference": "What stands on the label and its barcode: the order's number and -R1",
        "returns.method": "How the goods come back: by_post, or in_store over a counter",
        "return.method": "How the goods come back: by_post, or in_store over a counter",
        "Return.method": "How the goods come back: by_post, or in_store over a counter",
        "ReturnWithOrder.method": "How the goods come back: by_post, or in_store over a counter",
        "ReturnWithOrder.reference": "What stands on the label and its barcode: the order's number and -R1",
        "ReturnWithOrder.order": "The whole order, as it is then",
        "Return.location": "Where it is to come to, or came to; null while nobody said",
        "Return.tracking": "The courier's number of what comes back; returns and orders are found by it",
        "Return.expires_at": "Until when an approved return may be sent; null where there is no end",
        "reasons": "The reasons that customers may give, or what holds for each",
        "refund": "What the customer gets back",
        "ReturnPreview.refund": "What is paid back: worth − fee − set_off, and no more than was taken",
        "ReturnPreview.set_off": "What of it would pay what the customer still owes for goods that were sent",
        "not_paid_back": "What is not paid back of the units' worth, less what was kept and set off; null where all is",
        "not_paid_back.reason": "exceeds_captured: no more was taken of the customer that they have not had back; "
            + "capture_pending: it is still being captured, and the return is paid when that is done",
        "Return.set_off": "What of it paid what the customer still owed for goods that were sent, and is not paid out",
        "ReturnWithOrder.set_off": "What of it paid what the customer still owed for goods that were sent, and is not "
            + "paid out",
        "ReturnPreview.return": "The return as it would be announced; nothing of it is credited yet",
        "reasons.refund": "What would be paid for all these units now: their worth less the fee and less what was "
            + "never paid for, and no more than was taken",
        "reasons.fee": "What would be kept of it if all these units came back for this reason, taxes included",
        "refund_at": "When the money goes back: at receipt, after inspection, or when a person settles it",
        "refund_to": "Where the money goes: to its source, or to store credit",
        "refund_to_fixed": "Whether the money goes nowhere else when a person settles a return",
        "refurbished": "Units to be repaired before they are sold again",
        "requested_at": "When it was asked for",
        "resolution": "How it was settled",
        "restocked": "Units for sale again",
        "return": "The return that it is about",
        "returnable": "Units that may come back",
        "Item.returnable": "false for a final sale: it never comes back",
        "items.returnable": "false for a final sale: it never comes back",
        "returned": "Units that came back; no more than were shipped",
        "send_to": "Where to send the goods; null before approval",
        "why_not": "Why no more may come back for this reason; null where all may",
        "worth": "What was paid for the units, taxes included, before the fee; of a return those credited so far, of a "
            + "preview all that is announced",
        "written_off": "Units that nobody will sell",
        "lines.reason": "Why the units come back, or do not go out",
        "claim": "How a parcel that did not arrive was settled; null for none",
        "already_refunded": "Units that were refunded by hand before: they are paid for no second time",
        "swapped_refunded": "Units that others take the place of though they were refunded by hand: what takes their "
            + "place goes out for that, as they would have, and nobody is asked for it",
        "refunded_before": "What was given of them before, by hand or as goodwill; it counts for what is given up",
        "way": "How far its parcel has come, as its courier tells; null before anything was told",
        "way.event": "The courier's own words for it; null for none",
    ]
}
