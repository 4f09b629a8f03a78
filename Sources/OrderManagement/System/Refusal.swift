/// A reasoned no. Nothing changed.
public struct Refusal: Error, Equatable, Sendable {
    /// Every reason, in order of precedence: when several apply, the first is reported. Raw values are the wire's.
    public enum Code: String, CaseIterable, Sendable {
        case invalidInput = "invalid_input"
        case unknownField = "unknown_field"
        case keyRequired = "key_required"
        case unauthorized
        case forbidden
        case secondPersonRequired = "second_person_required"
        case rateLimited = "rate_limited"
        case unavailable
        case keyReused = "key_reused"
        case notFound = "not_found"
        case staleVersion = "stale_version"
        case externalIDUsed = "external_id_used"
        case unknownChannel = "unknown_channel"
        case unknownLocation = "unknown_location"
        case unknownSKU = "unknown_sku"
        case unknownLine = "unknown_line"
        case unknownOrder = "unknown_order"
        case unknownStage = "unknown_stage"
        case unknownParcel = "unknown_parcel"
        case unknownPayment = "unknown_payment"
        case unknownProvider = "unknown_provider"
        case unknownConnection = "unknown_connection"
        case unknownCourier = "unknown_courier"
        case unknownReservation = "unknown_reservation"
        case unknownUser = "unknown_user"
        case currencyMismatch = "currency_mismatch"
        case totalMismatch = "total_mismatch"
        case deliveryNotOffered = "delivery_not_offered"
        case exchangeNotOffered = "exchange_not_offered"
        case reasonNotAllowed = "reason_not_allowed"
        case quantityExceeded = "quantity_exceeded"
        case unitsUncovered = "units_uncovered"
        case wrongCode = "wrong_code"
        case noService = "no_service"
        case illegalTransition = "illegal_transition"
        case stagePending = "stage_pending"
        case tooEarly = "too_early"
        case onHold = "on_hold"
        case labelPending = "label_pending"
        case labelMissing = "label_missing"
        case amendmentOpen = "amendment_open"
        case priceMissing = "price_missing"
        case tooLateToAmend = "too_late_to_amend"
        case tooLateToCancel = "too_late_to_cancel"
        case returnWindowClosed = "return_window_closed"
        case notReturnable = "not_returnable"
        case reservationEnded = "reservation_ended"
        case insufficientStock = "insufficient_stock"
        case snapshotStale = "snapshot_stale"
        case paymentDeclined = "payment_declined"
        case amountExceedsAuthorized = "amount_exceeds_authorized"
        case amountExceedsCaptured = "amount_exceeds_captured"
        case amountExceedsBalance = "amount_exceeds_balance"
        case amountExceedsOwed = "amount_exceeds_owed"
        case insufficientCredit = "insufficient_credit"
        case goodwillLimit = "goodwill_limit"
        case writeOffLimit = "write_off_limit"
        case notPrintable = "not_printable"
    }

    /// One wrong place in what was asked.
    public struct Detail: Hashable, Sendable {
        /// JSON pointer (RFC 6901) into the request, such as `/lines/0/sku`; empty for the whole.
        public let pointer: String
        public let code: Code
        public let detail: String

        public init(_ pointer: String, _ code: Code, _ detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }
    }

    public let code: Code
    /// For people: names the thing, its state and what would be possible.
    public let explanation: String
    public let details: [Detail]

    public init(_ code: Code, _ explanation: String, _ details: [Detail] = []) {
        self.code = code
        self.explanation = explanation
        self.details = details
    }

    /// The refusal for a list of wrong places: the code that comes first in precedence names it.
    public init(_ details: [Detail]) {
        let order = Code.allCases
        let worst = details.min { order.firstIndex(of: $0.code)! < order.firstIndex(of: $1.code)! }!  // never empty
        let others = details.count == 1 ? "" : " (and \(details.count - 1) more, see errors)"
        self.init(worst.code, worst.detail + others, details)
    }
}

extension Refusal {
    /// With the places of a request that has nothing but one entry of a list.
    /// - Parameter entry: The entry, as `/couriers/0`.
    public func ofOne(_ entry: String) -> Refusal {
        let moved = details.map { detail in
            guard detail.pointer == entry || detail.pointer.hasPrefix(entry + "/") else { return detail }
            return Detail(String(detail.pointer.dropFirst(entry.count)), detail.code, detail.detail)
        }
        return Refusal(code, explanation, moved)
    }
}

extension Refusal.Code {
    /// Whether the answer is kept under its idempotency key: a decided no is, an answer about the caller or the
    /// moment is not.
    public var isDecided: Bool {
        switch self {
        case .invalidInput, .unknownField, .keyRequired, .unauthorized, .forbidden, .secondPersonRequired,
            .goodwillLimit, .writeOffLimit, .rateLimited, .unavailable, .keyReused, .notFound, .staleVersion:
            false
        case .externalIDUsed, .unknownChannel, .unknownLocation, .unknownSKU, .unknownLine, .unknownOrder,
            .unknownStage, .unknownParcel, .unknownPayment, .unknownProvider, .unknownConnection, .unknownCourier,
            .unknownReservation, .unknownUser, .reservationEnded,
            .currencyMismatch, .totalMismatch, .deliveryNotOffered, .reasonNotAllowed, .quantityExceeded,
            .unitsUncovered, .wrongCode, .noService, .illegalTransition, .stagePending, .tooEarly, .onHold,
            .labelPending, .labelMissing, .amendmentOpen,
            .priceMissing, .tooLateToAmend, .tooLateToCancel, .returnWindowClosed, .notReturnable, .insufficientStock,
            .snapshotStale, .paymentDeclined, .amountExceedsAuthorized, .amountExceedsCaptured,
            .amountExceedsBalance, .amountExceedsOwed, .insufficientCredit, .notPrintable, .exchangeNotOffered:
            true
        }
    }

    /// The HTTP status that says this (RFC 9110; RFC 9457 for the body).
    public var status: Int {
        switch self {
        case .invalidInput, .unknownField, .keyRequired: 400
        case .unauthorized: 401
        case .forbidden, .secondPersonRequired, .goodwillLimit, .writeOffLimit: 403
        case .notFound: 404
        case .externalIDUsed, .illegalTransition, .stagePending, .tooEarly, .onHold, .labelPending, .labelMissing,
            .amendmentOpen, .tooLateToAmend, .tooLateToCancel, .insufficientStock, .reservationEnded, .snapshotStale:
            409
        case .staleVersion: 412
        case .keyReused, .unknownChannel, .unknownLocation, .unknownSKU, .unknownLine, .unknownOrder, .unknownStage,
            .unknownParcel, .unknownPayment, .unknownProvider, .unknownConnection, .unknownCourier, .unknownReservation,
            .unknownUser, .currencyMismatch, .totalMismatch, .noService, .deliveryNotOffered, .reasonNotAllowed,
            .quantityExceeded, .unitsUncovered, .wrongCode, .priceMissing, .returnWindowClosed, .notReturnable,
            .paymentDeclined, .amountExceedsAuthorized,
            .amountExceedsCaptured, .amountExceedsBalance, .amountExceedsOwed, .insufficientCredit, .notPrintable,
            .exchangeNotOffered:
            422
        case .rateLimited: 429
        case .unavailable: 503
        }
    }
}
