-- Stream sinks with tasks of their own: a cursor keeps the receipt of what it stands for, a dead letter of a sink says which revision it is about
-- (docs/decisions/0014).

ALTER TABLE cursors ADD COLUMN receipt VARCHAR DEFAULT '';
ALTER TABLE dead_letters ADD COLUMN indicator UUID;
ALTER TABLE dead_letters ADD COLUMN revision INTEGER;
ALTER TABLE dead_letters ADD COLUMN op VARCHAR;
