-- What verdicts come to, for SQL: which subjects are false alarms now. The rule of F# (Verdict.fs); a test holds the two equal.

CREATE VIEW false_positives AS
WITH said AS (
    -- Of verdicts at one time the one that was recorded last holds.
    SELECT subject, verdict, reporter, comment, reported_at,
        row_number() OVER (PARTITION BY subject ORDER BY reported_at, recorded_at, rowid) AS place
    FROM verdicts
    WHERE verdict IN ('true_positive', 'false_positive') AND reported_at <= get_current_timestamp()::TIMESTAMP
), cleared AS (
    SELECT subject, max(place) FILTER (verdict = 'true_positive') AS place FROM said GROUP BY subject
)
SELECT s.subject AS indicator, min(s.reported_at) AS since, arg_min(s.reporter, s.place) AS reporter, arg_min(s.comment, s.place) AS comment
FROM said s JOIN cleared c USING (subject)
WHERE s.place > coalesce(c.place, 0)
GROUP BY s.subject;

-- As before, and when a false alarm was revoked.
CREATE OR REPLACE VIEW indicators AS
SELECT c.subject AS indicator, any_value(t.name) AS type, any_value(c.value) AS value, min(c.first_seen) AS first_seen,
    max(c.last_seen) AS last_seen, min(c.recorded_at) AS created, max(c.changed_at) AS modified,
    CASE WHEN count(*) FILTER (c.withdrawn_at IS NULL) = 0 THEN max(c.withdrawn_at) END AS withdrawn_at,
    any_value(f.since) AS revoked_at,
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
LEFT JOIN false_positives f ON f.indicator = c.subject
GROUP BY c.subject;

-- As before, but a false alarm has no score.
CREATE OR REPLACE VIEW score_now AS
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
        WHEN f.indicator IS NOT NULL THEN 0
        WHEN get_current_timestamp()::TIMESTAMP <= b.last_seen THEN b.base
        WHEN epoch_us(get_current_timestamp()::TIMESTAMP) - epoch_us(b.last_seen) >= g.lifetime_us THEN 0
        ELSE floor(b.base * (1 - pow((epoch_us(get_current_timestamp()::TIMESTAMP) - epoch_us(b.last_seen)) / g.lifetime_us, 1 / g.decay_speed)))::INTEGER
    END AS score_exact, score_exact // 100 AS score, b.base // 100 AS base
FROM based b
JOIN store.observable_types t ON t.code = b.type
JOIN store.score_settings g ON g.type = b.type
LEFT JOIN false_positives f ON f.indicator = b.subject;
