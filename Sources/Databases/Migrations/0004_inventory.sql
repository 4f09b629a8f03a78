-- The running sums of the ledger. `shortage` is what was promised and is not there.
CREATE TABLE stock_levels (
    sku TEXT NOT NULL,
    location TEXT NOT NULL,
    available BIGINT NOT NULL,
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    allocated BIGINT NOT NULL CHECK (allocated >= 0),
    quarantined BIGINT NOT NULL CHECK (quarantined >= 0),
    inbound BIGINT NOT NULL CHECK (inbound >= 0),
    in_transit BIGINT NOT NULL CHECK (in_transit >= 0),
    shortage BIGINT NOT NULL CHECK (shortage >= 0),
    safety BIGINT NOT NULL CHECK (safety >= 0),
    last_movement BIGINT NOT NULL,
    PRIMARY KEY (location, sku),
    CONSTRAINT nothing_promised_twice CHECK (available + shortage >= 0)
) /* clustered */ /* hot */;
-- By location first: what a busy warehouse changes lies close together, and a commit writes fewer pages.
CREATE INDEX stock_levels_by_sku ON stock_levels (sku, location);
CREATE INDEX stock_levels_short ON stock_levels (location, sku) WHERE shortage > 0;

-- The ledger: units go from a bucket to a bucket, and nothing else changes stock. Each entry names the one before it of
-- the same SKU and location, so that a level's history is read backwards without an index of its own.
CREATE TABLE stock_movements (
    id BIGINT NOT NULL PRIMARY KEY,
    sku TEXT NOT NULL,
    location TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    order_id BIGINT,
    reference TEXT,
    previous BIGINT NOT NULL,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    CHECK (source <> target),
    CHECK (previous < id)
);

-- The last stock feed taken in per location: an older one is refused.
CREATE TABLE stock_snapshots (
    location TEXT NOT NULL PRIMARY KEY,
    taken_at BIGINT NOT NULL,
    reference TEXT NOT NULL
) /* clustered */;
