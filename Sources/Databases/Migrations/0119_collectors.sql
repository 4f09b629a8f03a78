-- Who took goods at a store, and by what they were known: code, name or none; NULL where nobody collected it, and of what was
-- collected before this, where only the note names somebody.
ALTER TABLE fulfillments ADD COLUMN collected_by TEXT;
ALTER TABLE fulfillments ADD COLUMN checked TEXT CHECK (checked IN ('code', 'name', 'none'));
UPDATE fulfillments SET collected_by = substr(note, 14, length(note) - 14)
WHERE state = 'collected' AND note LIKE 'Collected by %.';
-- A cancelled order waits at no stage.
UPDATE orders SET stage = NULL WHERE status = 'cancelled' AND stage IS NOT NULL;
