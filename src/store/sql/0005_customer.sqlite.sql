-- Customers: identities shared by all legal entities, in versions; who looks after them; their lists.
CREATE TABLE customer (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL, -- the newest
    created INTEGER NOT NULL,
    merged_into TEXT REFERENCES customer (id)
) STRICT;
CREATE TABLE customer_version (
    customer TEXT NOT NULL REFERENCES customer (id),
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, -- a day
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON
    PRIMARY KEY (customer, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_identifier (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    customer TEXT NOT NULL REFERENCES customer (id),
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_identifier_customer ON customer_identifier (customer);
CREATE TABLE customer_name (
    name_key TEXT NOT NULL,
    customer TEXT NOT NULL REFERENCES customer (id),
    PRIMARY KEY (name_key, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_name_customer ON customer_name (customer);
-- One row for each organisation that stands at or above one that looks after the customer, and one with the empty
-- organisation: so a page within any reach, in any order, is a piece of an index.
CREATE TABLE customer_scope (
    organisation TEXT NOT NULL,
    name TEXT NOT NULL,
    customer TEXT NOT NULL REFERENCES customer (id),
    type TEXT NOT NULL,
    folded TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (organisation, name, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_scope_customer ON customer_scope (customer, organisation);
CREATE INDEX customer_scope_created ON customer_scope (organisation, created, customer, type, folded);
CREATE TABLE customer_listing (
    customer TEXT NOT NULL REFERENCES customer (id),
    number INTEGER NOT NULL,
    list TEXT NOT NULL,
    legal_entity TEXT NOT NULL REFERENCES legal_entity (id),
    since INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (customer, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_listing_list ON customer_listing (list, legal_entity);
