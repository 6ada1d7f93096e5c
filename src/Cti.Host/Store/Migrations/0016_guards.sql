-- Who let plans pass that were beyond their limits, and the time a plan is of, so that a sink can go back to it.

ALTER TABLE plans ADD COLUMN now TIMESTAMP;

CREATE TABLE approvals (plan_id UUID, granted_by VARCHAR, granted_at TIMESTAMP, revoked_at TIMESTAMP);

-- What a sink wanted when it was last applied, and left out.
CREATE TABLE store.left_out (
    sink INTEGER, indicator UUID,
    reason UTINYINT  -- 1: a larger entry stands for it; 2: no room
);

CREATE VIEW left_out AS
SELECT s.pipeline, s.name AS sink, l.indicator, CASE l.reason WHEN 1 THEN 'covered' ELSE 'capacity' END AS reason
FROM store.left_out l JOIN store.sinks s ON s.id = l.sink;
