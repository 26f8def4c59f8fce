-- Imports of customers: how far each file came, and which of its rows were refused.
CREATE TABLE customer_import (
    id text COLLATE "C" NOT NULL PRIMARY KEY, -- SHA-256 of the file
    started bigint NOT NULL,
    judged bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    finished bigint
);
CREATE TABLE customer_import_refusal (
    import text COLLATE "C" NOT NULL REFERENCES customer_import (id),
    place bigint NOT NULL,
    line bigint NOT NULL,
    slug text COLLATE "C" NOT NULL,
    english text COLLATE "C" NOT NULL,
    chinese text COLLATE "C" NOT NULL,
    PRIMARY KEY (import, place)
);
