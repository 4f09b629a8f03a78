-- What a location announced is found by its own reference: the same one again is the same supply.
CREATE INDEX inbound_by_reference ON inbound (location, reference, id);
-- Units that came beyond those that were announced.
ALTER TABLE inbound_lines ADD COLUMN excess BIGINT NOT NULL DEFAULT 0 CHECK (excess >= 0);
ALTER TABLE return_lines ADD COLUMN excess BIGINT NOT NULL DEFAULT 0 CHECK (excess >= 0);
