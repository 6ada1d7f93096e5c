-- The store, first version. Schema `store` holds what is written per record, with small numbers instead of repeated texts (a constant VARCHAR
-- column costs as much as a UUID column; docs/decisions/0005). The views in `main` are the public interface: stable names, texts, no codes.

CREATE SCHEMA store;

-- What stands behind the numbers --------------------------------------------------------------------------------------------------------------
CREATE TABLE store.observable_types (code UTINYINT, name VARCHAR);
INSERT INTO store.observable_types VALUES
    (1, 'ipv4'), (2, 'ipv6'), (3, 'cidr'), (4, 'ip_port'), (5, 'domain'), (6, 'url'), (7, 'email'),
    (8, 'md5'), (9, 'sha1'), (10, 'sha256'), (11, 'sha512');
CREATE TABLE store.tlp (code UTINYINT, name VARCHAR);
INSERT INTO store.tlp VALUES (0, 'clear'), (1, 'green'), (2, 'amber'), (3, 'amber+strict'), (4, 'red');
CREATE TABLE store.ops (code UTINYINT, name VARCHAR);
INSERT INTO store.ops VALUES (1, 'added'), (2, 'changed'), (3, 'withdrawn');
CREATE TABLE store.sources (
    id INTEGER, name VARCHAR, pipeline VARCHAR, reliability VARCHAR, credibility UTINYINT, confidence UTINYINT, tlp UTINYINT,
    trust_group VARCHAR, license VARCHAR,
    weight INTEGER  -- reliability and credibility percentages together, 0 to 200, as F# Score.weight gives it
);
CREATE TABLE store.label_sets (id INTEGER, labels VARCHAR[]);
INSERT INTO store.label_sets VALUES (0, []);
CREATE TABLE store.uris (id INTEGER, uri VARCHAR);
CREATE TABLE store.sinks (id INTEGER, name VARCHAR, pipeline VARCHAR);
CREATE TABLE store.score_settings (pipeline VARCHAR, type UTINYINT, lifetime_us BIGINT, decay_speed DOUBLE);

-- Written per record: no key constraint (an indexed insert costs microseconds; epochs merge by UUID instead), and each column's compression is said, so
-- that DuckDB does not try them all on every row group (docs/performance.md) ---------------------------------------------------------------------
CREATE TABLE store.observations (
    id UUID USING COMPRESSION uncompressed, subject UUID USING COMPRESSION uncompressed, source INTEGER USING COMPRESSION bitpacking,
    event_time TIMESTAMP USING COMPRESSION bitpacking,
    first_seen TIMESTAMP USING COMPRESSION bitpacking,  -- NULL where it is the event time
    recorded_at TIMESTAMP USING COMPRESSION bitpacking, confidence UTINYINT USING COMPRESSION bitpacking,
    tlp UTINYINT USING COMPRESSION bitpacking, labels INTEGER USING COMPRESSION bitpacking, uri INTEGER USING COMPRESSION bitpacking,
    line BIGINT USING COMPRESSION bitpacking, byte_offset BIGINT USING COMPRESSION bitpacking,
    description VARCHAR USING COMPRESSION fsst, reference_urls VARCHAR USING COMPRESSION fsst  -- one a line
);
CREATE TABLE store.claims (
    subject UUID USING COMPRESSION uncompressed, source INTEGER USING COMPRESSION bitpacking, type UTINYINT USING COMPRESSION bitpacking,
    value VARCHAR USING COMPRESSION fsst, low UHUGEINT USING COMPRESSION bitpacking, high UHUGEINT USING COMPRESSION bitpacking,
    first_seen TIMESTAMP USING COMPRESSION bitpacking, last_seen TIMESTAMP USING COMPRESSION bitpacking,
    recorded_at TIMESTAMP USING COMPRESSION bitpacking, changed_at TIMESTAMP USING COMPRESSION bitpacking,
    asserted_at TIMESTAMP USING COMPRESSION bitpacking, withdrawn_at TIMESTAMP USING COMPRESSION bitpacking,
    confidence UTINYINT USING COMPRESSION bitpacking, tlp UTINYINT USING COMPRESSION bitpacking, labels INTEGER USING COMPRESSION bitpacking,
    observations INTEGER USING COMPRESSION bitpacking, revision INTEGER USING COMPRESSION bitpacking,
    description VARCHAR USING COMPRESSION fsst, described_at TIMESTAMP USING COMPRESSION bitpacking,  -- the newest, and when it was said last
    reference_urls VARCHAR USING COMPRESSION fsst  -- one a line, sixteen at most
);
CREATE TABLE store.changes (
    sequence BIGINT USING COMPRESSION bitpacking, indicator UUID USING COMPRESSION uncompressed, revision INTEGER USING COMPRESSION bitpacking,
    op UTINYINT USING COMPRESSION bitpacking, recorded_at TIMESTAMP USING COMPRESSION bitpacking
);
CREATE TABLE store.screenings (
    run UUID, code VARCHAR, type UTINYINT, value VARCHAR, list VARCHAR, entry VARCHAR, source VARCHAR, uri VARCHAR, line BIGINT,
    byte_offset BIGINT, recorded_at TIMESTAMP
);
CREATE TABLE store.deliveries (
    sink INTEGER USING COMPRESSION bitpacking, indicator UUID USING COMPRESSION uncompressed, revision INTEGER USING COMPRESSION bitpacking,
    op UTINYINT USING COMPRESSION bitpacking, acknowledgement BIGINT USING COMPRESSION bitpacking
);
-- One row per applied plan or acknowledged batch: what the deliveries of it have in common.
CREATE TABLE store.acknowledgements (id BIGINT, sink INTEGER, acknowledged_at TIMESTAMP, receipt VARCHAR);

-- Few rows each --------------------------------------------------------------------------------------------------------------------------------
CREATE TABLE runs (
    run_id UUID, pipeline VARCHAR, config_hash VARCHAR, version VARCHAR, now TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP,
    status VARCHAR,  -- running, done, failed, drained, aborted, waiting (for approval), interrupted (killed; closed by the next run)
    message VARCHAR
);
CREATE TABLE stage_counts (
    run_id UUID, stage VARCHAR, "in" BIGINT, expanded BIGINT, "out" BIGINT, screened BIGINT, rejected BIGINT, merged BIGINT, dropped BIGINT,
    in_flight BIGINT
);
CREATE TABLE cursors (
    kind VARCHAR,  -- source or sink
    name VARCHAR, uri VARCHAR, position BIGINT, line BIGINT, size BIGINT, modified_us BIGINT, content_hash VARCHAR, header VARCHAR,
    -- Behind a complete body only: what it is recognised by (RFC 9110, section 8.8, and a hash of our own).
    etag VARCHAR, last_modified VARCHAR, body_hash VARCHAR, updated_at TIMESTAMP
);
-- The last complete snapshot of a source that was believed: what the next one is judged by.
CREATE TABLE snapshots (
    source VARCHAR, records BIGINT,
    asserted_at TIMESTAMP  -- claims asserted then or later are on it
);
-- What was wrong with a source as a whole, run by run.
CREATE TABLE alarms (run_id UUID, source VARCHAR, code VARCHAR, message VARCHAR, recorded_at TIMESTAMP);
CREATE TABLE dead_letters (
    run_id UUID, stage VARCHAR, code VARCHAR, message VARCHAR, field VARCHAR, value VARCHAR, source VARCHAR, uri VARCHAR, line BIGINT,
    byte_offset BIGINT, original BLOB, attempts INTEGER, recorded_at TIMESTAMP
);
CREATE TABLE objects (id VARCHAR, type VARCHAR, modified TIMESTAMP, source VARCHAR, object JSON, recorded_at TIMESTAMP);
CREATE TABLE plans (
    plan_id UUID, run_id UUID, sink VARCHAR, pipeline VARCHAR,
    status VARCHAR,  -- applied, empty, waiting (manual or beyond a limit), failed
    held BIGINT, added BIGINT, changed BIGINT, withdrawn BIGINT, reason VARCHAR, receipt VARCHAR, planned_at TIMESTAMP, applied_at TIMESTAMP
);
CREATE TABLE verdicts (subject UUID, verdict VARCHAR, reporter VARCHAR, comment VARCHAR, reported_at TIMESTAMP, recorded_at TIMESTAMP);
CREATE TABLE configs (hash VARCHAR, pipeline VARCHAR, content VARCHAR, first_used_at TIMESTAMP);

-- The public interface -------------------------------------------------------------------------------------------------------------------------
CREATE VIEW claims AS
SELECT c.subject, t.name AS type, c.value, s.name AS source, c.low, c.high, c.first_seen, c.last_seen, c.recorded_at, c.changed_at,
    c.asserted_at, c.withdrawn_at, c.confidence, p.name AS tlp, l.labels, c.observations, c.revision, c.description,
    coalesce(string_split(c.reference_urls, chr(10)), []) AS reference_urls
FROM store.claims c
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = c.source
JOIN store.tlp p ON p.code = c.tlp
JOIN store.label_sets l ON l.id = c.labels;

CREATE VIEW observations AS
SELECT o.id, o.subject, t.name AS type, c.value, s.name AS source, o.event_time, coalesce(o.first_seen, o.event_time) AS first_seen,
    o.recorded_at, o.confidence, p.name AS tlp, l.labels, u.uri, o.line, o.byte_offset, o.description,
    coalesce(string_split(o.reference_urls, chr(10)), []) AS reference_urls
FROM store.observations o
JOIN store.claims c ON c.subject = o.subject AND c.source = o.source
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = o.source
JOIN store.tlp p ON p.code = o.tlp
JOIN store.label_sets l ON l.id = o.labels
JOIN store.uris u ON u.id = o.uri;

-- For a viewer that may see everything; sinks fold their own view in F#.
CREATE VIEW indicators AS
SELECT c.subject AS indicator, any_value(t.name) AS type, any_value(c.value) AS value, min(c.first_seen) AS first_seen,
    max(c.last_seen) AS last_seen, min(c.recorded_at) AS created, max(c.changed_at) AS modified,
    CASE WHEN count(*) FILTER (c.withdrawn_at IS NULL) = 0 THEN max(c.withdrawn_at) END AS withdrawn_at,
    (SELECT name FROM store.tlp WHERE code = max(c.tlp)) AS tlp,
    list_sort(list_distinct(flatten(list(l.labels)))) AS labels,
    list_sort(list(s.name)) AS sources, count(*) AS source_count, sum(c.observations)::BIGINT AS observations, max(c.revision) AS revision,
    arg_min(c.description, {
        'gone': c.withdrawn_at IS NOT NULL, 'quiet': -(c.confidence::INTEGER * s.weight // 2), 'name': s.name
    }) FILTER (c.description IS NOT NULL) AS description,
    coalesce(list_sort(list_distinct(flatten(
        list(string_split(c.reference_urls, chr(10))) FILTER (c.reference_urls IS NOT NULL)
    ))), []) AS reference_urls
FROM store.claims c
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = c.source
JOIN store.label_sets l ON l.id = c.labels
GROUP BY c.subject;

-- The score of F# (Score.fs) written in SQL; a test holds the two equal over random claims.
CREATE VIEW score_now AS
WITH worth AS (
    SELECT c.subject, c.type, c.value, c.last_seen, s.name, coalesce(s.trust_group, s.name) AS trust_group,
        c.confidence::INTEGER * s.weight // 2 AS worth
    FROM store.claims c JOIN store.sources s ON s.id = c.source
    WHERE c.withdrawn_at IS NULL
), spoken AS (
    SELECT subject, any_value(type) AS type, any_value(value) AS value, max(last_seen) AS last_seen,
        min({'quiet': -worth, 'name': name}) AS speaker
    FROM worth GROUP BY subject, trust_group
), based AS (
    SELECT subject, any_value(type) AS type, any_value(value) AS value, max(last_seen) AS last_seen,
        list_reduce(list_prepend(0, list(-speaker.quiet ORDER BY speaker.name)), lambda a, x: a + (10000 - a) * x // 10000) AS base
    FROM spoken GROUP BY subject
)
SELECT g.pipeline, b.subject AS indicator, t.name AS type, b.value, b.last_seen, b.base AS base_exact,
    CASE
        WHEN get_current_timestamp()::TIMESTAMP <= b.last_seen THEN b.base
        WHEN epoch_us(get_current_timestamp()::TIMESTAMP) - epoch_us(b.last_seen) >= g.lifetime_us THEN 0
        ELSE floor(b.base * (1 - pow((epoch_us(get_current_timestamp()::TIMESTAMP) - epoch_us(b.last_seen)) / g.lifetime_us, 1 / g.decay_speed)))::INTEGER
    END AS score_exact, score_exact // 100 AS score, b.base // 100 AS base
FROM based b
JOIN store.observable_types t ON t.code = b.type
JOIN store.score_settings g ON g.type = b.type;

CREATE VIEW changes AS
SELECT c.sequence, c.indicator, c.revision, o.name AS op, c.recorded_at
FROM store.changes c JOIN store.ops o ON o.code = c.op;

CREATE VIEW screenings AS
SELECT x.run AS run_id, x.code, t.name AS type, x.value, x.list, x.entry, x.source, x.uri, x.line, x.byte_offset, x.recorded_at
FROM store.screenings x LEFT JOIN store.observable_types t ON t.code = x.type;  -- no type: refused before it was known

CREATE VIEW deliveries AS
SELECT n.name AS sink, n.pipeline, d.indicator, d.revision, o.name AS op, a.acknowledged_at, a.receipt
FROM store.deliveries d
JOIN store.acknowledgements a ON a.id = d.acknowledgement
JOIN store.sinks n ON n.id = d.sink
JOIN store.ops o ON o.code = d.op;

-- What every sink holds: its last acknowledged word on each indicator, unless that was a withdrawal.
CREATE VIEW sink_state AS
SELECT n.name AS sink, n.pipeline, d.indicator, d.revision, a.acknowledged_at, a.receipt
FROM (
    SELECT sink, indicator, arg_max(revision, acknowledgement) AS revision, arg_max(op, acknowledgement) AS op,
        max(acknowledgement) AS acknowledgement
    FROM store.deliveries GROUP BY sink, indicator
) d
JOIN store.acknowledgements a ON a.id = d.acknowledgement
JOIN store.sinks n ON n.id = d.sink
WHERE d.op <> 3;

CREATE VIEW books AS
SELECT r.run_id, r.pipeline, r.status, b.stage, b."in", b.expanded, b."out", b.screened, b.rejected, b.merged, b.dropped, b.in_flight,
    b."in" + b.expanded - b."out" - b.screened - b.rejected - b.merged - b.dropped - b.in_flight AS missing
FROM stage_counts b JOIN runs r ON r.run_id = b.run_id;
