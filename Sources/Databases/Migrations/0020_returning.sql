-- What was agreed on a return, what of it never came, and what its units were credited with.
ALTER TABLE returns ADD COLUMN terms TEXT;

ALTER TABLE return_lines ADD COLUMN missing BIGINT NOT NULL DEFAULT 0 CHECK (missing >= 0);

ALTER TABLE return_lines ADD COLUMN credited BIGINT NOT NULL DEFAULT 0 CHECK (credited >= 0 AND credited <= received);

ALTER TABLE return_lines ADD COLUMN worth BIGINT NOT NULL DEFAULT 0;
