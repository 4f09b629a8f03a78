-- Who carries parcels, and what they charge: one document each.
CREATE TABLE couriers (
    code TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
);

-- The retailer's boxes and its numbers from GS1: one row.
CREATE TABLE packaging (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL
);

-- Labels of a parcel, the newest last, and the number that it bears through all of them.
ALTER TABLE parcels ADD COLUMN labels TEXT;
ALTER TABLE parcels ADD COLUMN sscc TEXT;

-- What a courier gave to be printed; labels without a row here are drawn by Waybill itself.
CREATE TABLE label_documents (
    order_id BIGINT NOT NULL,
    parcel INTEGER NOT NULL,
    label INTEGER NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('pdf', 'zpl')),
    content TEXT NOT NULL,
    PRIMARY KEY (order_id, parcel, label)
);

-- How punctual couriers were: by service, from a location, into an area; an empty origin and area for all of a service.
CREATE TABLE courier_records (
    origin TEXT NOT NULL,
    area TEXT NOT NULL,
    courier TEXT NOT NULL,
    service TEXT NOT NULL,
    parcels BIGINT NOT NULL CHECK (parcels >= 0),
    on_time BIGINT NOT NULL CHECK (on_time >= 0 AND on_time <= parcels),
    PRIMARY KEY (origin, area, courier, service)
);
