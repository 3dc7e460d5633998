-- The log of acts, and the outbox with its journal of deliveries.
-- Times are microseconds since 1970, 0 for none.

-- +goose Up

-- One row: how far the log and the outbox have come, and which log it is. Who
-- advances it holds it until the commit, so that numbers have no gap.
CREATE TABLE plan_head (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	log TEXT NOT NULL,
	seq BIGINT NOT NULL,
	messages BIGINT NOT NULL
);
INSERT INTO plan_head VALUES (1, gen_random_uuid()::text, 0, 0);

CREATE TABLE plan_acts (
	seq BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	stream TEXT NOT NULL,
	actor TEXT NOT NULL,
	kind TEXT NOT NULL,
	body BYTEA NOT NULL
);

-- state is '' while a message waits, else how it ended.
CREATE TABLE plan_messages (
	id BIGINT PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,
	lane TEXT NOT NULL,
	act BIGINT NOT NULL,
	due BIGINT NOT NULL,
	body BYTEA NOT NULL,
	state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'delivered', 'given up')),
	attempts BIGINT NOT NULL DEFAULT 0,
	lease TEXT NOT NULL DEFAULT '',
	leased_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX plan_messages_due ON plan_messages (due, id) WHERE state = '';

-- outcome is '' while an attempt is under way, or if who tried never came back.
CREATE TABLE plan_attempts (
	message BIGINT NOT NULL REFERENCES plan_messages (id),
	number BIGINT NOT NULL,
	started BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('', 'delivered', 'again', 'given up')),
	note TEXT NOT NULL,
	PRIMARY KEY (message, number)
);
