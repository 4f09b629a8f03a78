-- The work of a location on a day of its own calendar, for locations that take only so much of it. `taken` are the
-- fulfillments to leave on that day, other than rejected and cancelled ones; `capacity` is what held when the last was taken.
-- `resumes` says that a job will serve those who wait once the day is over.
CREATE TABLE location_days (
    location TEXT NOT NULL,
    day BIGINT NOT NULL,
    taken BIGINT NOT NULL CHECK (taken >= 0),
    capacity BIGINT,
    closed BIGINT NOT NULL CHECK (closed IN (0, 1)),
    resumes BIGINT NOT NULL CHECK (resumes IN (0, 1)),
    PRIMARY KEY (location, day),
    CONSTRAINT no_more_than_it_can CHECK (capacity IS NULL OR taken <= capacity)
) /* clustered */;
-- The day on which a fulfillment is counted; NULL where nobody counts.
ALTER TABLE fulfillments ADD COLUMN work_day BIGINT;
