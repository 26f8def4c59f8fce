-- The cases of a customer.
CREATE INDEX process_party_customer ON process_party (customer, case_number);
