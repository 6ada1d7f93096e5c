-- What collections of the TAXII server hold: a log of versions, in the order in which they were added.

CREATE TABLE store.published (
    collection INTEGER,  -- the sink's number
    place BIGINT,  -- counts up within a collection, and has gaps where something was deleted
    added TIMESTAMP,  -- later than that of every place before: a page that ends anywhere can be asked on by it
    type VARCHAR, id UUID,
    version TIMESTAMP,  -- NULL where an object has none; its version is then when it was added (TAXII 2.1 §3.4.1)
    is_first BOOLEAN, is_last BOOLEAN,  -- of the versions of the object that are there
    is_end BOOLEAN,  -- tells that the pipeline holds the indicator no more
    tlp UTINYINT,
    publisher VARCHAR,  -- the user who added it; NULL for the pipeline
    bytes INTEGER,  -- of the content: how much of a page it takes is known before it is read
    content VARCHAR
);
CREATE TABLE store.taxii_statuses (id UUID, collection INTEGER, publisher VARCHAR, requested_at TIMESTAMP, status VARCHAR);

CREATE VIEW published AS
SELECT s.pipeline, s.name AS sink, p.place, p.added, p.type || '--' || p.id AS id, p.type, coalesce(p.version, p.added) AS version,
    p.is_last, p.is_end, t.name AS tlp, p.publisher, p.content
FROM store.published p
JOIN store.sinks s ON s.id = p.collection
JOIN store.tlp t ON t.code = p.tlp;
