-- Cases by their phase; messages awaited by name and key; the instance of a vote that a task belongs to.
CREATE INDEX process_case_phase ON process_case (phase, number);
ALTER TABLE process_wait ADD COLUMN name TEXT; -- of a message; NULL where it was awaited before this schema
ALTER TABLE process_wait ADD COLUMN key TEXT;
CREATE INDEX process_wait_message ON process_wait (name, key, case_number) WHERE kind = 'message';
ALTER TABLE process_task ADD COLUMN instance INTEGER NOT NULL DEFAULT 0; -- of its round; 0: none, or older than this schema
