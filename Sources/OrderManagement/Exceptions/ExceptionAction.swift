/// What can be done about an exception there and then: the call that does it, ready to be made.
public enum ExceptionAction: Hashable, Sendable {
    case sourceAgain(OrderID)
    /// Those that rejected units of the order may have them now.
    case askAgain(OrderID, [String])
    /// Gives up the units that wait, and whatever was taken for them.
    case cancelWaiting(OrderID, [LineQuantity])
    case capture(OrderID, Money)
    case passStage(OrderID, stage: String)
    /// Nobody else may: the caller says why they decide alone.
    case approveAlone(OrderID, stage: String)
    case cancelOrder(OrderID, reason: String)
    case retryJob(JobID)
    /// To the address that the order has now.
    case resendMessage(MessageID)
    /// The caller says to which address.
    case redirectMessage(MessageID)
    /// All that waits for somebody who does not answer.
    case retryConnector(ExceptionID)
    /// The caller says how many are there.
    case count(sku: String, location: String)
    /// The caller says by which payment.
    case addPayment(OrderID, Money)
    /// Nobody will pay it: the caller says why it is given up.
    case writeOff(OrderID, Money)
    case approveReturn(ReturnID)
    case rejectReturn(ReturnID)
    /// Gives the money of a return as it was agreed.
    case settleReturn(ReturnID)
    /// Nothing is owed for it.
    case settleReturnUnpaid(ReturnID)
    /// All that was announced of a return is here.
    case receiveReturn(ReturnID, location: String?, [LineQuantity])
    /// Nothing more of a return will come.
    case closeReturn(ReturnID, location: String?)
    /// What never came with a return that is closed is expected after all.
    case reopenReturn(ReturnID)
    /// One that nobody has weighed is weighed by whoever buys its label.
    case buyLabel(ParcelID, isUnweighed: Bool = false)
    case refundParcel(ParcelID)
    case reshipParcel(ParcelID)
    /// The customer has it, whatever its courier says.
    case deliverParcel(ParcelID)
    case askForManifest(HandOverID)
    /// Says what became of the goods that the exception is about.
    case settleGoods(ExceptionID, SettleGoods.Outcome)
    /// Some of these boxes have left: the caller says which; the others were stopped.
    case settleBoxes(ExceptionID, [ParcelID])
    /// The caller says until when.
    case extendCollection(FulfillmentID)
    case giveUpCollection(FulfillmentID)
    /// Its parcels are with the courier after all.
    case ship(FulfillmentID)
    /// Its only parcel is with its courier under a number that is known.
    case shipBy(ParcelID, of: FulfillmentID, courier: String, tracking: String)
    /// Those of its parcels that one courier takes are with it.
    case handOver(FulfillmentID, [ParcelID])
    case takeLabelOff(ParcelID)
    /// Its goods are packed anew, in other parcels.
    case unpack(FulfillmentID)
    /// It goes by a label that was taken off.
    case restoreLabel(ParcelID, label: Int)
    /// What is told under a number that several bear is of this one.
    case identify(NumberBearer)
    /// What it stops goes on.
    case liftHold(HoldID)
    /// The caller says which address; the change is staged, and committed by another call.
    case changeAddress(OrderID)
    /// Shipping costs less from now on; the change is staged, and committed by another call.
    case lowerShipping(OrderID, Money, tax: Money?)
    case payMemo(OrderID, memo: String)
    case askPaymentAgain(PaymentID)
    case letPaymentGo(PaymentID)
    /// One judgement for all units of a return that wait for one.
    case judgeReturn(ReturnID, [LineQuantity], Return.Disposition)
    /// The worth of units, which do not come back for it, and why.
    case refundUnits(OrderID, [LineQuantity], reason: String)
    case checkBooks(ExceptionID)
    /// As it was wanted before.
    case callCourier(CourierPickupID)
    /// The caller says which day.
    case moveInbound(InboundID)
    /// All that is to come is here.
    case receiveInbound(InboundID)
    /// Nothing more of it comes.
    case closeInbound(InboundID)
    /// It will not be sent: its units are found another place.
    case cancelTransfer(TransferID)
    /// All that is on its way is here.
    case receiveTransfer(TransferID)
    /// Nothing more of it comes.
    case closeTransfer(TransferID)
    /// Its location does not do the work: it is sourced without it.
    case sourceElsewhere(FulfillmentID)
    case cancelWork(FulfillmentID)
    /// Its location is to do it.
    case release(FulfillmentID)
    case makeReady(FulfillmentID)

    /// Why units that nobody has are given up.
    public static let unfillable = "unfillable"
    /// Why units are paid back that do not come.
    public static let wrongItem = "wrong_item"
    /// Why units are paid for that a customer never had.
    public static let lost = "lost"

    /// The noun of the call, as in `/permissions`.
    public var name: String {
        switch self {
        case .sourceAgain, .askAgain: "sourcings"
        case .cancelWaiting, .cancelOrder: "cancellations"
        case .capture: "captures"
        case .passStage(_, let stage), .approveAlone(_, let stage): "stages/\(stage)"
        case .retryJob, .retryConnector: "retries"
        case .resendMessage, .redirectMessage: "resendings"
        case .count: "movements"
        case .addPayment: "payments"
        case .writeOff: "write-offs"
        case .approveReturn: "approvals"
        case .rejectReturn: "rejections"
        case .settleReturn, .settleReturnUnpaid: "settlements"
        case .receiveReturn, .closeReturn: "receipts"
        case .reopenReturn: "reopenings"
        case .buyLabel: "labels"
        case .refundParcel: "claims"
        case .reshipParcel: "reshipments"
        case .deliverParcel: "deliveries"
        case .askForManifest: "manifests"
        case .callCourier: "changes"
        case .moveInbound: "due-dates"
        case .receiveInbound: "receipts"
        case .closeInbound: "closings"
        case .cancelTransfer: "cancellations"
        case .receiveTransfer, .closeTransfer: "arrivals"
        case .sourceElsewhere: "rejections"
        case .cancelWork: "cancellations"
        case .makeReady: "readiness"
        case .release: "releases"
        case .liftHold: "liftings"
        case .settleGoods, .settleBoxes: "settlements"
        case .extendCollection: "extensions"
        case .giveUpCollection: "expirations"
        case .ship, .shipBy: "shipments"
        case .handOver: "hand-overs"
        case .takeLabelOff: "voidings"
        case .unpack: "unpackings"
        case .restoreLabel: "restorations"
        case .identify: "identifications"
        case .changeAddress, .lowerShipping: "amendments"
        case .payMemo, .refundUnits: "refunds"
        case .askPaymentAgain: "retries"
        case .letPaymentGo: "voids"
        case .judgeReturn: "inspections"
        case .checkBooks: "checks"
        }
    }

    /// Tells it from the others of its exception.
    public var key: String {
        switch self {
        case .settleGoods(_, let outcome): "\(name)/\(outcome.rawValue)"
        case .settleBoxes: "\(name)/left/parcels"
        case .judgeReturn(_, _, let disposition): "\(name)/\(disposition.rawValue)"
        case .closeTransfer: "\(name)/short"
        case .settleReturnUnpaid: "\(name)/none"
        case .closeReturn: "\(name)/complete"
        case .count(let sku, _): "\(name)/\(sku)"
        case .identify(let bearer): "\(name)/\(bearer.name)"
        case .askAgain: "\(name)/ask_again"
        case .redirectMessage: "\(name)/elsewhere"
        case .lowerShipping: "\(name)/shipping"
        case .approveAlone: "\(name)/alone"
        case .sourceAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob, .retryConnector,
            .resendMessage, .writeOff, .addPayment, .approveReturn, .rejectReturn, .settleReturn, .reopenReturn,
            .buyLabel, .refundParcel, .reshipParcel, .askForManifest, .extendCollection, .giveUpCollection, .ship,
            .shipBy, .handOver, .takeLabelOff, .payMemo, .askPaymentAgain, .letPaymentGo, .refundUnits, .checkBooks,
            .receiveReturn, .callCourier, .deliverParcel, .moveInbound, .receiveInbound, .closeInbound,
            .sourceElsewhere, .cancelWork, .makeReady, .cancelTransfer, .receiveTransfer, .restoreLabel,
            .changeAddress, .release, .liftHold, .unpack:
            name
        }
    }

    /// What a caller needs to make it.
    public var scope: Scope {
        switch self {
        case .sourceAgain, .askAgain, .cancelWaiting, .passStage, .cancelOrder, .retryConnector, .changeAddress,
            .lowerShipping, .liftHold, .resendMessage, .redirectMessage:
            .ordersWrite
        case .capture, .addPayment, .payMemo, .askPaymentAgain, .letPaymentGo, .refundUnits, .writeOff:
            .paymentsWrite
        case .retryJob, .checkBooks, .approveAlone: .admin
        case .count, .moveInbound, .receiveInbound, .closeInbound, .cancelTransfer, .receiveTransfer, .closeTransfer:
            .stockWrite
        case .settleGoods(_, let outcome): outcome.movesStock ? .stockWrite : .ordersWrite
        case .settleBoxes: .stockWrite
        case .approveReturn, .rejectReturn, .settleReturn, .closeReturn, .refundParcel, .reshipParcel, .judgeReturn,
            .settleReturnUnpaid, .receiveReturn, .reopenReturn, .deliverParcel:
            .returnsWrite
        case .buyLabel, .askForManifest, .extendCollection, .giveUpCollection, .ship, .shipBy, .handOver,
            .takeLabelOff, .callCourier, .sourceElsewhere, .cancelWork, .makeReady, .restoreLabel, .release, .unpack:
            .fulfillmentsWrite
        case .identify(let bearer):
            if case .entry = bearer.name { .returnsWrite } else { .fulfillmentsWrite }
        }
    }

    private var path: String {
        switch self {
        case .sourceAgain(let order), .askAgain(let order, _), .cancelWaiting(let order, _), .capture(let order, _),
            .passStage(let order, _), .approveAlone(let order, _), .cancelOrder(let order, _),
            .addPayment(let order, _), .writeOff(let order, _), .changeAddress(let order),
            .lowerShipping(let order, _, _), .refundUnits(let order, _, _):
            "/v1/orders/\(order)/\(name)"
        case .payMemo(let order, let memo): "/v1/orders/\(order)/credit-memos/\(memo)/\(name)"
        case .askPaymentAgain(let id), .letPaymentGo(let id): "/v1/orders/\(id.order)/payments/\(id)/\(name)"
        case .liftHold(let hold): "/v1/orders/\(hold.order)/holds/\(hold)/\(name)"
        case .retryJob(let job): "/v1/jobs/\(job)/retries"
        case .resendMessage(let id), .redirectMessage(let id): "/v1/messages/\(id)/\(name)"
        case .count: "/v1/stock/movements"
        case .approveReturn(let id), .rejectReturn(let id), .settleReturn(let id), .closeReturn(let id, _),
            .settleReturnUnpaid(let id), .judgeReturn(let id, _, _), .receiveReturn(let id, _, _),
            .reopenReturn(let id):
            "/v1/returns/\(id)/\(name)"
        case .buyLabel(let id, _), .refundParcel(let id), .reshipParcel(let id), .takeLabelOff(let id),
            .deliverParcel(let id), .restoreLabel(let id, _):
            "/v1/parcels/\(id)/\(name)"
        case .identify(let bearer):
            switch bearer.name {
            case .parcel(let id): "/v1/parcels/\(id)/\(name)"
            case .entry(let id): "/v1/returns/\(id)/\(name)"
            }
        case .extendCollection(let id), .giveUpCollection(let id), .ship(let id), .sourceElsewhere(let id),
            .cancelWork(let id), .makeReady(let id), .shipBy(_, let id, _, _), .release(let id), .unpack(let id):
            "/v1/fulfillments/\(id)/\(name)"
        case .moveInbound(let id), .receiveInbound(let id), .closeInbound(let id): "/v1/stock/inbound/\(id)/\(name)"
        case .cancelTransfer(let id), .receiveTransfer(let id), .closeTransfer(let id):
            "/v1/stock/transfers/\(id)/\(name)"
        case .settleGoods(let id, _), .settleBoxes(let id, _), .checkBooks(let id), .retryConnector(let id):
            "/v1/exceptions/\(id)/\(name)"
        case .askForManifest(let id): "/v1/hand-overs/\(id)/\(name)"
        case .handOver: "/v1/hand-overs"
        case .callCourier(let id): "/v1/courier-pickups/\(id)/\(name)"
        }
    }

    /// Members of the body that are known; `missing` names those that the caller adds.
    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("action", name)
            $0.member("label", label)
            $0.member("scope", scope.rawValue)
            $0.member("method", "POST")
            $0.member("path", path)
            $0.object("body") { writeBody(to: &$0) }
            $0.array("missing") { list in for name in missing { list.value(name) } }
        }
    }

    private var missing: [String] {
        switch self {
        case .count: ["counted"]
        case .redirectMessage: ["email"]
        case .approveAlone: ["note"]
        case .addPayment: ["provider", "reference"]
        case .writeOff: ["reason"]
        case .changeAddress: ["delivery"]
        case .closeReturn(_, let location), .receiveReturn(_, let location, _): location == nil ? ["location"] : []
        case .extendCollection: ["until"]
        case .moveInbound: ["due"]
        case .buyLabel(_, let isUnweighed): isUnweighed ? ["weight_g"] : []
        case .settleGoods(_, let outcome): outcome == .handedIn ? ["location"] : []
        case .settleBoxes: ["parcels"]
        case .resendMessage, .sourceAgain, .askAgain, .cancelWaiting, .capture, .passStage, .cancelOrder, .retryJob,
            .retryConnector, .approveReturn, .rejectReturn, .settleReturn, .settleReturnUnpaid, .refundParcel,
            .reshipParcel, .askForManifest, .giveUpCollection, .ship, .shipBy, .handOver, .takeLabelOff, .payMemo,
            .askPaymentAgain, .letPaymentGo, .judgeReturn, .refundUnits, .checkBooks, .callCourier, .deliverParcel,
            .receiveInbound, .closeInbound, .sourceElsewhere, .cancelWork, .makeReady, .cancelTransfer,
            .receiveTransfer, .closeTransfer, .restoreLabel, .identify, .reopenReturn, .release, .liftHold, .unpack,
            .lowerShipping:
            []
        }
    }

    private func writeBody(to json: inout JSONWriter) {
        switch self {
        case .sourceAgain, .retryJob, .retryConnector, .approveReturn, .rejectReturn, .settleReturn, .buyLabel,
            .resendMessage, .redirectMessage,
            .reshipParcel, .askForManifest, .extendCollection, .giveUpCollection, .ship, .takeLabelOff, .payMemo,
            .askPaymentAgain, .letPaymentGo, .checkBooks, .callCourier, .deliverParcel, .moveInbound, .receiveInbound,
            .closeInbound, .cancelWork, .makeReady, .cancelTransfer, .receiveTransfer, .identify, .reopenReturn,
            .changeAddress, .release, .liftHold, .unpack:
            break
        case .shipBy(let parcel, _, let courier, let tracking):
            json.array("parcels") { list in
                list.object {
                    $0.member("parcel", parcel.description)
                    $0.member("courier", courier)
                    $0.member("tracking", tracking)
                }
            }
        case .handOver(_, let parcels):
            json.array("parcels") { list in for parcel in parcels { list.value(parcel.description) } }
        case .restoreLabel(_, let label): json.member("label", label)
        case .closeTransfer: json.member("short", true)
        case .askAgain(_, let locations):
            json.array("ask_again") { list in for location in locations { list.value(location) } }
        case .sourceElsewhere: json.member("reason", RejectionReason.other.rawValue)
        case .cancelWaiting(_, let lines):
            json.member("reason", Self.unfillable)
            write(lines, nil, to: &json)
        case .judgeReturn(_, let lines, let disposition): write(lines, disposition, to: &json)
        case .refundUnits(_, let lines, let reason):
            json.member("reason", reason)
            write(lines, nil, to: &json)
        case .settleGoods(_, let outcome): json.member("outcome", outcome.rawValue)
        case .settleBoxes: json.member("outcome", SettleGoods.Outcome.left.rawValue)
        case .capture(_, let amount), .writeOff(_, let amount): json.member("amount", amount)
        case .passStage, .approveAlone: json.member("result", "passed")
        case .cancelOrder(_, let reason): json.member("reason", reason)
        case .count(let sku, let location):
            json.member("reason", "count")
            json.member("sku", sku)
            json.member("location", location)
        case .addPayment(_, let amount): json.member("authorized", amount)
        case .lowerShipping(_, let amount, let tax):
            json.member("shipping", amount)
            if let tax { json.member("shipping_tax", tax) }
        case .receiveReturn(_, let location, let lines):
            if let location { json.member("location", location) }
            write(lines, nil, to: &json)
        case .closeReturn(_, let location):
            if let location { json.member("location", location) }
            json.member("complete", true)
        case .settleReturnUnpaid: json.member("refund", SettleReturn.Refund.none.rawValue)
        case .refundParcel: json.member("resolution", ParcelClaim.Resolution.refund.rawValue)
        }
    }

    private func write(
        _ lines: [LineQuantity], _ disposition: Return.Disposition?, to json: inout JSONWriter
    ) {
        json.array("lines") { list in
            for line in lines {
                list.object {
                    $0.member("line", line.line.description)
                    $0.member("quantity", line.quantity)
                    if let disposition { $0.member("disposition", disposition.rawValue) }
                }
            }
        }
    }
}
