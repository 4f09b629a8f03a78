-- Mail has a lane of its own among the jobs: it is looked for without walking past everything else that waits.
CREATE INDEX jobs_due_mail ON jobs (due, id) WHERE state = 'waiting' AND kind = 'send_message';
