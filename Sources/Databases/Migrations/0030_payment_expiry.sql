-- Until when the provider holds the money; NULL where nobody said so.
ALTER TABLE payments ADD COLUMN expires_at BIGINT;
