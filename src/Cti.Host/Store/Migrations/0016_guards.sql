-- Who let plans pass that were beyond their limits, and the time a plan is of, so that a sink can go back to it.

ALTER TABLE plans ADD COLUMN now TIMESTAMP;

CREATE TABLE approvals (plan_id UUID, granted_by VARCHAR, granted_at TIMESTAMP, revoked_at TIMESTAMP);
