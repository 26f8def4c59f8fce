-- Whom a case is about, and which persons of the bank are related to a customer: they withdraw from its cases.
CREATE TABLE process_party (
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    customer TEXT NOT NULL REFERENCES customer (id),
    PRIMARY KEY (case_number, customer)
) STRICT;
INSERT INTO process_party (case_number, customer)
SELECT c.number, a.customer FROM process_case c JOIN application a ON c.subject = 'application/' || a.id;
CREATE TABLE interest (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    person TEXT NOT NULL, -- of the accounts: a natural person
    customer TEXT NOT NULL REFERENCES customer (id),
    relation TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    declared_by TEXT NOT NULL,
    until INTEGER,
    ended_by TEXT,
    CHECK ((until IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX interest_person ON interest (person, customer);
