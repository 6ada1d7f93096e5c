-- What enrichment said of subjects, what lists hold back from sinks, and which lists and tables were asked last (docs/decisions/0013).

CREATE TABLE store.facts (
    pipeline VARCHAR, subject UUID, country VARCHAR, asn BIGINT, as_name VARCHAR, registered_domain VARCHAR, kev BOOLEAN, kev_ransomware BOOLEAN,
    kev_added TIMESTAMP,
    epss INTEGER, epss_percentile INTEGER,  -- in thousand-millionths
    recorded_at TIMESTAMP
);
-- By pipeline: the content of its tables, and the last entry of the log whose subject was looked up in them.
CREATE TABLE store.enrichments (pipeline VARCHAR, fingerprint VARCHAR, sequence BIGINT, recorded_at TIMESTAMP);
-- By pipeline: the content of the lists everything in the store was last held against, and what they hold back.
CREATE TABLE store.screens (pipeline VARCHAR, fingerprint VARCHAR, recorded_at TIMESTAMP);
CREATE TABLE store.held_back (pipeline VARCHAR, indicator UUID, code VARCHAR, list VARCHAR, entry VARCHAR, recorded_at TIMESTAMP);

CREATE VIEW facts AS
SELECT f.pipeline, f.subject AS indicator, f.country, f.asn, f.as_name, f.registered_domain, f.kev, f.kev_ransomware, f.kev_added, f.epss / 1e9 AS epss,
    f.epss_percentile / 1e9 AS epss_percentile, f.recorded_at
FROM store.facts f;

-- What lists hold back from a pipeline's sinks although it is in the store.
CREATE VIEW held_back AS SELECT h.pipeline, h.indicator, h.code, h.list, h.entry, h.recorded_at FROM store.held_back h;
