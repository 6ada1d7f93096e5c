-- The number a sink gave to an indicator, where its format's entries go by number. Given once, never to another.
CREATE TABLE store.numbers (sink INTEGER, indicator UUID, number INTEGER);

CREATE VIEW numbers AS
SELECT s.pipeline, s.name AS sink, n.indicator, n.number FROM store.numbers n JOIN store.sinks s ON s.id = n.sink;
