CREATE TABLE payments (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'authorized', 'declined', 'expired')),
    authorized BIGINT NOT NULL CHECK (authorized >= 0),
    capture_pending BIGINT NOT NULL CHECK (capture_pending >= 0),
    captured BIGINT NOT NULL CHECK (captured >= 0),
    void_pending BIGINT NOT NULL CHECK (void_pending >= 0),
    voided BIGINT NOT NULL CHECK (voided >= 0),
    refund_pending BIGINT NOT NULL CHECK (refund_pending >= 0),
    refunded BIGINT NOT NULL CHECK (refunded >= 0),
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, number),
    CONSTRAINT not_more_than_authorized
        CHECK (authorized >= capture_pending + captured + void_pending + voided),
    CONSTRAINT not_more_than_captured CHECK (captured >= refund_pending + refunded)
) /* clustered */;

-- Each intent to capture, void or refund, and what became of it.
CREATE TABLE payment_effects (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    payment BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('capture', 'void', 'refund')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL,
    subject TEXT,
    provider_reference TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, number)
) /* clustered */;
