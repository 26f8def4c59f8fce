-- Every query of the program for PostgreSQL, by name; src/store/store_query.h states the types.

-- name: migration_list
SELECT number, name, checksum, applied FROM schema_migration ORDER BY number

-- name: migration_add
INSERT INTO schema_migration (number, name, checksum, applied) VALUES ($1, $2, $3, $4)

-- name: audit_add
INSERT INTO audit_entry (number, at, actor, address, action, subject, before, after, reason, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: audit_head
SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1

-- name: audit_from
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2

-- name: audit_of_subject
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE subject = $1 AND number > $2 ORDER BY number LIMIT $3

-- name: audit_of_actor
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE actor = $1 AND number > $2 ORDER BY number LIMIT $3

-- name: idempotency_get
SELECT digest, created, status, body, etag FROM idempotency_key WHERE actor = $1 AND key = $2 AND created > $3

-- name: idempotency_add
INSERT INTO idempotency_key (actor, key, digest, created, status, body, etag) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: idempotency_drop
DELETE FROM idempotency_key WHERE created <= $1

-- name: entity_add
INSERT INTO legal_entity (id, name, created) VALUES ($1, $2, $3)

-- name: entity_get
SELECT id, name, created, closed FROM legal_entity WHERE id = $1

-- name: organisation_add
INSERT INTO organisation (id, legal_entity, parent, path, name, created) VALUES ($1, $2, $3, $4, $5, $6)

-- name: organisation_get
SELECT id, legal_entity, parent, path, name, created, closed FROM organisation WHERE id = $1

-- name: organisation_below
SELECT id, legal_entity, parent, path, name, created, closed FROM organisation
WHERE path >= $1 AND path < $2 ORDER BY path LIMIT $3

-- name: user_add
INSERT INTO bank_user (id, login, name, organisation, created, person) VALUES ($1, $2, $3, $4, $5, $6)

-- name: user_get
SELECT id, login, name, organisation, password, failures, locked_until, totp_key, totp_step, disabled,
person, password_change, totp_begun, totp_begun_at, factor_due FROM bank_user WHERE id = $1

-- name: user_by_login
SELECT id, login, name, organisation, password, failures, locked_until, totp_key, totp_step, disabled,
person, password_change, totp_begun, totp_begun_at, factor_due FROM bank_user WHERE login = $1

-- name: user_page_login
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.login, u.id) > ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.login, u.id LIMIT $10

-- name: user_page_login_down
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.login, u.id) < ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.login DESC, u.id DESC LIMIT $10

-- name: user_page_name
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.name, u.id) > ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.name, u.id LIMIT $10

-- name: user_page_name_down
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.name, u.id) < ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.name DESC, u.id DESC LIMIT $10

-- name: user_page_created
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.created, u.id) > ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.created, u.id LIMIT $10

-- name: user_page_created_down
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE (u.created, u.id) < ($1, $2)
AND ($3 = '' OR substr(o.path, 1, length($3)) = $3) AND ($4 = '' OR o.legal_entity = $4)
AND ($5 = '' OR ($5 = 'disabled' AND u.disabled IS NOT NULL) OR ($5 = 'locked' AND u.disabled IS NULL AND u.locked_until > $9)
OR ($5 = 'active' AND u.disabled IS NULL AND u.locked_until <= $9))
AND (($6 = '' AND $7 = '') OR EXISTS (SELECT 1 FROM post p WHERE p.bank_user = u.id AND ($6 = '' OR p.role = $6)
AND ($7 = '' OR p.organisation = $7) AND p.since <= $9 AND (p.until IS NULL OR p.until > $9)))
AND ($8 = '' OR strpos(u.login, $8) > 0 OR strpos(lower(u.name), $8) > 0)
ORDER BY u.created DESC, u.id DESC LIMIT $10

-- name: user_account
SELECT u.id, u.login, u.name, u.organisation, o.path, o.legal_entity, u.person, u.created, u.disabled, u.locked_until,
CAST(CASE WHEN u.password IS NOT NULL THEN 1 ELSE 0 END AS bigint), u.password_set, u.password_change, CAST(CASE WHEN u.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM bank_user u JOIN organisation o ON o.id = u.organisation
WHERE u.id = $1

-- name: sessions_of
SELECT created, seen, address, confined, digest FROM session
WHERE bank_user = $1 AND ended IS NULL AND created > $2 AND seen > $3 ORDER BY created DESC, digest LIMIT $4

-- name: user_password_set
UPDATE bank_user SET password = $2, password_set = $3, password_change = $4, failures = 0, locked_until = 0 WHERE id = $1

-- name: passwords_past
SELECT password FROM password_past WHERE bank_user = $1 ORDER BY number

-- name: password_past_add
INSERT INTO password_past (bank_user, number, password)
SELECT u.id, coalesce((SELECT max(p.number) FROM password_past p WHERE p.bank_user = u.id), 0) + 1, u.password
FROM bank_user u WHERE u.id = $1 AND u.password IS NOT NULL

-- name: password_past_drop
DELETE FROM password_past WHERE bank_user = $1
AND number <= (SELECT max(p.number) FROM password_past p WHERE p.bank_user = $1) - $2

-- name: user_failures_set
UPDATE bank_user SET failures = $2, locked_until = $3 WHERE id = $1

-- name: user_totp_set
UPDATE bank_user SET totp_key = $2, totp_step = $3, totp_begun = NULL, factor_due = 0 WHERE id = $1

-- name: user_totp_begin
UPDATE bank_user SET totp_begun = $2, totp_begun_at = $3 WHERE id = $1

-- name: user_totp_reset
UPDATE bank_user SET totp_key = NULL, totp_step = 0, totp_begun = NULL, factor_due = $2 WHERE id = $1

-- name: recovery_codes_count
SELECT count(*) FROM recovery_code WHERE bank_user = $1

-- name: recovery_code_add
INSERT INTO recovery_code (bank_user, digest) VALUES ($1, $2)

-- name: recovery_code_use
DELETE FROM recovery_code WHERE bank_user = $1 AND digest = $2

-- name: recovery_codes_drop
DELETE FROM recovery_code WHERE bank_user = $1

-- name: user_totp_seal
UPDATE bank_user SET totp_key = $2 WHERE id = $1

-- name: user_totp_keys
SELECT id, totp_key FROM bank_user WHERE totp_key IS NOT NULL ORDER BY id

-- name: user_totp_begun_seal
UPDATE bank_user SET totp_begun = $2 WHERE id = $1

-- name: user_totp_begun_keys
SELECT id, totp_begun FROM bank_user WHERE totp_begun IS NOT NULL ORDER BY id

-- name: user_totp_step_set
UPDATE bank_user SET totp_step = $2 WHERE id = $1

-- name: user_disabled_set
UPDATE bank_user SET disabled = $2 WHERE id = $1

-- name: post_add
INSERT INTO post (bank_user, organisation, role, since, until) VALUES ($1, $2, $3, $4, $5)

-- name: post_end
UPDATE post SET until = $4 WHERE bank_user = $1 AND organisation = $2 AND role = $3 AND since <= $4
AND (until IS NULL OR until > $4)

-- name: posts_of
SELECT post.organisation, post.role, organisation.path, organisation.legal_entity, post.since, post.until
FROM post JOIN organisation ON organisation.id = post.organisation
WHERE post.bank_user = $1 AND (post.until IS NULL OR post.until > $2)
ORDER BY post.organisation, post.role, post.since

-- name: posts_of_person
SELECT post.organisation, post.role, organisation.path, organisation.legal_entity, post.since, post.until
FROM post JOIN organisation ON organisation.id = post.organisation JOIN bank_user ON bank_user.id = post.bank_user
WHERE bank_user.person = $1 AND (post.until IS NULL OR post.until > $2)
ORDER BY post.organisation, post.role, post.since

-- name: delegation_last
SELECT coalesce(max(number), 0) FROM delegation

-- name: delegation_add
INSERT INTO delegation (number, delegator, delegate, organisation, role, since, until, document, reason, made, made_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: delegation_get
SELECT d.number, d.delegator, d.delegate, d.organisation, o.path, d.role, d.since, d.until, d.document, d.reason, d.made, d.made_by, d.revoked, d.revoked_by,
d.revoke_reason FROM delegation d JOIN organisation o ON o.id = d.organisation WHERE d.number = $1

-- name: delegation_page
SELECT d.number, d.delegator, d.delegate, d.organisation, o.path, d.role, d.since, d.until, d.document, d.reason, d.made, d.made_by, d.revoked, d.revoked_by,
d.revoke_reason FROM delegation d JOIN organisation o ON o.id = d.organisation
WHERE d.number > $1 AND ($2 = '' OR d.delegator = $2 OR d.delegate = $2) AND ($3 = '' OR substr(o.path, 1, length($3)) = $3)
ORDER BY d.number LIMIT $4

-- name: delegation_revoke
UPDATE delegation SET revoked = $2, revoked_by = $3, revoke_reason = $4 WHERE number = $1 AND revoked IS NULL

-- name: delegations_to_person
SELECT d.role, d.since, d.until FROM delegation d JOIN bank_user u ON u.id = d.delegate
WHERE u.person = $1 AND d.until > $2 AND d.revoked IS NULL

-- name: delegations_in_force
SELECT d.organisation, d.role, o.path, o.legal_entity, d.since, d.until, d.delegator, u.person
FROM delegation d JOIN organisation o ON o.id = d.organisation JOIN bank_user u ON u.id = d.delegator
WHERE d.delegate = $1 AND d.since <= $2 AND d.until > $2 AND d.revoked IS NULL AND u.disabled IS NULL
AND EXISTS (SELECT 1 FROM post p WHERE p.bank_user = d.delegator AND p.organisation = d.organisation AND p.role = d.role
AND p.since <= $2 AND (p.until IS NULL OR p.until > $2)) ORDER BY d.number

-- name: identity_get
SELECT bank_user FROM identity WHERE issuer = $1 AND subject = $2

-- name: identity_drop
DELETE FROM identity WHERE bank_user = $1 AND issuer = $2

-- name: identity_add
INSERT INTO identity (issuer, subject, bank_user, created) VALUES ($1, $2, $3, $4)

-- name: session_add
INSERT INTO session (digest, bank_user, created, seen, address, confined, factor) VALUES ($1, $2, $3, $3, $4, $5, $6)

-- name: session_get
SELECT session.bank_user, session.created, session.seen, session.ended, bank_user.disabled, bank_user.organisation,
bank_user.person, session.confined,
session.factor, bank_user.factor_due, CAST(CASE WHEN bank_user.totp_key IS NOT NULL THEN 1 ELSE 0 END AS bigint)
FROM session JOIN bank_user ON bank_user.id = session.bank_user WHERE session.digest = $1

-- name: session_seen
UPDATE session SET seen = $2 WHERE digest = $1 AND ended IS NULL

-- name: session_end
UPDATE session SET ended = $2 WHERE digest = $1 AND ended IS NULL

-- name: sessions_end
UPDATE session SET ended = $2 WHERE bank_user = $1 AND ended IS NULL

-- name: sessions_end_others
UPDATE session SET ended = $2 WHERE bank_user = $1 AND ended IS NULL AND digest <> $3

-- name: session_free
UPDATE session SET confined = 0 WHERE digest = $1

-- name: session_factor_set
UPDATE session SET factor = $2 WHERE digest = $1

-- name: event_add
INSERT INTO event (number, ledger, at, op, subject, actor, case_ref, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: event_head
SELECT number, ledger FROM event ORDER BY number DESC LIMIT 1

-- name: event_from
SELECT number, ledger, at, op, subject, actor, case_ref, detail FROM event WHERE number > $1 ORDER BY number LIMIT $2

-- name: outbox_add
INSERT INTO outbox (number, case_ref, step, purpose, subject, actor, commands, made)
SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM outbox

-- name: outbox_of_step
SELECT number, case_ref, step, purpose, subject, actor, commands, made, state, answer, ledger, answered
FROM outbox WHERE case_ref = $1 AND step = $2

-- name: outbox_owed
SELECT number, case_ref, step, purpose, subject, actor, commands, made, state, answer, ledger, answered
FROM outbox WHERE state = 'owed' ORDER BY number LIMIT 1

-- name: outbox_answer
UPDATE outbox SET state = $2, answer = $3, ledger = $4, answered = $5 WHERE number = $1 AND state = 'owed'

-- name: customer_tie_add
INSERT INTO customer_tie (customer, number, kind, other, share, since, until, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: customer_tie_end
UPDATE customer_tie SET until = $3 WHERE customer = $1 AND number = $2

-- name: customer_ties
SELECT customer, number, kind, other, share, since, until, reason FROM customer_tie WHERE customer = $1 ORDER BY number

-- name: customer_ties_of_other
SELECT customer, number, kind, other, share, since, until, reason FROM customer_tie WHERE other = $1
ORDER BY customer, number LIMIT 5000

-- name: customer_import_get
SELECT judged, added, refused, finished FROM customer_import WHERE id = $1

-- name: customer_import_begin
INSERT INTO customer_import (id, started) VALUES ($1, $2)

-- name: customer_import_step
UPDATE customer_import SET judged = $2, added = $3, refused = $4, finished = $5 WHERE id = $1

-- name: customer_import_refuse
INSERT INTO customer_import_refusal (import, place, line, slug, english, chinese) VALUES ($1, $2, $3, $4, $5, $6)

-- name: customer_import_refusals
SELECT place, line, slug, english, chinese FROM customer_import_refusal WHERE import = $1 AND place > $2
ORDER BY place LIMIT $3

-- name: customer_add
INSERT INTO customer (id, version, created) VALUES ($1, $2, $3)

-- name: customer_set
UPDATE customer SET version = $2, merged_into = $3 WHERE id = $1

-- name: customer_version_add
INSERT INTO customer_version (customer, version, valid_from, recorded_at, actor, action, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: customer_get
SELECT customer.id, customer.created, customer_version.version, customer_version.valid_from,
customer_version.recorded_at, customer_version.actor, customer_version.action, customer_version.body,
customer.moving FROM customer JOIN customer_version
ON customer_version.customer = customer.id AND customer_version.version = customer.version
WHERE customer.id = $1

-- name: customer_as_of
SELECT customer.id, customer.created, customer_version.version, customer_version.valid_from,
customer_version.recorded_at, customer_version.actor, customer_version.action, customer_version.body,
customer.moving FROM customer JOIN customer_version ON customer_version.customer = customer.id
WHERE customer.id = $1 AND customer_version.valid_from <= $2 AND customer_version.recorded_at <= $3
ORDER BY customer_version.version DESC LIMIT 1

-- name: customer_versions
SELECT customer.id, customer.created, customer_version.version, customer_version.valid_from,
customer_version.recorded_at, customer_version.actor, customer_version.action, customer_version.body,
customer.moving FROM customer JOIN customer_version ON customer_version.customer = customer.id
WHERE customer.id = $1 AND customer_version.version < $2
ORDER BY customer_version.version DESC LIMIT $3

-- name: customer_identifier_add
INSERT INTO customer_identifier (kind, value, customer) VALUES ($1, $2, $3)

-- name: customer_identifier_get
SELECT customer FROM customer_identifier WHERE kind = $1 AND value = $2

-- name: customer_identifiers_clear
DELETE FROM customer_identifier WHERE customer = $1

-- name: customer_name_add
INSERT INTO customer_name (name_key, customer) VALUES ($1, $2)

-- name: customer_names_clear
DELETE FROM customer_name WHERE customer = $1

-- name: customer_named
SELECT customer FROM customer_name WHERE name_key = $1 AND customer <> $2 ORDER BY customer LIMIT $3

-- name: customer_scope_add
INSERT INTO customer_scope (organisation, name, customer, type, folded, created) VALUES ($1, $2, $3, $4, $5, $6)

-- name: customer_scope_clear
DELETE FROM customer_scope WHERE customer = $1

-- name: customer_listing_add
INSERT INTO customer_listing (customer, number, list, legal_entity, since, until) VALUES ($1, $2, $3, $4, $5, $6)

-- name: customer_listings_clear
DELETE FROM customer_listing WHERE customer = $1

-- name: customer_page_name
SELECT customer, name, created FROM customer_scope
WHERE organisation = $1 AND (name, customer) > ($2, $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR strpos(folded, $5) > 0)
ORDER BY name, customer LIMIT $6

-- name: customer_page_name_down
SELECT customer, name, created FROM customer_scope
WHERE organisation = $1 AND (name, customer) < ($2, $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR strpos(folded, $5) > 0)
ORDER BY name DESC, customer DESC LIMIT $6

-- name: customer_page_created
SELECT customer, name, created FROM customer_scope
WHERE organisation = $1 AND (created, customer) > ($2, $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR strpos(folded, $5) > 0)
ORDER BY created, customer LIMIT $6

-- name: customer_page_created_down
SELECT customer, name, created FROM customer_scope
WHERE organisation = $1 AND (created, customer) < ($2, $3) AND ($4 = '' OR type = $4) AND ($5 = '' OR strpos(folded, $5) > 0)
ORDER BY created DESC, customer DESC LIMIT $6

-- name: customer_page_listed
SELECT DISTINCT customer_scope.customer, customer_scope.name, customer_scope.created
FROM customer_listing JOIN customer_scope ON customer_scope.customer = customer_listing.customer
WHERE customer_scope.organisation = $1 AND (customer_scope.name, customer_scope.customer) > ($2, $3)
AND ($4 = '' OR customer_scope.type = $4) AND ($5 = '' OR strpos(customer_scope.folded, $5) > 0)
AND customer_listing.list = $7 AND ($8 = '' OR customer_listing.legal_entity = $8)
AND customer_listing.since <= $9 AND (customer_listing.until IS NULL OR customer_listing.until > $9)
ORDER BY customer_scope.name, customer_scope.customer LIMIT $6

-- name: pack_add
INSERT INTO pack (hash, id, version, title_zh, title_en, content, report, stored, stored_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: pack_get
SELECT hash, id, version, title_zh, title_en, report, stored, stored_by FROM pack WHERE hash = $1

-- name: pack_by_version
SELECT hash FROM pack WHERE id = $1 AND version = $2

-- name: pack_content
SELECT content FROM pack WHERE hash = $1

-- name: pack_list
SELECT hash, id, version, title_zh, title_en, stored, stored_by FROM pack
WHERE id > $1 OR (id = $1 AND version > $2) ORDER BY id, version LIMIT $3

-- name: pack_activation_last
SELECT coalesce(max(number), 0) FROM pack_activation

-- name: pack_activation_add
INSERT INTO pack_activation (number, organisation, pack, before, roll_back, reason, proposed, proposed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: pack_activation_get
SELECT pack_activation.number, pack_activation.organisation, organisation.path, pack, before, roll_back, reason, state, proposed, proposed_by,
decided, decided_by, decision_reason, ended
FROM pack_activation JOIN organisation ON organisation.id = pack_activation.organisation WHERE number = $1

-- name: pack_activation_at
SELECT pack_activation.number, pack_activation.organisation, organisation.path, pack, before, roll_back, reason, state, proposed, proposed_by,
decided, decided_by, decision_reason, ended
FROM pack_activation JOIN organisation ON organisation.id = pack_activation.organisation
WHERE pack_activation.organisation = $1 AND state = $2

-- name: pack_activation_list
SELECT pack_activation.number, pack_activation.organisation, organisation.path, pack, before, roll_back, reason, state, proposed, proposed_by,
decided, decided_by, decision_reason, ended
FROM pack_activation JOIN organisation ON organisation.id = pack_activation.organisation
WHERE substr(organisation.path, 1, length($1)) = $1 AND number < $2 ORDER BY number DESC LIMIT $3

-- name: pack_activation_decide
UPDATE pack_activation SET state = $2, decided = $3, decided_by = $4, decision_reason = $5 WHERE number = $1 AND state = 'proposed'

-- name: pack_activation_end
UPDATE pack_activation SET state = 'replaced', ended = $2 WHERE number = $1 AND state = 'active'

-- name: pack_in_force
SELECT pack_activation.number, pack_activation.organisation, organisation.path, pack, before, roll_back, reason, state, proposed, proposed_by,
decided, decided_by, decision_reason, ended
FROM pack_activation JOIN organisation ON organisation.id = pack_activation.organisation
WHERE state IN ('active', 'replaced') AND decided <= $2 AND (ended IS NULL OR ended > $2)
AND substr($1, 1, length(organisation.path)) = organisation.path ORDER BY length(organisation.path) DESC LIMIT 1

-- name: application_add
INSERT INTO application (number, id, version, legal_entity, organisation, path, customer, type, state, body, created_by,
created, changed) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 'draft', $8, $9, $10, $10)

-- name: application_last
SELECT coalesce(max(number), 0) FROM application

-- name: application_get
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE id = $1

-- name: application_set
UPDATE application SET version = version + 1, type = $3, state = $4, body = $5, case_ref = $6, changed = $7,
submitted = $8, customer = $9, routing = $10 WHERE id = $1 AND version = $2

-- name: application_page_up
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE number > $1 AND ($2 = '' OR customer = $2) AND ($3 = '' OR state = $3)
AND path >= $4 AND path < $5 ORDER BY number LIMIT $6

-- name: application_customer_up
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE customer = $2 AND number > $1 AND ($3 = '' OR state = $3)
AND path >= $4 AND path < $5 ORDER BY number LIMIT $6

-- name: application_state_up
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE state = $3 AND number > $1 AND ($2 = '' OR customer = $2)
AND path >= $4 AND path < $5 ORDER BY number LIMIT $6

-- name: application_page_down
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE number < $1 AND ($2 = '' OR customer = $2) AND ($3 = '' OR state = $3)
AND path >= $4 AND path < $5 ORDER BY number DESC LIMIT $6

-- name: application_customer_down
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE customer = $2 AND number < $1 AND ($3 = '' OR state = $3)
AND path >= $4 AND path < $5 ORDER BY number DESC LIMIT $6

-- name: application_state_down
SELECT number, id, version, legal_entity, organisation, path, customer, type, state, body, case_ref, created_by, created,
changed, submitted, routing FROM application WHERE state = $3 AND number < $1 AND ($2 = '' OR customer = $2)
AND path >= $4 AND path < $5 ORDER BY number DESC LIMIT $6

-- name: application_version_add
INSERT INTO application_version (application, version, state, body, actor, at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: application_versions
SELECT version, state, body, actor, at FROM application_version WHERE application = $1 ORDER BY version

-- name: verdict_add
INSERT INTO decision (number, id, application, case_ref, step, legal_entity, customer, outcome, decider, opinion, body,
rules, proof, valid_until, made, state) SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
$11, $12, $13, $14, $15 FROM decision

-- name: verdict_of_step
SELECT id, application, case_ref, step, legal_entity, customer, outcome, decider, opinion, body, rules, proof, valid_until,
made, state FROM decision WHERE case_ref = $1 AND step = $2

-- name: verdict_get
SELECT id, application, case_ref, step, legal_entity, customer, outcome, decider, opinion, body, rules, proof, valid_until,
made, state FROM decision WHERE id = $1

-- name: verdicts_of_application
SELECT id, application, case_ref, step, legal_entity, customer, outcome, decider, opinion, body, rules, proof, valid_until,
made, state FROM decision WHERE application = $1 ORDER BY number

-- name: verdict_turn
SELECT id, application, case_ref, step, legal_entity, customer, outcome, decider, opinion, body, rules, proof, valid_until,
made, state FROM decision WHERE legal_entity = $1 AND customer = $2 AND state IN ('waiting', 'owed') ORDER BY number LIMIT 1

-- name: verdict_state
UPDATE decision SET state = $2 WHERE id = $1

-- name: credit_limit_put
INSERT INTO credit_limit (id, legal_entity, customer, kind, decision, clause, parents, currency, cap, state, holder)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'owed', $3)
ON CONFLICT (id) DO UPDATE SET decision = excluded.decision, clause = excluded.clause, parents = excluded.parents,
currency = excluded.currency, cap = excluded.cap, state = 'owed'

-- name: credit_limit_change
UPDATE credit_limit SET cap = $2, parents = $3 WHERE id = $1

-- name: credit_limit_settle
UPDATE credit_limit SET state = $2 WHERE decision = $1 AND state = 'owed'

-- name: credit_limit_owner
SELECT legal_entity, customer FROM credit_limit WHERE id = $1 AND state = 'open'

-- name: credit_limits_of
SELECT id, kind, decision, clause, parents, currency, cap, state, legal_entity, customer FROM credit_limit
WHERE customer = $1 AND state = 'open' ORDER BY id

-- name: process_case_last
SELECT coalesce(max(number), 0) FROM process_case

-- name: process_case_add
INSERT INTO process_case (number, pack, process, organisation, path, subject, start, started_by, step, phase, incidents, state, started, changed, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: process_case_get
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case WHERE number = $1

-- name: process_case_of
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case WHERE subject = $1 AND start = $2

-- name: process_case_state
SELECT state FROM process_case WHERE number = $1

-- name: process_case_set
UPDATE process_case SET step = $2, phase = $3, incidents = $4, state = $5, changed = $6, ended = $7 WHERE number = $1

-- name: process_case_page
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case
WHERE ($1 = '' OR substr(path, 1, length($1)) = $1) AND number > $2 ORDER BY number LIMIT $3

-- name: process_case_page_phase
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case
WHERE ($1 = '' OR substr(path, 1, length($1)) = $1) AND number > $2 AND phase = $4 ORDER BY number LIMIT $3

-- name: process_case_page_subject
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case
WHERE ($1 = '' OR substr(path, 1, length($1)) = $1) AND number > $2 AND ($4 = '' OR phase = $4) AND subject = $5
ORDER BY number LIMIT $3

-- name: process_case_page_customer
SELECT number, pack, process, organisation, path, subject, started_by, step, phase, incidents, started, changed, ended FROM process_case
JOIN process_party ON case_number = number WHERE customer = $1 ORDER BY case_number DESC LIMIT $2

-- name: process_history_add
INSERT INTO process_history (case_number, step, ordinal, at, effect) VALUES ($1, $2, $3, $4, $5)

-- name: process_history_from
SELECT step, ordinal, at, effect FROM process_history WHERE case_number = $1 AND (step, ordinal) > ($2, $3) ORDER BY step, ordinal LIMIT $4

-- name: process_waits_of
SELECT wait, kind, due FROM process_wait WHERE case_number = $1 ORDER BY wait

-- name: process_case_move
UPDATE process_case SET pack = $2, process = $3 WHERE number = $1

-- name: process_task_move
UPDATE process_task SET element = $2, name = $3, form = $4, roles = $5, escalated = NULL, version = version + 1 WHERE number = $1

-- name: process_task_rename
UPDATE process_task SET element = $2 WHERE number = $1

-- name: process_wait_move
UPDATE process_wait SET name = $3, key = $4 WHERE case_number = $1 AND wait = $2

-- name: process_effect_move
UPDATE process_effect SET element = $3, topic = $4 WHERE case_number = $1 AND wait = $2 AND state = 'owed'

-- name: process_message_cases
SELECT DISTINCT case_number FROM process_wait WHERE kind = 'message' AND name = $1 AND key = $2 ORDER BY case_number LIMIT $3

-- name: process_wait_add
INSERT INTO process_wait (case_number, wait, kind, due, name, key) VALUES ($1, $2, $3, $4, $5, $6)

-- name: process_wait_set
UPDATE process_wait SET due = $3 WHERE case_number = $1 AND wait = $2

-- name: process_wait_end
DELETE FROM process_wait WHERE case_number = $1 AND wait = $2

-- name: process_timer_first
SELECT due, case_number, wait FROM process_wait WHERE due IS NOT NULL ORDER BY due, case_number, wait LIMIT 1

-- name: interest_last
SELECT coalesce(max(number), 0) FROM interest

-- name: interest_add
INSERT INTO interest (number, person, customer, relation, reason, since, declared_by) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: interest_get
SELECT number, person, customer, relation, reason, since, declared_by, until, ended_by FROM interest WHERE number = $1

-- name: interest_page
SELECT number, person, customer, relation, reason, since, declared_by, until, ended_by FROM interest
WHERE number > $1 AND ($2 = '' OR person = $2) ORDER BY number LIMIT $3

-- name: interest_end
UPDATE interest SET until = $2, ended_by = $3 WHERE number = $1 AND until IS NULL

-- name: process_party_add
INSERT INTO process_party (case_number, customer) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: process_party_of_subject
INSERT INTO process_party (case_number, customer) SELECT $1, id FROM customer WHERE $2 = 'customer' AND id = $3
UNION SELECT $1, customer FROM application WHERE $2 = 'application' AND id = $3 ON CONFLICT DO NOTHING

-- name: process_related
SELECT count(*) FROM process_party p JOIN interest i ON i.person = $2 AND i.until IS NULL
WHERE p.case_number = $1 AND (i.customer = p.customer
OR EXISTS (SELECT 1 FROM customer c WHERE c.id = p.customer AND c.merged_into = i.customer)
OR EXISTS (SELECT 1 FROM customer c WHERE c.id = i.customer AND c.merged_into = p.customer)
OR EXISTS (SELECT 1 FROM customer_tie t WHERE t.customer = p.customer AND t.other = i.customer
AND t.since <= $3 AND (t.until IS NULL OR t.until > $3))
OR EXISTS (SELECT 1 FROM customer_tie t WHERE t.other = p.customer AND t.customer = i.customer
AND t.since <= $3 AND (t.until IS NULL OR t.until > $3)))

-- name: process_task_last
SELECT coalesce(max(number), 0) FROM process_task

-- name: process_task_add
INSERT INTO process_task (number, case_number, wait, element, name, form, roles, assignee, state, version, round, inputs, created, due, instance)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', 1, $9, $10, $11, $12, $13)

-- name: process_escalation_set
UPDATE process_task SET escalation = $2 WHERE number = $1

-- name: process_escalation_first
SELECT due, case_number, wait, escalation FROM process_task
WHERE escalation IS NOT NULL AND escalated IS NULL AND due IS NOT NULL AND state IN ('open', 'claimed') ORDER BY due, number LIMIT 1

-- name: process_escalated
UPDATE process_task SET escalated = $2, version = version + 1 WHERE number = $1

-- name: process_task_get
SELECT t.number, t.case_number, t.wait, c.subject, t.element, t.name, t.form, t.roles, t.assignee, c.organisation, c.path, t.state, t.version, t.round,
t.claimed_by, t.role, t.inputs, t.outputs, t.reason, t.created, t.due, t.returned, t.ended, t.instance, t.claimed_for, t.escalated, c.pack, t.shown
FROM process_task t JOIN process_case c ON c.number = t.case_number WHERE t.case_number = $1 AND t.wait = $2

-- name: process_task_set
UPDATE process_task SET state = $2, version = $3, claimed_by = $4, role = $5, outputs = $6, reason = $7, due = $8, returned = $9, ended = $10, claimed_for = $11, shown = $12
WHERE number = $1

-- name: process_content
SELECT body FROM application WHERE id = $1

-- name: process_task_cancel
UPDATE process_task SET state = 'cancelled', version = version + 1, returned = NULL, ended = $3
WHERE case_number = $1 AND wait = $2 AND state IN ('open', 'claimed', 'returned')

-- name: process_tasks_of_case
SELECT t.number, t.case_number, t.wait, c.subject, t.element, t.name, t.form, t.roles, t.assignee, c.organisation, c.path, t.state, t.version, t.round,
t.claimed_by, t.role, t.inputs, t.outputs, t.reason, t.created, t.due, t.returned, t.ended, t.instance, t.claimed_for, t.escalated, c.pack, t.shown
FROM process_task t JOIN process_case c ON c.number = t.case_number WHERE t.case_number = $1 ORDER BY t.number

-- name: process_task_page_role
SELECT t.number, t.case_number, t.wait, c.subject, t.element, t.name, t.form, t.roles, t.assignee, c.organisation, c.path, t.state, t.version, t.round,
t.claimed_by, t.role, t.inputs, t.outputs, t.reason, t.created, t.due, t.returned, t.ended, t.instance, t.claimed_for, t.escalated, c.pack, t.shown
FROM process_task t JOIN process_case c ON c.number = t.case_number JOIN process_candidate k ON k.task = t.number
WHERE k.role = $1 AND k.path = $2 AND k.task > $3 AND (t.state = 'open' OR (t.state = 'claimed' AND t.escalated IS NOT NULL)) ORDER BY k.task LIMIT $4

-- name: process_task_page_below
SELECT t.number, t.case_number, t.wait, c.subject, t.element, t.name, t.form, t.roles, t.assignee, c.organisation, c.path, t.state, t.version, t.round,
t.claimed_by, t.role, t.inputs, t.outputs, t.reason, t.created, t.due, t.returned, t.ended, t.instance, t.claimed_for, t.escalated, c.pack, t.shown
FROM process_task t JOIN process_case c ON c.number = t.case_number
WHERE ($1 = '' OR substr(c.path, 1, length($1)) = $1) AND t.number > $2 AND t.state = 'open' ORDER BY t.number LIMIT $3

-- name: process_task_page_mine
SELECT t.number, t.case_number, t.wait, c.subject, t.element, t.name, t.form, t.roles, t.assignee, c.organisation, c.path, t.state, t.version, t.round,
t.claimed_by, t.role, t.inputs, t.outputs, t.reason, t.created, t.due, t.returned, t.ended, t.instance, t.claimed_for, t.escalated, c.pack, t.shown
FROM process_task t JOIN process_case c ON c.number = t.case_number
WHERE t.claimed_by = $1 AND t.number > $2 AND t.state IN ('claimed', 'returned') ORDER BY t.number LIMIT $3

-- name: process_candidate_add
INSERT INTO process_candidate (role, path, task, duty) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: process_candidates_of
SELECT role, path, duty FROM process_candidate WHERE task = $1 ORDER BY role, path

-- name: process_candidates_clear
DELETE FROM process_candidate WHERE task IN (SELECT number FROM process_task WHERE case_number = $1 AND wait = $2)

-- name: process_voted
SELECT count(*) FROM process_task t
WHERE t.case_number = $1 AND t.element = $2 AND t.round = $4 AND (t.instance <> $5 OR $5 = 0) AND t.state IN ('claimed', 'returned', 'done')
AND EXISTS (SELECT 1 FROM bank_user u WHERE u.person = $3 AND (u.id = t.claimed_by OR u.id = t.claimed_for))

-- name: process_duty_get
SELECT duty FROM process_duty WHERE case_number = $1 AND person = $2

-- name: process_duty_add
INSERT INTO process_duty (case_number, person, duty) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: process_effect_add
INSERT INTO process_effect (case_number, step, ordinal, wait, kind, topic, key, element, payload, state, made)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'owed', $10)

-- name: process_effect_get
SELECT e.case_number, e.step, e.ordinal, e.wait, e.kind, e.topic, e.key, e.element, e.payload, e.state, e.made, c.subject
FROM process_effect e JOIN process_case c ON c.number = e.case_number WHERE e.case_number = $1 AND e.step = $2 AND e.ordinal = $3

-- name: process_effect_end
UPDATE process_effect SET state = $4, ended = $5 WHERE case_number = $1 AND step = $2 AND ordinal = $3 AND state = 'owed'

-- name: process_effect_cancel
UPDATE process_effect SET state = 'cancelled', ended = $3 WHERE case_number = $1 AND wait = $2 AND wait > 0 AND state = 'owed'

-- name: process_effects_owed
SELECT e.case_number, e.step, e.ordinal, e.wait, e.kind, e.topic, e.key, e.element, e.payload, e.state, e.made, c.subject
FROM process_effect e JOIN process_case c ON c.number = e.case_number
WHERE e.state = 'owed' AND ($1 = '' OR e.topic = $1) AND ($2 = 0 OR e.case_number = $2)
ORDER BY e.made, e.case_number, e.step, e.ordinal LIMIT $3

-- name: customer_moving
UPDATE customer SET moving = $2 WHERE id = $1

-- name: customer_family
WITH RECURSIVE family (id) AS (SELECT id FROM customer WHERE id = $1
UNION SELECT customer.id FROM customer JOIN family ON customer.merged_into = family.id)
SELECT id FROM family ORDER BY id

-- name: credit_limit_move
UPDATE credit_limit SET customer = $2, cap = $3, parents = $4 WHERE id = $1

-- name: credit_limits_turned
SELECT id FROM credit_limit WHERE holder = $1 AND customer <> $1 AND state = 'open' ORDER BY id

-- name: verdicts_turn
SELECT DISTINCT legal_entity, customer FROM decision WHERE customer = $1 AND state IN ('waiting', 'owed')
ORDER BY legal_entity

-- name: verdicts_hand
UPDATE decision SET customer = $2 WHERE customer = $1 AND state = 'waiting'

-- name: move_last
SELECT coalesce(max(number), 0) FROM customer_move

-- name: move_add
INSERT INTO customer_move (number, kind, source, target, request, reason, state, proposed, proposed_by, person)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: move_get
SELECT number, kind, source, target, request, reason, state, proposed, proposed_by, person, plan, result, ended
FROM customer_move WHERE number = $1

-- name: move_page
SELECT number, kind, source, target, request, reason, state, proposed, proposed_by, person, plan, result, ended
FROM customer_move WHERE ($1 = '' OR source = $1 OR target = $1) AND number < $2 ORDER BY number DESC LIMIT $3

-- name: move_open
SELECT number FROM customer_move WHERE (source IN ($1, $2) OR target IN ($1, $2)) AND state IN ('proposed', 'owed')
ORDER BY number LIMIT 1

-- name: move_set
UPDATE customer_move SET state = $2, plan = $3, result = $4, ended = $5 WHERE number = $1

-- name: move_consent_add
INSERT INTO customer_move_consent (move, legal_entity, actor, person, at) VALUES ($1, $2, $3, $4, $5)

-- name: move_consents
SELECT legal_entity, actor, person, at FROM customer_move_consent WHERE move = $1 ORDER BY legal_entity

-- name: customer_grams_put
INSERT INTO customer_gram (gram, customer) SELECT DISTINCT substr($2, n, 2), $1
FROM generate_series(1, length($2)::integer - 1) AS n

-- name: customer_grams_clear
DELETE FROM customer_gram WHERE customer = $1 AND gram IN (SELECT substr(folded, n, 2)
FROM customer_scope, generate_series(1, length(folded)::integer - 1) AS n WHERE customer_scope.customer = $1 AND organisation = '')

-- name: customer_gram_count
SELECT count(*) FROM (SELECT 1 FROM customer_gram WHERE gram = $1 LIMIT $2) AS found

-- name: customer_page_gram
SELECT customer_scope.customer, customer_scope.name, customer_scope.created
FROM customer_gram JOIN customer_scope ON customer_scope.customer = customer_gram.customer
WHERE customer_gram.gram = $1 AND customer_scope.organisation = $2 AND ($3 = '' OR customer_scope.type = $3)
AND strpos(customer_scope.folded, $4) > 0

-- name: group_last
SELECT coalesce(max(number), 0) FROM customer_group

-- name: group_add
INSERT INTO customer_group (number, id, version, legal_entity, organisation, path, name, lead_customer, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: group_set
UPDATE customer_group SET version = $2, organisation = $3, path = $4, name = $5, lead_customer = $6,
merged_into = $7, limit_id = $8, currency = $9, cap = $10 WHERE id = $1

-- name: group_moving
UPDATE customer_group SET moving = $2 WHERE id = $1

-- name: group_get
SELECT number, id, version, legal_entity, organisation, path, name, lead_customer, merged_into, limit_id, currency, cap, moving, created
FROM customer_group WHERE id = $1

-- name: group_of
SELECT group_id FROM customer_group_member WHERE customer = $2 AND legal_entity = $1 AND until IS NULL

-- name: group_seen
SELECT count(*) FROM (SELECT 1 FROM customer_group_member m JOIN customer_scope s ON s.customer = m.customer
WHERE m.group_id = $1 AND m.until IS NULL AND s.organisation = $2 LIMIT 1) AS seen

-- name: group_page_name
SELECT number, id, version, legal_entity, organisation, path, name, lead_customer, merged_into, limit_id, currency, cap, moving, created
FROM customer_group WHERE (name, number) > ($1, $2) AND ($3 = '' OR strpos(name, $3) > 0)
AND ($4 = '' OR EXISTS (SELECT 1 FROM customer_group_member m WHERE m.group_id = customer_group.id AND m.customer = $4
AND m.until IS NULL)) ORDER BY name, number LIMIT $5

-- name: group_page_name_down
SELECT number, id, version, legal_entity, organisation, path, name, lead_customer, merged_into, limit_id, currency, cap, moving, created
FROM customer_group WHERE (name, number) < ($1, $2) AND ($3 = '' OR strpos(name, $3) > 0)
AND ($4 = '' OR EXISTS (SELECT 1 FROM customer_group_member m WHERE m.group_id = customer_group.id AND m.customer = $4
AND m.until IS NULL)) ORDER BY name DESC, number DESC LIMIT $5

-- name: group_page_number
SELECT number, id, version, legal_entity, organisation, path, name, lead_customer, merged_into, limit_id, currency, cap, moving, created
FROM customer_group WHERE number > $1 AND ($2 = '' OR strpos(name, $2) > 0)
AND ($3 = '' OR EXISTS (SELECT 1 FROM customer_group_member m WHERE m.group_id = customer_group.id AND m.customer = $3
AND m.until IS NULL)) ORDER BY number LIMIT $4

-- name: group_page_number_down
SELECT number, id, version, legal_entity, organisation, path, name, lead_customer, merged_into, limit_id, currency, cap, moving, created
FROM customer_group WHERE number < $1 AND ($2 = '' OR strpos(name, $2) > 0)
AND ($3 = '' OR EXISTS (SELECT 1 FROM customer_group_member m WHERE m.group_id = customer_group.id AND m.customer = $3
AND m.until IS NULL)) ORDER BY number DESC LIMIT $4

-- name: group_version_add
INSERT INTO customer_group_version (group_id, version, valid_from, recorded_at, actor, action, reason, name, organisation,
lead_customer, merged_into) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: group_versions
SELECT version, valid_from, recorded_at, actor, action, reason, name, organisation, lead_customer, merged_into
FROM customer_group_version WHERE group_id = $1 AND version < $2 AND valid_from <= $3
ORDER BY version DESC LIMIT $4

-- name: group_member_add
INSERT INTO customer_group_member (group_id, number, legal_entity, customer, reason, since) VALUES ($1, $2, $3, $4, $5, $6)

-- name: group_member_end
UPDATE customer_group_member SET until = CASE WHEN since > $3 THEN since ELSE $3 END
WHERE group_id = $1 AND customer = $2 AND until IS NULL

-- name: group_members
SELECT number, customer, reason, since, until FROM customer_group_member WHERE group_id = $1 ORDER BY number

-- name: group_move_last
SELECT coalesce(max(number), 0) FROM group_move

-- name: group_move_add
INSERT INTO group_move (number, kind, legal_entity, group_id, target, request, reason, state, proposed, proposed_by, person)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: group_move_get
SELECT number, legal_entity, request, reason, state, proposed, proposed_by, person, agreed_by, made, ended, rules
FROM group_move WHERE number = $1

-- name: group_move_page
SELECT number, legal_entity, request, reason, state, proposed, proposed_by, person, agreed_by, made, ended, rules
FROM group_move WHERE ($1 = '' OR group_id = $1 OR target = $1) AND number < $2 ORDER BY number DESC LIMIT $3

-- name: group_move_open
SELECT number FROM group_move WHERE (group_id IN ($1, $2) OR target IN ($1, $2)) AND state IN ('proposed', 'owed')
ORDER BY number LIMIT 1

-- name: group_move_set
UPDATE group_move SET state = $2, agreed_by = $3, made = $4, ended = $5, rules = $6 WHERE number = $1

-- name: group_of_any
SELECT group_id FROM customer_group_member WHERE customer = $1 AND until IS NULL LIMIT 1

-- name: credit_limit_place
UPDATE credit_limit SET parents = $2 WHERE id = $1

-- name: group_rules
SELECT id, number, rule, types, currency, cap, mode, above_total, state FROM group_rule WHERE group_id = $1 ORDER BY number

-- name: group_rule_put
INSERT INTO group_rule (id, group_id, number, rule, types, currency, cap, mode, above_total, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET types = excluded.types, cap = excluded.cap, mode = excluded.mode, above_total = excluded.above_total,
state = excluded.state

-- name: group_of_limit
SELECT id FROM customer_group WHERE limit_id = $1 UNION SELECT group_id FROM group_rule WHERE id = $1 AND state = 'open'

-- name: rule_customer
SELECT s.type, o.path, (SELECT m.group_id FROM customer_group_member m WHERE m.customer = $1 AND m.legal_entity = $2
AND m.until IS NULL), CAST(CASE WHEN coalesce(c.moving, 0) <> 0 OR EXISTS (SELECT 1 FROM decision WHERE decision.customer = $1
AND decision.state IN ('waiting', 'owed')) THEN 1 ELSE 0 END AS bigint)
FROM customer c JOIN customer_scope s ON s.customer = c.id JOIN organisation o ON o.id = s.organisation
WHERE c.id = $1 AND c.merged_into IS NULL AND o.legal_entity = $2 AND EXISTS (SELECT 1 FROM credit_limit l WHERE l.customer = $1
AND l.legal_entity = $2 AND l.kind = 'total' AND l.state = 'open') ORDER BY length(o.path) DESC LIMIT 1

-- name: group_types
SELECT DISTINCT s.type FROM customer_group_member m JOIN customer_scope s ON s.customer = m.customer AND s.organisation = ''
WHERE m.group_id = $1 AND m.until IS NULL ORDER BY s.type

-- name: group_waits
SELECT m.customer FROM customer_group_member m JOIN customer c ON c.id = m.customer
WHERE m.group_id = $1 AND m.until IS NULL AND (coalesce(c.moving, 0) <> 0 OR EXISTS (SELECT 1 FROM decision d
WHERE d.customer = m.customer AND d.state IN ('waiting', 'owed'))) LIMIT 1

-- name: rule_move_last
SELECT coalesce(max(number), 0) FROM rule_move

-- name: rule_move_add
INSERT INTO rule_move (number, legal_entity, request, reason, state, proposed, proposed_by, person)
VALUES ($1, $2, $3, $4, 'proposed', $5, $6, $7)

-- name: rule_move_get
SELECT number, legal_entity, request, reason, state, proposed, proposed_by, person, agreed_by, ended FROM rule_move WHERE number = $1

-- name: rule_move_page
SELECT number, legal_entity, request, reason, state, proposed, proposed_by, person, agreed_by, ended FROM rule_move
WHERE legal_entity = $1 AND number < $2 ORDER BY number DESC LIMIT $3

-- name: rule_move_set
UPDATE rule_move SET state = $2, agreed_by = $3, ended = $4 WHERE number = $1
