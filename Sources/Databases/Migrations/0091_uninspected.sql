-- Of the quarantined units, those that came with returns and that nobody has judged: they leave by their return alone.
ALTER TABLE stock_levels ADD COLUMN uninspected BIGINT NOT NULL DEFAULT 0
    CHECK (uninspected >= 0 AND uninspected <= quarantined);
-- Returns that are being judged, few of all: where goods are held back, it is asked for whom.
CREATE INDEX returns_being_judged ON returns (location, order_id, number) WHERE state = 'received';
UPDATE stock_levels
SET uninspected = CASE WHEN waiting.units < quarantined THEN waiting.units ELSE quarantined END
FROM (
    SELECT r.location AS place, COALESCE(c.sku, l.sku) AS part,
        CAST(SUM((p.received - p.restocked - p.refurbished - p.written_off) * COALESCE(c.quantity, 1)) AS BIGINT)
            AS units
    FROM return_lines AS p
    JOIN returns AS r ON r.order_id = p.order_id AND r.number = p.return_number
    JOIN order_lines AS l ON l.order_id = p.order_id AND l.number = p.line
    LEFT JOIN order_line_components AS c ON c.order_id = l.order_id AND c.number = l.number
    WHERE p.restocked + p.refurbished + p.written_off < p.received AND r.location IS NOT NULL
    GROUP BY r.location, COALESCE(c.sku, l.sku)
) AS waiting
WHERE waiting.place = stock_levels.location AND waiting.part = stock_levels.sku;
