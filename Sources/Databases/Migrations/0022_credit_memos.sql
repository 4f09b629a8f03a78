-- What is owed back to a customer and why. lines: [[line, units, goods, discount, order discount, tax, amount], …];
-- shipping and fees contain their taxes; retained is kept back, or below zero where an earlier keeping is given up.
CREATE TABLE credit_memos (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cancellation', 'return', 'refund', 'goodwill')),
    reason TEXT NOT NULL,
    subject TEXT,
    lines TEXT NOT NULL,
    shipping BIGINT NOT NULL CHECK (shipping >= 0),
    shipping_tax BIGINT NOT NULL CHECK (shipping_tax >= 0),
    fees BIGINT NOT NULL CHECK (fees >= 0),
    fees_tax BIGINT NOT NULL CHECK (fees_tax >= 0),
    retained BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (order_id, number)
) /* clustered */;
CREATE UNIQUE INDEX credit_memos_by_name ON credit_memos (name);

-- The credit memo that a refund pays; NULL for captures and voids.
ALTER TABLE payment_effects ADD COLUMN memo BIGINT;
-- Where a refund goes instead of to its source: `store_credit`.
ALTER TABLE payment_effects ADD COLUMN paid_to TEXT;
