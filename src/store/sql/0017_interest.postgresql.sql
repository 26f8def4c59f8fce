-- Whom a case is about, and which persons of the bank are related to a customer: they withdraw from its cases.
CREATE TABLE process_party (
    case_number bigint NOT NULL REFERENCES process_case (number),
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    PRIMARY KEY (case_number, customer)
);
INSERT INTO process_party (case_number, customer)
SELECT c.number, a.customer FROM process_case c JOIN application a ON c.subject = 'application/' || a.id;
CREATE TABLE interest (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    person text COLLATE "C" NOT NULL, -- of the accounts: a natural person
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    relation text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    declared_by text COLLATE "C" NOT NULL,
    until bigint,
    ended_by text COLLATE "C",
    CHECK ((until IS NULL) = (ended_by IS NULL))
);
CREATE INDEX interest_person ON interest (person, customer);
