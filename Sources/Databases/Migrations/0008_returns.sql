CREATE TABLE returns (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('by_post', 'in_store')),
    location TEXT,
    requested_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    refunded BIGINT NOT NULL CHECK (refunded >= 0),
    note TEXT,
    PRIMARY KEY (order_id, number)
) /* clustered */;
CREATE INDEX returns_open ON returns (order_id, number)
    WHERE state IN ('requested', 'approved', 'in_transit', 'received', 'inspected');

CREATE TABLE return_lines (
    order_id BIGINT NOT NULL,
    return_number BIGINT NOT NULL,
    line BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    reason TEXT NOT NULL,
    received BIGINT NOT NULL CHECK (received >= 0 AND received <= quantity),
    restocked BIGINT NOT NULL CHECK (restocked >= 0),
    refurbished BIGINT NOT NULL CHECK (refurbished >= 0),
    written_off BIGINT NOT NULL CHECK (written_off >= 0),
    PRIMARY KEY (order_id, return_number, line),
    CHECK (restocked + refurbished + written_off <= received)
) /* clustered */;
