-- What a kit is made of, as [["SKU", units], …]; NULL for an item that is no kit. A line keeps what it was sold with.
ALTER TABLE items ADD COLUMN components TEXT;
ALTER TABLE order_lines ADD COLUMN components TEXT;

-- The kits that an item is part of: the same facts as in `items`, to be found by the part.
CREATE TABLE kit_components (
    sku TEXT NOT NULL,
    kit TEXT NOT NULL,
    PRIMARY KEY (sku, kit)
) /* clustered */;

-- What the lines of kits take of each item. `waiting` is what their backordered units wait for.
CREATE TABLE order_line_components (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    PRIMARY KEY (order_id, number, sku)
) /* clustered */;
CREATE INDEX order_line_components_waiting ON order_line_components (sku, order_id) WHERE waiting > 0;
