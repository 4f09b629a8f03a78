-- What of a credit memo was set off against what the customer still owed: nothing of it is paid out.
ALTER TABLE credit_memos ADD COLUMN set_off BIGINT NOT NULL DEFAULT 0 CHECK (set_off >= 0 AND set_off <= amount);
