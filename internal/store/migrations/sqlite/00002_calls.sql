-- What tries of a message have failed, apart from how often it was claimed: who puts
-- it off has not tried. And the calls of programs outside that were taken, against replay.

-- +goose Up

ALTER TABLE plan_messages ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
UPDATE plan_messages SET failures = (SELECT count(*) FROM plan_attempts WHERE message = plan_messages.id AND outcome = 'again');

-- outcome is empty while a call is being taken, from the moment taken on. No row is
-- looked at after until.
CREATE TABLE plan_calls (
	key TEXT PRIMARY KEY,
	at INTEGER NOT NULL,
	taken INTEGER NOT NULL,
	until INTEGER NOT NULL,
	outcome BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_calls_until ON plan_calls (until);
