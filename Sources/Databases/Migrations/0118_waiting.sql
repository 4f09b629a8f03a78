-- What waits for stock, and what waits for a person to release it, is looked at once its time is over: also what was
-- there before. The first of them finds out when that is.
INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
SELECT (o.id / 2097152) * 2097152 + (c.value + ROW_NUMBER() OVER (ORDER BY o.id)) % 2097152,
    'chase_backorder', 'work', '', o.id, '', 'waiting', o.updated_at, 0, o.updated_at
FROM orders AS o CROSS JOIN (SELECT value FROM counters WHERE name = 'serial') AS c
WHERE EXISTS (SELECT 1 FROM order_lines AS l WHERE l.order_id = o.id AND l.backordered > 0);
UPDATE counters SET value = value + (
    SELECT COUNT(*) FROM orders AS o
    WHERE EXISTS (SELECT 1 FROM order_lines AS l WHERE l.order_id = o.id AND l.backordered > 0)
) WHERE name = 'serial';
INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
SELECT (f.order_id / 2097152) * 2097152
        + (c.value + ROW_NUMBER() OVER (ORDER BY f.order_id, f.number)) % 2097152,
    'chase_release', 'work', '', f.order_id, '' || f.number, 'waiting', f.ship_by + 7200000, 0, f.updated_at
FROM fulfillments AS f CROSS JOIN (SELECT value FROM counters WHERE name = 'serial') AS c
WHERE f.state = 'open';
UPDATE counters SET value = value + (SELECT COUNT(*) FROM fulfillments WHERE state = 'open') WHERE name = 'serial';
