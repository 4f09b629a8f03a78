-- Amendments: what was staged, what it would have done, and what became of it. Commands decide on the open one, which is
-- in the order's document; these rows are read by people.
CREATE TABLE amendments (
    order_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'dropped', 'expired')),
    staged_at BIGINT NOT NULL,
    staged_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    preview TEXT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT,
    revision BIGINT CHECK (revision > 1),
    changes TEXT,
    PRIMARY KEY (order_id, number),
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK ((state = 'committed') = (revision IS NOT NULL)),
    CHECK ((revision IS NULL) = (changes IS NULL))
) /* clustered */;
CREATE UNIQUE INDEX amendments_by_revision ON amendments (order_id, revision) WHERE revision IS NOT NULL;

-- The revision that added a line, and the line whose units it stands in for; NULL for what was placed.
ALTER TABLE order_lines ADD COLUMN revision BIGINT;
ALTER TABLE order_lines ADD COLUMN replaces BIGINT;
-- Units that amendments added to a line, as [[units, discount, tax], …]; NULL for none.
ALTER TABLE order_lines ADD COLUMN raises TEXT;
