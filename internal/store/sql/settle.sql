-- Ends an attempt for its message, if the lease is still the caller's: $1 the
-- message, $2 the lease, $3 what became of it, $4 when it is due again, $5 how many
-- more of its tries have failed.
UPDATE plan_messages
SET state = $3, due = $4, failures = failures + $5, lease = '', leased_until = 0
WHERE id = $1 AND lease = $2 AND state = ''
