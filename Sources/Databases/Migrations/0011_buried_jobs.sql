-- The exception that shows a buried job to a person: resolved when the job is tried again.
ALTER TABLE jobs ADD COLUMN exception_id BIGINT;
