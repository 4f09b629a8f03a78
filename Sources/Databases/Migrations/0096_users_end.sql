-- People leave: a user who was ended stays, since the history names them, and somebody else may have the address.
ALTER TABLE users ADD COLUMN ended_at BIGINT;
DROP INDEX users_by_email;
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE ended_at IS NULL;

-- All sessions of a user end with them, and with their password; those that are over are swept.
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
