-- What a courier took along, as it was then: parcels may go by other labels later. NULL for lists that were closed before
-- this was kept: they show their parcels as they are.
ALTER TABLE hand_overs ADD COLUMN listed TEXT;
