-- Each two characters that follow one another in the folded names of a customer: a part of a name is looked for among
-- those that have its rarest two.
CREATE TABLE customer_gram (
    gram text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    PRIMARY KEY (gram, customer)
);
INSERT INTO customer_gram (gram, customer) SELECT DISTINCT substr(folded, n, 2), customer
FROM customer_scope, generate_series(1, length(folded)::integer - 1) AS n WHERE organisation = '';
