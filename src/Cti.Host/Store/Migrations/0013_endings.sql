-- Ends that sources give themselves (docs/decisions/0020): an observation may say until when it is so. The last word of a source counts; the absences of
-- its claim follow from all of them.

ALTER TABLE store.observations ADD COLUMN valid_until TIMESTAMP;  -- never before the event time; NULL: no end is given
ALTER TABLE store.claims ADD COLUMN valid_until TIMESTAMP;        -- in the last word of the source, past or future

CREATE OR REPLACE VIEW claims AS
SELECT c.subject, t.name AS type, c.value, s.name AS source, c.low, c.high, c.first_seen, c.last_seen, c.recorded_at, c.changed_at,
    c.asserted_at, c.withdrawn_at, c.valid_until, c.confidence, p.name AS tlp, l.labels, c.observations, c.revision, c.description,
    coalesce(string_split(c.reference_urls, chr(10)), []) AS reference_urls
FROM store.claims c
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = c.source
JOIN store.tlp p ON p.code = c.tlp
JOIN store.label_sets l ON l.id = c.labels;

CREATE OR REPLACE VIEW observations AS
SELECT o.id, o.subject, t.name AS type, c.value, s.name AS source, o.event_time, coalesce(o.first_seen, o.event_time) AS first_seen,
    o.valid_until, o.recorded_at, o.confidence, p.name AS tlp, l.labels, u.uri, o.line, o.byte_offset, o.description,
    coalesce(string_split(o.reference_urls, chr(10)), []) AS reference_urls
FROM store.observations o
JOIN store.claims c ON c.subject = o.subject AND c.source = o.source
JOIN store.observable_types t ON t.code = c.type
JOIN store.sources s ON s.id = o.source
JOIN store.tlp p ON p.code = o.tlp
JOIN store.label_sets l ON l.id = o.labels
JOIN store.uris u ON u.id = o.uri;

-- As before, but for what never stood.
CREATE OR REPLACE VIEW claim_history AS
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
JOIN store.sources s ON s.id = i.source
-- What had ended when it was first said never stood.
WHERE i.ends IS NULL OR i.begins < i.ends;
