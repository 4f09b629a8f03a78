-- Under which number the parcel of a return is followed; NULL where nobody knows, and for parcels that their courier
-- brings back under their own number.
ALTER TABLE returns ADD COLUMN parcel_tracking TEXT;
CREATE INDEX returns_by_parcel_tracking ON returns (parcel_tracking, order_id) WHERE parcel_tracking IS NOT NULL;
