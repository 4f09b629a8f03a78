/// What the buttons say that do something about an exception.
extension ExceptionAction {
    public var label: String {
        switch self {
        case .sourceAgain: "Source again"
        case .askAgain: "Ask those that rejected again"
        case .cancelWaiting: "Cancel what waits"
        case .capture: "Capture again"
        case .passStage(_, let stage): "Pass the stage \(stage)"
        case .approveAlone: "Approve it alone"
        case .cancelOrder: "Cancel the order"
        case .retryJob: "Try again"
        case .resendMessage: "Send it again"
        case .writeOff: "Write it off"
        case .redirectMessage: "Send it to another address"
        case .retryConnector: "Try now"
        case .count(let sku, _): "Count \(sku) again"
        case .addPayment: "Record another payment"
        case .approveReturn: "Let it come back"
        case .rejectReturn: "Turn it down"
        case .settleReturn: "Give the money"
        case .settleReturnUnpaid: "Settle it with no refund"
        case .receiveReturn: "Receive all of it"
        case .closeReturn: "Close what has not come"
        case .reopenReturn: "Take it back after all"
        case .buyLabel: "Buy the label again"
        case .refundParcel: "Refund its units"
        case .reshipParcel: "Send its goods again"
        case .deliverParcel: "It has arrived"
        case .askForManifest: "Ask for the manifest again"
        case .settleGoods(_, let outcome): outcome.label
        case .settleBoxes: "Some boxes have left"
        case .extendCollection: "Give more time"
        case .giveUpCollection: "Put back and give the money back"
        case .ship, .handOver: "It is handed over"
        case .shipBy: "It left by that number"
        case .takeLabelOff: "Take its label off"
        case .unpack: "Undo the packing"
        case .restoreLabel: "It goes by that label"
        case .identify(let bearer): "It is \(bearer.words)"
        case .liftHold: "Lift the hold"
        case .changeAddress: "Change the address"
        case .lowerShipping: "Let them off that shipping"
        case .payMemo: "Pay it again"
        case .askPaymentAgain: "Ask for it again"
        case .letPaymentGo: "Let it go again"
        case .judgeReturn(_, _, let disposition): disposition == .restock ? "Put all on sale" : "Write all off"
        case .refundUnits(_, _, let reason):
            reason == Self.wrongItem ? "Refund what should have come" : "Refund its units"
        case .checkBooks: "Check the books"
        case .callCourier: "Call it again"
        case .moveInbound: "Give it a new date"
        case .receiveInbound: "All of it is here"
        case .closeInbound, .closeTransfer: "Nothing more comes"
        case .cancelTransfer: "Do not send it"
        case .receiveTransfer: "All of it has arrived"
        case .sourceElsewhere: "Have another location do it"
        case .cancelWork: "Cancel its units"
        case .makeReady: "It is ready"
        case .release: "Release it"
        }
    }
}

extension SettleGoods.Outcome {
    fileprivate var label: String {
        switch self {
        case .putBack: "Put back"
        case .left: "It has left"
        case .restocked: "Put on sale"
        case .writtenOff: "Write off"
        case .sentBack: "Sent back to its owner"
        case .handedIn: "Handed in"
        case .stopped: "Stop what goes out again"
        case .kept: "The customer keeps it"
        case .accepted: "It stays in stock"
        case .found: "It has turned up"
        case .lost: "It is lost"
        }
    }
}
