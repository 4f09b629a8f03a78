-- What is given up of what a customer owes for what they have had, in minor units: never more than is due.
ALTER TABLE orders ADD COLUMN written_off BIGINT NOT NULL DEFAULT 0 CHECK (written_off >= 0 AND written_off <= due);
