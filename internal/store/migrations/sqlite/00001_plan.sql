-- The log of acts, and the outbox with its journal of deliveries.
-- Times are microseconds since 1970, 0 for none.

-- +goose Up

-- One row: how far the log and the outbox have come, and which log it is. Who
-- advances it holds it until the commit, so that numbers have no gap.
CREATE TABLE plan_head (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	log TEXT NOT NULL,
	seq INTEGER NOT NULL,
	messages INTEGER NOT NULL
) STRICT;
INSERT INTO plan_head VALUES (1, lower(hex(randomblob(16))), 0, 0);

CREATE TABLE plan_acts (
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	stream TEXT NOT NULL,
	actor TEXT NOT NULL,
	kind TEXT NOT NULL,
	body BLOB NOT NULL
) STRICT;

-- state is '' while a message waits, else how it ended.
CREATE TABLE plan_messages (
	id INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,
	lane TEXT NOT NULL,
	act INTEGER NOT NULL,
	due INTEGER NOT NULL,
	body BLOB NOT NULL,
	state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'delivered', 'given up')),
	attempts INTEGER NOT NULL DEFAULT 0,
	lease TEXT NOT NULL DEFAULT '',
	leased_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX plan_messages_due ON plan_messages (due, id) WHERE state = '';

-- outcome is '' while an attempt is under way, or if who tried never came back.
CREATE TABLE plan_attempts (
	message INTEGER NOT NULL REFERENCES plan_messages (id),
	number INTEGER NOT NULL,
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('', 'delivered', 'again', 'given up')),
	note TEXT NOT NULL,
	PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;
