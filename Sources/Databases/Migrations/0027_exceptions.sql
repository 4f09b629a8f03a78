-- Who has taken an exception on, and the part of its order (or the job) that it is about.
ALTER TABLE exceptions ADD COLUMN assignee TEXT;
ALTER TABLE exceptions ADD COLUMN subject TEXT;
CREATE INDEX exceptions_open_by_kind ON exceptions (kind, id) WHERE state = 'open';
CREATE INDEX exceptions_open_by_owner ON exceptions (owner, id) WHERE state = 'open';
CREATE INDEX exceptions_open_by_location ON exceptions (location, id) WHERE state = 'open' AND location IS NOT NULL;
CREATE INDEX exceptions_open_by_assignee ON exceptions (assignee, id) WHERE state = 'open' AND assignee IS NOT NULL;
CREATE INDEX exceptions_open_by_due ON exceptions (due, id) WHERE state = 'open';
