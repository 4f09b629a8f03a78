-- Jobs by the lane that they wait on: each is looked for without walking past what waits on the others.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'work';
UPDATE jobs SET lane = 'mail' WHERE kind = 'send_message';
UPDATE jobs SET lane = 'labels' WHERE kind IN ('buy_label', 'void_label');
UPDATE jobs SET lane = 'tracking' WHERE kind = 'follow_parcel';
DROP INDEX jobs_due;
DROP INDEX jobs_due_mail;
CREATE INDEX jobs_due_on_lane ON jobs (lane, due, id) WHERE state = 'waiting';

-- A number from GS1 names one parcel and no other.
CREATE UNIQUE INDEX parcels_by_sscc ON parcels (sscc) WHERE sscc IS NOT NULL;
