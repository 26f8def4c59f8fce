-- Ties between customers: shares, control by other means, economic dependence.
CREATE TABLE customer_tie (
    customer TEXT NOT NULL REFERENCES customer (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    other TEXT NOT NULL REFERENCES customer (id),
    share INTEGER NOT NULL, -- hundredths of a per cent; 0: none
    since INTEGER NOT NULL,
    until INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (customer, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_tie_other ON customer_tie (other);
