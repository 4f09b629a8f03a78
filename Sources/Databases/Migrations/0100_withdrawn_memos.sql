-- When what a credit memo says is owed back was found not to be owed after all; NULL while it is.
ALTER TABLE credit_memos ADD COLUMN withdrawn_at BIGINT;
