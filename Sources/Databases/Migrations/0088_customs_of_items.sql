-- What customs wants to know of goods: their number in the Harmonized System, and where they were made.
ALTER TABLE items ADD COLUMN commodity_code TEXT;
ALTER TABLE items ADD COLUMN origin_country TEXT;
