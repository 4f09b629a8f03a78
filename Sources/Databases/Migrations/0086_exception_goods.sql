-- The goods that an exception is about, where it is about some: what becomes of them is said by SKU.
ALTER TABLE exceptions ADD COLUMN goods TEXT;
