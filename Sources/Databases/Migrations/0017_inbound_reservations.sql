-- Units that a location expects: purchase orders on their way.
CREATE TABLE inbound (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL CHECK (state IN ('expected', 'received', 'short', 'cancelled')),
    location TEXT NOT NULL,
    reference TEXT NOT NULL,
    due BIGINT NOT NULL,
    expected_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX inbound_by_state ON inbound (state, id);
CREATE INDEX inbound_by_location ON inbound (location, id);

-- `to_come` is what is neither received nor missing: the units in the bucket `inbound`.
CREATE TABLE inbound_lines (
    inbound_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    received BIGINT NOT NULL CHECK (received >= 0),
    missing BIGINT NOT NULL CHECK (missing >= 0),
    to_come BIGINT NOT NULL CHECK (to_come >= 0),
    PRIMARY KEY (inbound_id, number),
    CONSTRAINT received_once CHECK (quantity = received + missing + to_come)
) /* clustered */;
CREATE INDEX inbound_lines_to_come ON inbound_lines (sku, inbound_id) WHERE to_come > 0;

-- Claims of checkouts that have not been placed yet. An ended one keeps its row for a while, to say why it is over.
CREATE TABLE reservations (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL CHECK (state IN ('live', 'used', 'released', 'expired')),
    channel TEXT NOT NULL,
    order_id BIGINT,
    principal TEXT NOT NULL,
    reserved_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    lines TEXT NOT NULL
);
CREATE INDEX reservations_live ON reservations (id) WHERE state = 'live';
