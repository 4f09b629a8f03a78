/// Every word that documents print of their own; each language has a file that says them, `{}` being a value.
enum Phrase: CaseIterable {
    case from, to, shipTo, billTo, sender, recipient, date, weight, parcel, parcelOf, reference, order, service
    case phone, courier, routing, zone, returnLabel, authorization, affixPostage, postagePaid, notPrinted, andMore
    case dangerousGoods, cashOnDelivery
    case packingSlip, shipment, quantity, item, description, inOtherParcels, toFollow, giftMessage, howToReturn
    case parcels, units
    case pickList, bin, pickedBy, lines, orders, totes
    case pickupCode, pickupAt, collectBy, showThisCode, openingHours, orderNumber, collector
    case handoverList, tracking, destination, postcode, totalWeight, handedOverBy, takenOverBy, signature, nameAndTime
    case creditNote, originalOrder, originalInvoice, amount, tax, net, gross, total, reason, taxNumber
    case refundedToSource, refundedAsCredit, refundedAsExchange, refundedAsReshipment, setOff, refundedTo
    case shipping, fees, keptBack, givenUp
    case page, pageOf, number, continued
}
