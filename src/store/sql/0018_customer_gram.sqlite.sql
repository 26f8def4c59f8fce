-- Each two characters that follow one another in the folded names of a customer: a part of a name is looked for among
-- those that have its rarest two.
CREATE TABLE customer_gram (
    gram TEXT NOT NULL,
    customer TEXT NOT NULL REFERENCES customer (id),
    PRIMARY KEY (gram, customer)
) STRICT, WITHOUT ROWID;
WITH RECURSIVE place (customer, folded, n) AS (SELECT customer, folded, 1 FROM customer_scope WHERE organisation = ''
UNION ALL SELECT customer, folded, n + 1 FROM place WHERE n + 2 <= length(folded))
INSERT INTO customer_gram (gram, customer) SELECT DISTINCT substr(folded, n, 2), customer FROM place
WHERE length(folded) > 1;
