-- Imports of customers: how far each file came, and which of its rows were refused.
CREATE TABLE customer_import (
    id TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the file
    started INTEGER NOT NULL,
    judged INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    finished INTEGER
) STRICT;
CREATE TABLE customer_import_refusal (
    import TEXT NOT NULL REFERENCES customer_import (id),
    place INTEGER NOT NULL,
    line INTEGER NOT NULL,
    slug TEXT NOT NULL,
    english TEXT NOT NULL,
    chinese TEXT NOT NULL,
    PRIMARY KEY (import, place)
) STRICT, WITHOUT ROWID;
