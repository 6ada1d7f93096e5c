-- How it was, and what was known of it when (docs/decisions/0016). Observations say what was said and when; here stands what they do not say: when
-- claims were not on their source's list, and which lists were read. Rows are never changed but for `superseded_at`: what was known at K are those
-- recorded at or before K and not superseded then.

-- One row per complete reading of a snapshot source.
DROP TABLE snapshots;
CREATE TABLE snapshots (
    source VARCHAR,
    taken_at TIMESTAMP,     -- the time it tells of
    recorded_at TIMESTAMP, superseded_at TIMESTAMP,
    records BIGINT,
    verdict VARCHAR,        -- believed, or suspect: then nothing ended on its word
    sightings VARCHAR,      -- listed: what is on it is seen at its time; recorded: its records say when they were seen
    asserted_at TIMESTAMP   -- the mark of its claims
);
CREATE TABLE store.absences (
    subject UUID, source INTEGER,
    ended_at TIMESTAMP,     -- the first snapshot without it
    resumed_at TIMESTAMP,   -- when it was seen again; NULL: not yet
    recorded_at TIMESTAMP, superseded_at TIMESTAMP
);
-- Claims on a snapshot that is not believed: elsewhere being listed follows from not being absent.
CREATE TABLE store.sightings (subject UUID, source INTEGER, taken_at TIMESTAMP, recorded_at TIMESTAMP);

-- Lists and tables by content; which of them a run used, and as what. A set is written when a run is the first to use it.
CREATE TABLE lists (
    hash VARCHAR,           -- SHA-256 of the content
    bytes BIGINT,           -- its length
    first_used_at TIMESTAMP
);
CREATE TABLE store.list_parts (hash VARCHAR, part INTEGER, packed BLOB USING COMPRESSION uncompressed);  -- 4 MiB of it each, Zstandard
CREATE TABLE store.list_sets (fingerprint VARCHAR, role VARCHAR, position INTEGER, path VARCHAR, hash VARCHAR);
CREATE TABLE store.run_lists (run_id UUID, fingerprint VARCHAR);

CREATE VIEW run_lists AS
SELECT r.run_id, s.role, s.position, s.path, s.hash
FROM store.run_lists r JOIN store.list_sets s ON s.fingerprint = r.fingerprint;

-- One row per interval in which a source stood behind a subject, as known from `recorded_at` until `superseded_at`.
CREATE VIEW claim_history AS
WITH begun AS (
    SELECT subject, source, min(event_time) AS begun_at, min(recorded_at) AS recorded_at FROM store.observations GROUP BY subject, source
), ends AS (
    -- What resumed is the same end of the same interval, known since it ended.
    SELECT subject, source, ended_at, min(recorded_at) AS recorded_at,
        CASE WHEN count(*) = count(superseded_at) THEN max(superseded_at) END AS superseded_at
    FROM store.absences GROUP BY subject, source, ended_at
), last AS (
    SELECT subject, source, max_by(resumed_at, ended_at) AS resumed_at, bool_or(resumed_at IS NULL) AS gone, max_by(recorded_at, ended_at) AS recorded_at
    FROM store.absences WHERE superseded_at IS NULL GROUP BY subject, source
), intervals AS (
    SELECT e.subject, e.source,
        coalesce((
            SELECT max(a.resumed_at) FROM store.absences a
            WHERE a.subject = e.subject AND a.source = e.source AND a.resumed_at <= e.ended_at AND a.recorded_at <= coalesce(e.superseded_at, a.recorded_at)
                AND (a.superseded_at IS NULL OR a.superseded_at >= e.superseded_at)
        ), b.begun_at) AS begins,
        e.ended_at AS ends, e.recorded_at, e.superseded_at
    FROM ends e JOIN begun b USING (subject, source)
    UNION ALL
    SELECT b.subject, b.source, coalesce(l.resumed_at, b.begun_at), NULL, coalesce(l.recorded_at, b.recorded_at), NULL
    FROM begun b LEFT JOIN last l USING (subject, source)
    WHERE NOT coalesce(l.gone, false)
)
SELECT i.subject, t.name AS type, c.value, s.name AS source, i.begins AS "from", i.ends AS "until", i.recorded_at, i.superseded_at
FROM intervals i
JOIN store.claims c ON c.subject = i.subject AND c.source = i.source
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = i.source;
