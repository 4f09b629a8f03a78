CREATE TABLE fulfillments (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    location TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('ship', 'pickup')),
    state TEXT NOT NULL,
    ship_by BIGINT NOT NULL,
    deliver_by BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    note TEXT,
    PRIMARY KEY (order_id, number)
) /* clustered */;
CREATE INDEX fulfillments_by_location ON fulfillments (location, order_id);
CREATE INDEX fulfillments_to_do ON fulfillments (location, ship_by, order_id, number)
    WHERE state IN ('open', 'released', 'accepted', 'picking', 'packed', 'ready');

CREATE TABLE fulfillment_lines (
    order_id BIGINT NOT NULL,
    fulfillment BIGINT NOT NULL,
    line BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    picked BIGINT NOT NULL CHECK (picked >= 0 AND picked <= quantity),
    PRIMARY KEY (order_id, fulfillment, line)
) /* clustered */;

CREATE TABLE parcels (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    fulfillment BIGINT NOT NULL,
    state TEXT NOT NULL,
    weight_g BIGINT NOT NULL CHECK (weight_g >= 0),
    length_mm BIGINT, width_mm BIGINT, height_mm BIGINT,
    courier TEXT, service TEXT, tracking TEXT,
    lines TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, number)
) /* clustered */;
CREATE INDEX parcels_by_tracking ON parcels (tracking, order_id) WHERE tracking IS NOT NULL;
