-- SKUs whose waiting orders are about to be served: those who come later leave them what they wait for.
CREATE INDEX jobs_filling ON jobs (payload) WHERE state = 'waiting' AND kind = 'fill_backorders';
