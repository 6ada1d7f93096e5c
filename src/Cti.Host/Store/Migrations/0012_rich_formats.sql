-- Patterns and rules as subjects, foreign objects kept word for word, and what was not carried over (docs/decisions/0020).

INSERT INTO store.observable_types VALUES
    (27, 'stix_pattern'), (28, 'yara_rule'), (29, 'sigma_rule'), (30, 'suricata_rule'), (31, 'snort_rule');

-- Nothing wrote it before.
DROP TABLE objects;
CREATE TABLE objects (
    id VARCHAR USING COMPRESSION fsst, type VARCHAR USING COMPRESSION dictionary,
    modified TIMESTAMP USING COMPRESSION bitpacking,  -- of this version; NULL where the format has no versions: the one recorded last counts
    source VARCHAR USING COMPRESSION dictionary, tlp VARCHAR USING COMPRESSION dictionary,
    object VARCHAR USING COMPRESSION fsst,            -- as it stood in the source, byte for byte
    uri VARCHAR USING COMPRESSION dictionary, line BIGINT USING COMPRESSION bitpacking, byte_offset BIGINT USING COMPRESSION bitpacking,
    recorded_at TIMESTAMP USING COMPRESSION bitpacking
);
-- What a subject's claim by a source was made of.
CREATE TABLE store.derivations (
    subject UUID USING COMPRESSION uncompressed, source VARCHAR USING COMPRESSION dictionary, object VARCHAR USING COMPRESSION fsst,
    recorded_at TIMESTAMP USING COMPRESSION bitpacking
);
CREATE VIEW derivations AS SELECT d.subject AS indicator, d.source, d.object, d.recorded_at FROM store.derivations d;

-- Of losses alike (run, stage, source, code, path) the first hundred are kept as they are; `loss_counts` has the number of all.
CREATE TABLE losses (
    run_id UUID,
    stage VARCHAR,       -- read, or sink:NAME
    source VARCHAR,      -- NULL of a sink
    code VARCHAR, path VARCHAR, value VARCHAR, uri VARCHAR, line BIGINT, byte_offset BIGINT, recorded_at TIMESTAMP
);
CREATE TABLE loss_counts (run_id UUID, stage VARCHAR, source VARCHAR, code VARCHAR, path VARCHAR, losses BIGINT);
