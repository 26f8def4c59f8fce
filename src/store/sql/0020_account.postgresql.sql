-- Passwords that an administrator set, to be changed before anything else, and those that a user had before; the orders
-- in which accounts are listed.
ALTER TABLE bank_user ADD COLUMN password_change bigint NOT NULL DEFAULT 0 CHECK (password_change IN (0, 1));
ALTER TABLE session ADD COLUMN confined bigint NOT NULL DEFAULT 0 CHECK (confined IN (0, 1)); -- until the password is changed
CREATE TABLE password_past (
    bank_user text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    number bigint NOT NULL,
    password text COLLATE "C" NOT NULL, -- argon2id, encoded
    PRIMARY KEY (bank_user, number)
);
CREATE INDEX bank_user_name ON bank_user (name, id);
CREATE INDEX bank_user_created ON bank_user (created, id);
