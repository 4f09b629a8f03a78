-- The last four digits of the card, by which a counter finds the order of a customer without a receipt.
ALTER TABLE payments ADD COLUMN card_last4 TEXT CHECK (card_last4 IS NULL OR length(card_last4) = 4);
