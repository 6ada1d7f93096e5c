-- What services answered about subjects, kept until it is asked for again (docs/decisions/0026).

CREATE TABLE store.answers (
    pipeline VARCHAR, enricher VARCHAR,
    declared VARCHAR,  -- a hash of what was asked, and which facts were taken
    subject UUID, type UTINYINT, value VARCHAR,
    asked_at TIMESTAMP, found BOOLEAN,
    facts VARCHAR  -- a JSON object
);

CREATE VIEW answers AS
SELECT a.pipeline, a.enricher, a.subject AS indicator, t.name AS type, a.value, a.asked_at, a.found, a.facts::JSON AS facts
FROM store.answers a JOIN store.observable_types t ON t.code = a.type;
