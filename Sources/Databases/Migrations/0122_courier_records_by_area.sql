-- How punctual couriers are into an area, from everywhere: asked wherever goods are sourced.
CREATE INDEX courier_records_area ON courier_records (area);
