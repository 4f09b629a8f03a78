-- The courier's number of what comes back moves out of the terms, so that whoever holds the parcel finds the return.
ALTER TABLE returns ADD COLUMN tracking TEXT;
UPDATE returns SET tracking = (
    WITH RECURSIVE places (place) AS (
        SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < length(returns.terms)
    ), start (place) AS (
        SELECT min(place) + 12 FROM places WHERE substr(returns.terms, place, 12) = '"tracking":"'
    )
    SELECT substr(returns.terms, start.place, min(places.place) - start.place) FROM start
    JOIN places ON places.place >= start.place AND substr(returns.terms, places.place, 1) = '"'
    GROUP BY start.place
) WHERE terms LIKE '%"tracking":"%';
CREATE INDEX returns_by_tracking ON returns (tracking, order_id, number) WHERE tracking IS NOT NULL;
