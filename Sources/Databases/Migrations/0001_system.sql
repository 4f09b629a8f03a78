-- Counters that the one writer advances inside its commits: event positions, movements, order numbers, configuration.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL CHECK (value >= 0)
) /* clustered */ /* hot */;

-- One row per fact: audit trail, timeline, feed and outbox at once. Positions have no gaps.
CREATE TABLE events (
    position BIGINT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    order_id BIGINT,
    sequence BIGINT CHECK (sequence >= 1),
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    command TEXT NOT NULL,
    data TEXT NOT NULL,
    CHECK ((order_id IS NULL) = (sequence IS NULL))
) /* long */;
CREATE UNIQUE INDEX events_by_order ON events (order_id, sequence) WHERE order_id IS NOT NULL;

-- Replies kept under idempotency keys. The body is here, or is the data of the event at `event`.
CREATE TABLE kept_replies (
    key TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    status BIGINT NOT NULL,
    location TEXT,
    version BIGINT,
    event BIGINT,
    body TEXT,
    at BIGINT NOT NULL,
    CHECK ((event IS NULL) <> (body IS NULL))
) /* clustered */;

-- Work for later; a finished job's row is deleted in the commit that records its outcome.
CREATE TABLE jobs (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    order_id BIGINT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'buried')),
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (due, id) WHERE state = 'waiting';
CREATE INDEX jobs_buried ON jobs (id) WHERE state = 'buried';
CREATE INDEX jobs_by_order ON jobs (order_id) WHERE order_id IS NOT NULL;

-- What needs a person.
CREATE TABLE exceptions (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    order_id BIGINT,
    sku TEXT,
    location TEXT,
    cause TEXT NOT NULL,
    owner TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    resolved_at BIGINT,
    resolution TEXT
);
CREATE INDEX exceptions_open ON exceptions (id) WHERE state = 'open';
CREATE INDEX exceptions_by_order ON exceptions (order_id, id) WHERE order_id IS NOT NULL;
CREATE INDEX exceptions_by_stock ON exceptions (sku, location) WHERE state = 'open' AND sku IS NOT NULL;
