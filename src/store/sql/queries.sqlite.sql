-- Every query of the program for SQLite, by name; src/store/store_query.h states the types.

-- name: migration_list
SELECT number, name, checksum, applied FROM schema_migration ORDER BY number

-- name: migration_add
INSERT INTO schema_migration (number, name, checksum, applied) VALUES (?1, ?2, ?3, ?4)

-- name: audit_add
INSERT INTO audit_entry (number, at, actor, address, action, subject, before, after, reason, previous, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)

-- name: audit_head
SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1

-- name: audit_from
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE number > ?1 ORDER BY number LIMIT ?2

-- name: audit_of_subject
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE subject = ?1 AND number > ?2 ORDER BY number LIMIT ?3

-- name: audit_of_actor
SELECT number, at, actor, address, action, subject, before, after, reason, previous, hash
FROM audit_entry WHERE actor = ?1 AND number > ?2 ORDER BY number LIMIT ?3
