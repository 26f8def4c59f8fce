-- Escalation: who else sees a task once it is overdue, and with which duty they would do it.
ALTER TABLE process_task ADD COLUMN escalation text COLLATE "C"; -- a role of the pack's; NULL: nobody
ALTER TABLE process_task ADD COLUMN escalated bigint; -- since when they see it
CREATE INDEX process_task_overdue ON process_task (due, number)
WHERE escalation IS NOT NULL AND escalated IS NULL AND due IS NOT NULL AND state IN ('open', 'claimed');
ALTER TABLE process_candidate ADD COLUMN duty text COLLATE "C"; -- role of the program's whose duty counts; NULL: its own
