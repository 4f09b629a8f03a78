-- What customers are told of their orders: one row per intent, committed with the event that causes it.
CREATE TABLE messages (
    id BIGINT NOT NULL PRIMARY KEY,
    order_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 1),
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    recipient TEXT NOT NULL,
    repeats BIGINT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'skipped')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    reason TEXT,
    subject TEXT,
    text TEXT,
    html TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CHECK (state <> 'sent' OR subject IS NOT NULL)
) /* long */;
CREATE INDEX messages_by_order ON messages (order_id, id);
CREATE INDEX messages_by_state ON messages (state, id);
-- One event is told once; who repeats it says so.
CREATE UNIQUE INDEX messages_by_event ON messages (order_id, sequence, kind) WHERE repeats IS NULL;
