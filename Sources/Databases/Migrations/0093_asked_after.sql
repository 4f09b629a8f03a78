-- Whether a job asks a parcel's courier for news of it: while it is under way, and for a while once it is lost or goes
-- back to its sender. Until now only what was under way was asked after.
ALTER TABLE parcels ADD COLUMN asked BIGINT NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));
UPDATE parcels SET asked = 1 WHERE EXISTS (
    SELECT 1 FROM jobs WHERE jobs.order_id = parcels.order_id AND jobs.kind = 'follow_parcel'
        AND jobs.payload = '' || parcels.number);
