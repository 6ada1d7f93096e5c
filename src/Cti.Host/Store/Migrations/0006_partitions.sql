-- What backfills have read: the files of one source that stand for one time. `observations` says what each added.

CREATE TABLE partitions (
    pipeline VARCHAR, source VARCHAR,
    key VARCHAR,  -- its time as text, unique within the source
    event_time TIMESTAMP, uris VARCHAR[],
    content_hash VARCHAR,  -- SHA-256 of the file's bytes as they lie on disk; of several files, of their hashes
    bytes BIGINT,
    -- Its books: records + expanded = observations + merged + screened + rejected.
    records BIGINT, expanded BIGINT, screened BIGINT, rejected BIGINT, merged BIGINT, observations BIGINT,
    whole BOOLEAN,  -- false where a run had read the beginning of a file before
    status VARCHAR,  -- reading (begun, not ended), done, suspect (a snapshot that is not believed), failed (not read to its end)
    message VARCHAR,  -- what was wrong; NULL where nothing was
    run_id UUID, config_hash VARCHAR, recorded_at TIMESTAMP
);
