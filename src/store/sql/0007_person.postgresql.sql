-- The natural person behind an account: two accounts of one person are one person wherever duties are kept apart.
ALTER TABLE bank_user ADD COLUMN person text COLLATE "C" NOT NULL DEFAULT '';
UPDATE bank_user SET person = id;
CREATE INDEX bank_user_person ON bank_user (person);
