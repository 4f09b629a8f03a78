CREATE TABLE items (
    sku TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    weight_g BIGINT NOT NULL CHECK (weight_g >= 0),
    length_mm BIGINT, width_mm BIGINT, height_mm BIGINT,
    barcode TEXT,
    requirements BIGINT NOT NULL DEFAULT 0,
    returnable BIGINT NOT NULL DEFAULT 1 CHECK (returnable IN (0, 1))
) /* clustered */;
CREATE INDEX items_by_barcode ON items (barcode) WHERE barcode IS NOT NULL;

CREATE TABLE locations (
    code TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
) /* clustered */;

-- Every version of a channel's settings and policies; the greatest is in force.
CREATE TABLE channels (
    code TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    document TEXT NOT NULL,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (code, version)
) /* clustered */;
