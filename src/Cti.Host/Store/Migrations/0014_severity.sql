-- What records of vulnerabilities and the catalogue of ATT&CK say of subjects (docs/decisions/0025). Lists are JSON arrays.

ALTER TABLE store.facts ADD COLUMN cvss INTEGER;  -- base score in tenths
ALTER TABLE store.facts ADD COLUMN cvss_severity VARCHAR;
ALTER TABLE store.facts ADD COLUMN cvss_version VARCHAR;
ALTER TABLE store.facts ADD COLUMN cvss_vector VARCHAR;
ALTER TABLE store.facts ADD COLUMN cwe VARCHAR;
ALTER TABLE store.facts ADD COLUMN attack_name VARCHAR;
ALTER TABLE store.facts ADD COLUMN attack_tactics VARCHAR;
ALTER TABLE store.facts ADD COLUMN attack_status VARCHAR;
ALTER TABLE store.facts ADD COLUMN attack_replacement VARCHAR;

CREATE OR REPLACE VIEW facts AS
SELECT f.pipeline, f.subject AS indicator, f.country, f.asn, f.as_name, f.registered_domain, f.kev, f.kev_ransomware, f.kev_added, f.epss / 1e9 AS epss,
    f.epss_percentile / 1e9 AS epss_percentile, f.recorded_at, (f.cvss / 10)::DECIMAL(3, 1) AS cvss, f.cvss_severity, f.cvss_version, f.cvss_vector,
    from_json(f.cwe, '["VARCHAR"]') AS cwe, f.attack_name, from_json(f.attack_tactics, '["VARCHAR"]') AS attack_tactics, f.attack_status,
    f.attack_replacement
FROM store.facts f;
