-- What is known of how a source behaves: when it was asked, when it last said something new, how far apart its last changes lay. Written once per
-- reading; of what changed the last seventeen are kept, of everything else the last one (Run/FeedHabit.cs).
CREATE TABLE source_readings (
    source VARCHAR, asked_at TIMESTAMP,
    outcome VARCHAR  -- changed, unchanged, failed
);
