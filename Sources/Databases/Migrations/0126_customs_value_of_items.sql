-- What one unit is worth to customs where it is given for nothing, in minor units of a currency.
ALTER TABLE items ADD COLUMN customs_value INTEGER CHECK (customs_value > 0);
ALTER TABLE items ADD COLUMN customs_currency TEXT;
