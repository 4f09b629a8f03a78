-- When an item first arrives or may first leave; NULL for one that simply is there.
ALTER TABLE items ADD COLUMN available_from BIGINT;
-- Before then the goods of a line may not leave; NULL once they may. By it the orders are found that another date moves.
ALTER TABLE order_lines ADD COLUMN available_from BIGINT;
CREATE INDEX order_lines_preordered ON order_lines (sku, order_id) WHERE available_from IS NOT NULL;
