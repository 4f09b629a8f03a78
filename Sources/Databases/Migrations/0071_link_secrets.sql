-- What the links of customers are signed with: one row, made when the first link is. It belongs to the database, so that
-- a restored copy and a replica know the links that were given out.
CREATE TABLE link_secrets (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
