-- Written delegation: one person stands in for another in the tasks of a post, from a day to a day.
CREATE TABLE delegation (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    delegator TEXT NOT NULL REFERENCES bank_user (id),
    delegate TEXT NOT NULL REFERENCES bank_user (id),
    organisation TEXT NOT NULL REFERENCES organisation (id), -- with the role: the delegator's post
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    document TEXT NOT NULL, -- its number
    reason TEXT NOT NULL,
    made INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    revoked INTEGER,
    revoked_by TEXT,
    revoke_reason TEXT,
    CHECK (until > since),
    CHECK (delegator <> delegate),
    CHECK ((revoked IS NULL) = (revoked_by IS NULL))
) STRICT;
CREATE INDEX delegation_delegate ON delegation (delegate, until);
CREATE INDEX delegation_delegator ON delegation (delegator, until);
ALTER TABLE process_task ADD COLUMN claimed_for TEXT; -- in whose stead; NULL: in their own right
