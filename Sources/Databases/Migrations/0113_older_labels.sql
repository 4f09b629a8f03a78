-- The numbers of labels that were taken off before they were kept by themselves (0110): each stands in its parcel's labels, a
-- JSON text. No function for such is known to both databases, so it is cut: a line break, which no JSON text has, stands for
-- what each number begins with, and trimming all signs of a text but one leads to the first of that one. Numbers that
-- parcels still bear are found by their parcels, and do no harm here.
INSERT INTO old_labels (tracking, order_id)
WITH RECURSIVE
marked (order_id, labels) AS (
    SELECT order_id, replace(labels, '"tracking":"', '
') FROM parcels
    WHERE labels LIKE '%"state":"voiding"%' OR labels LIKE '%"state":"voided"%' OR labels LIKE '%"state":"kept"%'
),
found (order_id, rest) AS (
    SELECT order_id, substr(ltrim(labels, replace(labels, '
', '')), 2) FROM marked
    UNION ALL
    SELECT order_id, substr(ltrim(rest, replace(rest, '
', '')), 2) FROM found WHERE rest <> ''
),
numbers (order_id, tracking) AS (
    SELECT order_id, substr(rest, 1, length(rest) - length(ltrim(rest, replace(rest, '"', '')))) FROM found
)
SELECT DISTINCT tracking, order_id FROM numbers
WHERE tracking <> '' AND NOT EXISTS (
    SELECT 1 FROM old_labels
    WHERE old_labels.tracking = numbers.tracking AND old_labels.order_id = numbers.order_id);
