-- The hash of what a task was completed on, as the person who did it named it.
ALTER TABLE process_task ADD COLUMN shown TEXT;
