-- Where a SKU lies within a location: what pick lists are walked by.
CREATE TABLE bins (
    location TEXT NOT NULL,
    sku TEXT NOT NULL,
    bin TEXT NOT NULL CHECK (length(bin) BETWEEN 1 AND 40),
    PRIMARY KEY (location, sku)
);
