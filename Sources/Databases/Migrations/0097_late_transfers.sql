-- What is brought to stores for orders is looked at once its day is over: also what was planned before. The jobs get numbers
-- of their own.
INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
SELECT (f.order_id / 2097152) * 2097152
        + (c.value + ROW_NUMBER() OVER (ORDER BY f.order_id, f.number)) % 2097152,
    'chase_transfer', 'work', '', f.order_id, '' || f.transfer_id, 'waiting', f.ship_by + 86400000, 0, f.updated_at
FROM fulfillments AS f CROSS JOIN (SELECT value FROM counters WHERE name = 'serial') AS c
WHERE f.transfer_id IS NOT NULL;
UPDATE counters SET value = value + (
    SELECT COUNT(*) FROM fulfillments WHERE transfer_id IS NOT NULL
) WHERE name = 'serial';
