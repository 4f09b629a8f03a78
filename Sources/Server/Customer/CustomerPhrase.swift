import OrderManagement

/// Every word that a customer's page has of its own; each language has a file that says them, `{}` being a value, and a
/// bar between the forms that go with numbers.
enum CustomerPhrase: String, CaseIterable, Sendable {
    // Frame
    case skip, order, placedOn, timesOf, back, linkHint
    // Where it stands
    case received, preparing, waiting, partlySent, onItsWay, outForDelivery, ready, delivered, collected, cancelled
    case partlyArrived, notArrived, comesBack, cameBack, notCollected
    case stepReceived, stepPreparing, stepSent, stepReady, stepDelivered, stepCollected
    case arrivesBy, readyBy, collectBy, expectedOn, expectedLater, isLate, deliveredOn, collectedOn, awaitsPayment
    case cashAtDoor, cashAtCounter
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
    case items, perPiece, ofThemCancelled, ofThemReturned, shipping, fees, discount, taxes, total, nowDue
    case cancellingFee, refundedOn, refundedAsCredit, usedForExchange, usedForSendingAgain, paid, creditNote, deliverTo
    // Returns
    case returns, returnRequested, returnApproved, returnUnderWay, returnArrived, returnReceived, returnSettled
    case returnRejected, returnExpired, arrivedAfterAll, printLabel, sendUntil, sendTo, whereToSend, postageOurs
    case postageYours
    // Forms
    case cancelLead, howMany, check, confirmCancel, doCancel, moneyBack, moneyLetGo, keptBack, nothingKept
    case addressLead, name, street, more, city, region, postcode, country, countryIs, countryStays, save
    case returnLead, why, choose, note, doReturn, confirmReturn, refundAbout, feeOf, refundLater
    case unwanted, wrongSize, damaged, faulty, notAsDescribed, wrongItem, late, other
    // Answers
    case doneCancel, doneAddress, doneReturn, chooseSome, tooMany, pleaseCheck, sentTwice, staffIsAtIt, noDelivery
    case notPossible, noLink, noLinkHint, slowDown, slowDownHint, failed, failedHint, foreignForm
}
