package store

import (
	"database/sql"
	"testing"
)

// Every transaction that writes is flushed to disk by its commit, whatever else
// was set. A killed process cannot show that, and a power cut is not to be had in
// a test, so the settings are looked at where they count.
func TestCommitsAreFlushed(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		queries := map[string]string{`PRAGMA synchronous`: "2", `PRAGMA journal_mode`: "wal"} // 2 is FULL
		if address[:8] == "postgres" {
			address += "&synchronous_commit=off&default_transaction_isolation=serializable"
			queries = map[string]string{`SHOW synchronous_commit`: "on", `SHOW fsync`: "on", `SHOW transaction_isolation`: "read committed"}
		}
		s := open(t, address)
		err := s.write(t.Context(), "look", func(tx *sql.Tx) error {
			for q, want := range queries {
				var got string
				if err := tx.QueryRowContext(t.Context(), q).Scan(&got); err != nil {
					return err
				}
				if got != want {
					t.Errorf("%s: %s, want %s", q, got, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
