-- Second factors that their users enrol: one that is begun and not confirmed, one that is due before anything else, codes
-- for when it is lost, and whether a session showed one.
ALTER TABLE bank_user ADD COLUMN totp_begun bytea; -- sealed; a key of the second factor from when it is confirmed
ALTER TABLE bank_user ADD COLUMN totp_begun_at bigint NOT NULL DEFAULT 0;
ALTER TABLE bank_user ADD COLUMN factor_due bigint NOT NULL DEFAULT 0 CHECK (factor_due IN (0, 1));
ALTER TABLE session ADD COLUMN factor bigint NOT NULL DEFAULT 0 CHECK (factor IN (0, 1)); -- shown at sign-in, or the issuer's matter
UPDATE session SET factor = 1 WHERE bank_user IN (SELECT id FROM bank_user WHERE totp_key IS NOT NULL)
    OR bank_user IN (SELECT bank_user FROM identity);
CREATE TABLE recovery_code (
    bank_user text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    digest bytea NOT NULL, -- SHA-256 of a code, which opens once in the place of the second factor
    PRIMARY KEY (bank_user, digest)
);
