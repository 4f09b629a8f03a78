-- Couriers that are called to a location to take parcels along.
CREATE TABLE courier_pickups (
    id BIGINT NOT NULL PRIMARY KEY,
    location TEXT NOT NULL,
    courier TEXT NOT NULL,
    connection TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('requested', 'booked', 'refused', 'changing', 'cancelling', 'cancelled', 'kept')),
    -- What was agreed, or is asked for while nothing is: from when, until when, how many parcels and how heavy.
    ready BIGINT NOT NULL,
    closes BIGINT NOT NULL CHECK (closes > ready),
    parcels BIGINT NOT NULL CHECK (parcels > 0),
    weight_g BIGINT NOT NULL CHECK (weight_g > 0),
    note TEXT,
    -- What is asked for instead, while a change is.
    wish TEXT,
    -- How often something was asked for: with the id, the key of what is asked last.
    revision BIGINT NOT NULL CHECK (revision > 0),
    reference TEXT,
    reason TEXT,
    exception_id BIGINT,
    requested_at BIGINT NOT NULL,
    requested_by TEXT NOT NULL,
    CHECK (state <> 'changing' OR wish IS NOT NULL)
);
CREATE INDEX courier_pickups_by_location ON courier_pickups (location, id);
CREATE INDEX courier_pickups_by_courier ON courier_pickups (location, courier, id);
