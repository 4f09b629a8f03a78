-- What was decided about a parcel that is lost, as a document; NULL while nothing was.
ALTER TABLE parcels ADD COLUMN claim TEXT;
