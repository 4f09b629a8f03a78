-- Of each thing that was told of a parcel, the last time: where it is follows from all of them, in whatever order they
-- came (docs/decisions/0032-news-are-a-set.md). Until now the state and the time of the newest were kept.
ALTER TABLE parcels ADD COLUMN news TEXT;
UPDATE parcels SET news = '{"told":{"' || state || '":{"at":' || COALESCE(news_at, updated_at) || '}}}'
WHERE state NOT IN ('packed', 'labelled', 'handed_over') OR state = 'handed_over' AND news_at IS NOT NULL;
ALTER TABLE parcels DROP COLUMN news_at;
