-- Ties between customers: shares, control by other means, economic dependence.
CREATE TABLE customer_tie (
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    number bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    other text COLLATE "C" NOT NULL REFERENCES customer (id),
    share bigint NOT NULL, -- hundredths of a per cent; 0: none
    since bigint NOT NULL,
    until bigint,
    reason text COLLATE "C" NOT NULL,
    PRIMARY KEY (customer, number)
);
CREATE INDEX customer_tie_other ON customer_tie (other);
