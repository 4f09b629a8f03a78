-- What has shown that supply is overdue, while it is.
ALTER TABLE inbound ADD COLUMN exception_id BIGINT;
-- What is expected, and what locations work on, is looked at once its time is over: also what was there before. A job
-- about supply bears its identifier, which no job has; those of orders get numbers of their own.
INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
SELECT id, 'chase_inbound', 'work', '', NULL, '' || id, 'waiting', (due / 86400000 + 1) * 86400000, 0, expected_at
FROM inbound WHERE state = 'expected';
INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
SELECT (f.order_id / 2097152) * 2097152
        + (c.value + ROW_NUMBER() OVER (ORDER BY f.order_id, f.number)) % 2097152,
    'chase_work', 'work', '', f.order_id, '' || f.number, 'waiting', f.ship_by + 7200000, 0, f.updated_at
FROM fulfillments AS f CROSS JOIN (SELECT value FROM counters WHERE name = 'serial') AS c
WHERE f.state IN ('released', 'accepted', 'picking', 'packed');
UPDATE counters SET value = value + (
    SELECT COUNT(*) FROM fulfillments WHERE state IN ('released', 'accepted', 'picking', 'packed')
) WHERE name = 'serial';
