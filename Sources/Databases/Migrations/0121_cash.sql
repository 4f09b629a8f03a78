-- What is to be paid for a parcel at the door, in minor units: decided when its label is bought, or when it leaves.
ALTER TABLE parcels ADD COLUMN cash INTEGER NOT NULL DEFAULT 0 CHECK (cash >= 0);
