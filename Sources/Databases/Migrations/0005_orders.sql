-- The id is ordered by the time of placing, so the primary key is also the list of orders, newest last.
CREATE TABLE orders (
    id BIGINT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    channel TEXT NOT NULL,
    external_id TEXT,
    version BIGINT NOT NULL CHECK (version >= 1),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    status TEXT NOT NULL,
    fulfillment_status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    return_status TEXT NOT NULL,
    stage TEXT,
    on_hold BIGINT NOT NULL CHECK (on_hold IN (0, 1)),
    currency TEXT NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    due BIGINT NOT NULL CHECK (due >= 0 AND due <= total),
    customer TEXT,
    placed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX orders_by_number ON orders (number);
CREATE UNIQUE INDEX orders_by_external_id ON orders (channel, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX orders_by_channel ON orders (channel, id);
CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_fulfillment_status ON orders (fulfillment_status, id);
CREATE INDEX orders_by_payment_status ON orders (payment_status, id);
CREATE INDEX orders_by_return_status ON orders (return_status, id) WHERE return_status <> 'none';
CREATE INDEX orders_by_stage ON orders (stage, id) WHERE stage IS NOT NULL;
CREATE INDEX orders_on_hold ON orders (id) WHERE on_hold = 1;
CREATE INDEX orders_by_customer ON orders (customer, id) WHERE customer IS NOT NULL;
CREATE INDEX orders_by_update ON orders (updated_at, id);

CREATE TABLE order_lines (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sku TEXT NOT NULL,
    ordered BIGINT NOT NULL CHECK (ordered > 0),
    cancelled BIGINT NOT NULL CHECK (cancelled >= 0),
    backordered BIGINT NOT NULL CHECK (backordered >= 0),
    allocated BIGINT NOT NULL CHECK (allocated >= 0),
    shipped BIGINT NOT NULL CHECK (shipped >= 0),
    closed BIGINT NOT NULL CHECK (closed >= 0),
    returned BIGINT NOT NULL CHECK (returned >= 0),
    unit_price BIGINT NOT NULL CHECK (unit_price >= 0),
    discount BIGINT NOT NULL CHECK (discount >= 0),
    tax BIGINT NOT NULL CHECK (tax >= 0),
    PRIMARY KEY (order_id, number),
    CONSTRAINT line_equation CHECK (ordered = cancelled + backordered + allocated + shipped),
    CHECK (closed <= shipped),
    CHECK (returned <= shipped)
) /* clustered */;
CREATE INDEX order_lines_by_sku ON order_lines (sku, order_id);
CREATE INDEX order_lines_backordered ON order_lines (sku, order_id, number) WHERE backordered > 0;

-- Words that find an order: of names, postcode, telephone.
CREATE TABLE order_words (
    word TEXT NOT NULL,
    order_id BIGINT NOT NULL,
    PRIMARY KEY (word, order_id)
) /* clustered */;
