-- What a customer may spend with the retailer, in one currency. The balance is the sum of the entries.
CREATE TABLE store_credits (
    id BIGINT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL CHECK (balance >= 0),
    entries BIGINT NOT NULL CHECK (entries >= 1),
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX store_credits_by_customer ON store_credits (customer, currency);

-- The ledger: issue and give_back raise the balance, spend and expire lower it. order_id and payment: what it is for.
CREATE TABLE store_credit_entries (
    credit_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('issue', 'spend', 'give_back', 'expire')),
    amount BIGINT NOT NULL CHECK (amount > 0),
    balance BIGINT NOT NULL CHECK (balance >= 0),
    order_id BIGINT,
    payment BIGINT,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (credit_id, number)
) /* clustered */;
CREATE INDEX store_credit_entries_by_order ON store_credit_entries (order_id) WHERE order_id IS NOT NULL;
