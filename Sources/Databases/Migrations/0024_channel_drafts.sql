-- What a channel's settings and policies may become: one draft each, until it is published or dropped.
CREATE TABLE channel_drafts (
    code TEXT NOT NULL PRIMARY KEY,
    based_on BIGINT NOT NULL CHECK (based_on >= 1),
    document TEXT NOT NULL,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL
) /* clustered */;
