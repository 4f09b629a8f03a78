/// A fact that happened, as a case: its raw value is its name on the wire. Names are only ever added.
public enum EventType: String, CaseIterable, Sendable {
    case orderPlaced = "order.placed"
    case orderSourced = "order.sourced"
    case orderBackordered = "order.backordered"
    case orderPromiseChanged = "order.promise_changed"
    case orderAmended = "order.amended"
    case amendmentStaged = "amendment.staged"
    case amendmentDropped = "amendment.dropped"
    case amendmentExpired = "amendment.expired"
    case orderCancelled = "order.cancelled"
    case orderFeeCharged = "order.fee_charged"
    /// What is owed is given up, or some of it is given up no more: it was paid after all, or its goods came back.
    case orderWrittenOff = "order.written_off"
    case orderWriteOffReduced = "order.write_off_reduced"
    case orderHeld = "order.held"
    case orderHoldLifted = "order.hold_lifted"
    case orderNoted = "order.noted"
    case orderCompleted = "order.completed"
    /// The customer's link was replaced by another.
    case orderLinkRenewed = "order.link_renewed"
    case stagePassed = "stage.passed"
    case stageFailed = "stage.failed"
    case stageReopened = "stage.reopened"
    case fulfillmentReleased = "fulfillment.released"
    case fulfillmentAccepted = "fulfillment.accepted"
    case fulfillmentPicking = "fulfillment.picking"
    case fulfillmentPacked = "fulfillment.packed"
    case fulfillmentShipped = "fulfillment.shipped"
    case fulfillmentDelivered = "fulfillment.delivered"
    case fulfillmentReady = "fulfillment.ready"
    case fulfillmentCollected = "fulfillment.collected"
    case fulfillmentExpired = "fulfillment.expired"
    case fulfillmentRejected = "fulfillment.rejected"
    case fulfillmentCancelled = "fulfillment.cancelled"
    /// The customer was given more time to collect.
    case fulfillmentExtended = "fulfillment.extended"
    /// The time to collect is nearly up.
    case fulfillmentReminderDue = "fulfillment.reminder_due"
    case parcelPacked = "parcel.packed"
    case parcelLabelled = "parcel.labelled"
    /// It was sent under a label that had been taken off, and goes by that again.
    case parcelLabelRestored = "parcel.label_restored"
    case parcelHandedOver = "parcel.handed_over"
    case parcelInTransit = "parcel.in_transit"
    case parcelOutForDelivery = "parcel.out_for_delivery"
    case parcelDelivered = "parcel.delivered"
    /// When it was delivered is known better.
    case parcelDeliveryCorrected = "parcel.delivery_corrected"
    case parcelException = "parcel.exception"
    case parcelLost = "parcel.lost"
    case parcelReturnedToSender = "parcel.returned_to_sender"
    case paymentPending = "payment.pending"
    case parcelClaimed = "parcel.claimed"
    case parcelFound = "parcel.found"
    /// A courier took parcels along.
    case handOverClosed = "hand_over.closed"
    /// It made its own list of them.
    case handOverManifestMade = "hand_over.manifest_made"
    /// Labels were taken to be printed.
    case labelsPrinted = "labels.printed"
    /// A courier is to come to a location, or to come otherwise.
    case courierPickupRequested = "courier_pickup.requested"
    case courierPickupBooked = "courier_pickup.booked"
    /// It does not come, or not otherwise, or comes all the same.
    case courierPickupRefused = "courier_pickup.refused"
    case courierPickupCancelled = "courier_pickup.cancelled"
    case paymentAuthorized = "payment.authorized"
    case paymentDeclined = "payment.declined"
    case paymentExpired = "payment.expired"
    case paymentCaptured = "payment.captured"
    case paymentVoided = "payment.voided"
    case paymentRefunded = "payment.refunded"
    case paymentFailed = "payment.failed"
    case creditMemoIssued = "credit_memo.issued"
    /// Nothing is owed for it after all.
    case creditMemoWithdrawn = "credit_memo.withdrawn"
    case storeCreditBooked = "store_credit.booked"
    case returnRequested = "return.requested"
    case returnApproved = "return.approved"
    case returnRejected = "return.rejected"
    /// The label is known by which it will come.
    case returnLabelled = "return.labelled"
    case returnInTransit = "return.in_transit"
    /// Its courier has told where its parcel is.
    case returnTracked = "return.tracked"
    case returnReceived = "return.received"
    /// What had not come with the rest is not waited for any more.
    case returnWaitingEnded = "return.waiting_ended"
    case returnInspected = "return.inspected"
    case returnSettled = "return.settled"
    case returnExpired = "return.expired"
    case returnJudgedAgain = "return.judged_again"
    /// Nothing goes out in exchange for it after all: it bears its fee.
    case returnFeeAgreed = "return.fee_agreed"
    case exchangeRequested = "exchange.requested"
    case exchangePaid = "exchange.paid"
    case exchangeDropped = "exchange.dropped"
    case transferPlanned = "transfer.planned"
    case transferSent = "transfer.sent"
    case transferPartiallyArrived = "transfer.partially_arrived"
    case transferArrived = "transfer.arrived"
    case transferShort = "transfer.short"
    case transferCancelled = "transfer.cancelled"
    case inboundExpected = "inbound.expected"
    case inboundRescheduled = "inbound.rescheduled"
    case inboundPartiallyReceived = "inbound.partially_received"
    case inboundReceived = "inbound.received"
    case inboundShort = "inbound.short"
    case inboundCancelled = "inbound.cancelled"
    case stockReserved = "stock.reserved"
    case stockReservationEnded = "stock.reservation_ended"
    case stockMoved = "stock.moved"
    case stockSnapshotTaken = "stock.snapshot_taken"
    case stockSafetySet = "stock.safety_set"
    case stockBinSet = "stock.bin_set"
    case exceptionOpened = "exception.opened"
    case exceptionAssigned = "exception.assigned"
    case exceptionUpdated = "exception.updated"
    case exceptionResolved = "exception.resolved"
    /// A location takes no more work for one of its days.
    case locationDayClosed = "location.day_closed"
    case configurationChanged = "configuration.changed"
}

/// An event before it has its position: recorded by a command, numbered within its order, placed at commit.
public struct RecordedEvent: Sendable {
    public let type: EventType
    public let order: OrderID?
    public let sequence: Int64?
    /// JSON.
    public var data: String
}

/// An event as the feed shows it.
public struct Event: Sendable {
    public let position: Int64
    public let type: String
    public let order: OrderID?
    public let sequence: Int64?
    public let at: Timestamp
    public let principal: String
    public let command: String
    /// JSON.
    public let data: String

    /// Made of the position, so it needs no column of its own.
    public var id: String { "evt_" + Base32.text(position) }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("position", position)
            $0.member("id", id)
            $0.member("type", type)
            $0.member("order", order?.description)
            $0.member("sequence", sequence)
            $0.member("at", at)
            $0.member("principal", principal)
            $0.name("data")
            $0.raw(data)
        }
    }
}
