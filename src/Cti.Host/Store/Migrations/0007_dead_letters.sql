-- Dead letters have an id, a state and what another try needs (docs/decisions/0019).

CREATE TABLE letters_before AS FROM dead_letters;
DROP TABLE dead_letters;
CREATE TABLE dead_letters (
    id UUID,            -- UUIDv5: the same poison met again is the same letter
    status VARCHAR,     -- open, replayed (used after all), purged (given up: what it held is gone, that it was there is not)
    pipeline VARCHAR,
    stage VARCHAR,      -- read, map, normalise; sink:NAME
    code VARCHAR, message VARCHAR, field VARCHAR, value VARCHAR,
    source VARCHAR, uri VARCHAR, line BIGINT, byte_offset BIGINT,  -- of a record; NULL of a delivery
    original BLOB,      -- the record as it stood in its source, or the delivery as it was sent
    header VARCHAR,     -- what a reader must be told to read the record alone: a JSON array of names
    indicator UUID, revision INTEGER, op VARCHAR,  -- of a delivery; NULL of a record
    run_id UUID,        -- the last in which it could not be used
    attempts INTEGER,   -- how often it could not be used
    recorded_at TIMESTAMP,  -- the `now` of the first run that met it
    updated_at TIMESTAMP,   -- the clock at the last of them
    closed_at TIMESTAMP, closed_by UUID  -- when it was replayed or purged, and by which run
);
-- What was there before has no id of its own: if it is met again, it is another letter.
INSERT INTO dead_letters
SELECT uuid(), 'open', r.pipeline, b.stage, b.code, b.message, b.field, b.value, b.source, b.uri, b.line, b.byte_offset, b.original, '', NULL, NULL, NULL,
    b.run_id, b.attempts, b.recorded_at, b.recorded_at, NULL, NULL
FROM letters_before b LEFT JOIN runs r ON r.run_id = b.run_id;
DROP TABLE letters_before;
