-- By what name an issuer of OpenID Connect knows a user.
CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    bank_user TEXT NOT NULL REFERENCES bank_user (id),
    created INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (bank_user, issuer)
) STRICT;
