-- What requests say beside quantities and amounts, kept where it belongs.

-- The units that an amount is for, as [[line, quantity], …]; NULL for none named.
ALTER TABLE payment_effects ADD COLUMN lines TEXT;

-- The condition in which returned units came, in the words of whoever took them in.
ALTER TABLE return_lines ADD COLUMN condition TEXT;

-- When the newest of the courier's news happened, by the courier's clock; NULL before the first.
ALTER TABLE parcels ADD COLUMN news_at BIGINT;
