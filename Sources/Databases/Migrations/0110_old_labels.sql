-- The numbers of labels that were taken off their parcels, so that whoever tells of one is understood: its courier may have
-- scanned it all the same. Of labels that were taken off before this, the orders alone know.
CREATE TABLE old_labels (
    tracking TEXT NOT NULL,
    order_id BIGINT NOT NULL,
    PRIMARY KEY (tracking, order_id)
) /* clustered */;
