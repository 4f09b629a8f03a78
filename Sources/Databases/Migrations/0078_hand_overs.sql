-- What couriers took along at once, with the state of their own lists of it.
CREATE TABLE hand_overs (
    id BIGINT NOT NULL PRIMARY KEY,
    location TEXT NOT NULL,
    courier TEXT NOT NULL,
    parcels BIGINT NOT NULL CHECK (parcels > 0),
    closed_at BIGINT NOT NULL,
    closed_by TEXT NOT NULL,
    manifest TEXT NOT NULL CHECK (manifest IN ('pending', 'made', 'forgone', 'refused')),
    reference TEXT,
    reason TEXT,
    exception_id BIGINT
);
CREATE INDEX hand_overs_by_location ON hand_overs (location, id);
CREATE INDEX hand_overs_by_courier ON hand_overs (location, courier, id);

-- Which of them a parcel left with.
ALTER TABLE parcels ADD COLUMN hand_over BIGINT;
CREATE INDEX parcels_by_hand_over ON parcels (hand_over) WHERE hand_over IS NOT NULL;

-- Couriers' own lists; hand-overs without a row here are listed by Waybill itself.
CREATE TABLE manifests (
    hand_over_id BIGINT NOT NULL PRIMARY KEY,
    format TEXT NOT NULL CHECK (format IN ('pdf', 'zpl')),
    content TEXT NOT NULL
);
