-- Whom a job asks: the connection of a courier, so that one that is slow keeps nobody but its own jobs waiting.
ALTER TABLE jobs ADD COLUMN asks TEXT NOT NULL DEFAULT '';
DROP INDEX jobs_due_on_lane;
CREATE INDEX jobs_due_by_asked ON jobs (lane, asks, due, id) WHERE state = 'waiting';
