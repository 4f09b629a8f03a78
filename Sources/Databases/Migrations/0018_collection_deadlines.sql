-- Until when a pickup that is ready waits for its customer; NULL before it is ready.
ALTER TABLE fulfillments ADD COLUMN collect_by BIGINT;
