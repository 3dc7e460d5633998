-- Leases messages that are due: $1 now, $2 how many, $3 the lease, $4 its end.
-- Two who claim at once never get the same message: SQLite has one writer, and
-- PostgreSQL leaves out rows that somebody else holds (SKIP LOCKED goes where
-- the mark is).
WITH due_now AS MATERIALIZED (
	SELECT id FROM plan_messages
	WHERE state = '' AND due <= $1 AND leased_until <= $1
	ORDER BY due, id
	LIMIT $2
	/* skip locked */
)
UPDATE plan_messages
SET lease = $3, leased_until = $4, attempts = attempts + 1
WHERE id IN (SELECT id FROM due_now)
RETURNING id, attempts, failures, key, lane, act, due, body
