-- Stock on its way from one location to another. One that names an order and its fulfillment fills that pickup.
CREATE TABLE transfers (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'arrived', 'short', 'cancelled')),
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    order_id BIGINT,
    reference TEXT,
    planned_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (source <> target)
);
CREATE INDEX transfers_by_state ON transfers (state, id);
CREATE INDEX transfers_by_source ON transfers (source, id);
CREATE INDEX transfers_by_target ON transfers (target, id);
CREATE INDEX transfers_by_order ON transfers (order_id, id) WHERE order_id IS NOT NULL;

-- `bound` units are those of the order's fulfillment that still waits for them.
CREATE TABLE transfer_lines (
    transfer_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sku TEXT NOT NULL,
    order_line BIGINT,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    cancelled BIGINT NOT NULL CHECK (cancelled >= 0),
    bound BIGINT NOT NULL CHECK (bound >= 0),
    arrived BIGINT NOT NULL CHECK (arrived >= 0),
    lost BIGINT NOT NULL CHECK (lost >= 0),
    PRIMARY KEY (transfer_id, number),
    CONSTRAINT transferred_once CHECK (quantity >= cancelled + arrived + lost + bound)
) /* clustered */;

-- The transfer that a pickup's units are still to come by; NULL once they are at the store.
ALTER TABLE fulfillments ADD COLUMN transfer_id BIGINT;
