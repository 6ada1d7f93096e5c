-- What services answered about subjects, kept until it is asked for again (docs/decisions/0028).

CREATE TABLE store.answers (
    pipeline VARCHAR, enricher VARCHAR,
    declared VARCHAR,  -- a hash of what was asked, and which facts were taken
    subject UUID, type UTINYINT, value VARCHAR,
    since TIMESTAMP,  -- when it was first said
    asked_at TIMESTAMP,  -- when it was last said
    found BOOLEAN,
    facts VARCHAR  -- a JSON object
);

-- The last answer of each service about each subject.
CREATE VIEW answers AS
SELECT a.pipeline, a.enricher, a.subject AS indicator, t.name AS type, a.value, a.since, a.asked_at, a.found, a.facts::JSON AS facts
FROM store.answers a JOIN store.observable_types t ON t.code = a.type
QUALIFY row_number() OVER (PARTITION BY a.pipeline, a.enricher, a.subject ORDER BY a.since DESC) = 1;
