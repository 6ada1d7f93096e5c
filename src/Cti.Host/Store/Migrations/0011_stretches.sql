-- What a stream sink acknowledged, by stretches of the log: entries `first_entry` to `last_entry`, each as the log says it. A sink was told otherwise in
-- `store.deliveries` (docs/decisions/0014). Stretches of one sink never overlap.
CREATE TABLE store.stretches (sink INTEGER, first_entry BIGINT, last_entry BIGINT, acknowledgement BIGINT);

-- Whether something was sent behind a sink's position and not noted: then the endpoint may have it.
ALTER TABLE cursors ADD COLUMN in_doubt BOOLEAN DEFAULT false;

CREATE VIEW store.told AS
SELECT sink, indicator, revision, op, acknowledgement FROM store.deliveries
UNION ALL
SELECT s.sink, c.indicator, c.revision, c.op, s.acknowledgement
FROM store.stretches s JOIN store.changes c ON c.sequence BETWEEN s.first_entry AND s.last_entry;

CREATE OR REPLACE VIEW deliveries AS
SELECT n.name AS sink, n.pipeline, d.indicator, d.revision, o.name AS op, a.acknowledged_at, a.receipt
FROM store.told d
JOIN store.acknowledgements a ON a.id = d.acknowledgement
JOIN store.sinks n ON n.id = d.sink
JOIN store.ops o ON o.code = d.op;

CREATE OR REPLACE VIEW sink_state AS
SELECT n.name AS sink, n.pipeline, d.indicator, d.revision, a.acknowledged_at, a.receipt
FROM (
    SELECT sink, indicator, arg_max(revision, acknowledgement) AS revision, arg_max(op, acknowledgement) AS op,
        max(acknowledgement) AS acknowledgement
    FROM store.told GROUP BY sink, indicator
) d
JOIN store.acknowledgements a ON a.id = d.acknowledgement
JOIN store.sinks n ON n.id = d.sink
WHERE d.op <> 3;
