-- Why an application goes the way it goes, and effects found by what they are about.
ALTER TABLE application ADD COLUMN routing TEXT; -- JSON: the pack, what the routing table was asked and answered
CREATE INDEX process_effect_topic ON process_effect (topic, made, case_number, step, ordinal) WHERE state = 'owed';
