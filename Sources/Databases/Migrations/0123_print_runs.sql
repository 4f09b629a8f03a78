-- Labels that were printed at once: which, at which location, when and by whom. Each label names its run (a member of the
-- labels of its parcel), and is taken by one only; those of before count as not printed yet.
CREATE TABLE print_runs (
    id BIGINT NOT NULL PRIMARY KEY,
    location TEXT NOT NULL,
    courier TEXT,
    labels BIGINT NOT NULL CHECK (labels > 0),
    printed_at BIGINT NOT NULL,
    printed_by TEXT NOT NULL,
    listed TEXT NOT NULL
);
CREATE INDEX print_runs_by_location ON print_runs (location, id);
