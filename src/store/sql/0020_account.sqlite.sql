-- Passwords that an administrator set, to be changed before anything else, and those that a user had before; the orders
-- in which accounts are listed.
ALTER TABLE bank_user ADD COLUMN password_change INTEGER NOT NULL DEFAULT 0 CHECK (password_change IN (0, 1));
ALTER TABLE session ADD COLUMN confined INTEGER NOT NULL DEFAULT 0 CHECK (confined IN (0, 1)); -- until the password is changed
CREATE TABLE password_past (
    bank_user TEXT NOT NULL REFERENCES bank_user (id),
    number INTEGER NOT NULL,
    password TEXT NOT NULL, -- argon2id, encoded
    PRIMARY KEY (bank_user, number)
) STRICT;
CREATE INDEX bank_user_name ON bank_user (name, id);
CREATE INDEX bank_user_created ON bank_user (created, id);
