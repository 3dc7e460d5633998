package origin

import (
	"testing"
	"testing/synctest"
	"time"
)

// Who comes after others have joined is settled there, until they have as many for their
// share as those that were first; who was in before stays. Tickets say it, so a restart
// moves nobody.
func TestNewcomersAreSettledWhereFewestAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{SlowStart: 10 * time.Second})
		defer closeAll(pool, stalls)
		change(t, pool, stalls[0])
		time.Sleep(time.Hour)
		pool.Vitals()
		type visitor struct {
			since time.Time
			at    uint16
			url   string
		}
		var all []visitor
		of := func(v int) string {
			o := ForwardOptions{Sticky: uint64(v) + 1, Since: all[v].since, At: all[v].at}
			url := visit(pool, "GET", "/", o).Replica
			if home := pool.Home(o.Sticky, o.Since, o.At); home != spread(url) {
				t.Errorf("visitor %d goes to %s, and the limiter is told another", v, url)
			}
			return url
		}
		come := func(n int) (there map[string]int) {
			there = map[string]int{}
			for range n {
				all = append(all, visitor{since: time.Now(), at: pool.Settle()})
				v := len(all) - 1
				all[v].url = of(v)
				there[all[v].url]++
			}
			return there
		}
		first, second, third := "http://10.0.0.1:80", "http://10.0.0.2:80", "http://10.0.0.3:80"
		if n := come(100)[first]; n != 100 {
			t.Errorf("%d of 100 are at the only replica", n)
		}
		change(t, pool, stalls...)
		if cold := come(30); cold[second]+cold[third] != 30 || cold[second] < 13 || cold[second] > 17 {
			t.Errorf("when two have joined, %v", cold)
		}
		if cold := come(30); cold[first] < 15 {
			t.Errorf("they have a fifth of what the first one has, and newcomers go %v", cold)
		}
		time.Sleep(10 * time.Second)
		if warm := come(100); warm[first] > 5 {
			t.Errorf("they are warm, and newcomers go %v", warm)
		}
		later := come(300)
		for _, url := range []string{first, second, third} {
			if later[url] < 70 {
				t.Errorf("all have the same, and newcomers go %v", later)
			}
		}
		cfg := pool.cfg
		cfg.URLs = cfg.URLs[:1]
		again, err := New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.SetReplicas(members(stalls...)); err != nil {
			t.Fatal(err)
		}
		pool.Close()
		pool = again
		for v := range all {
			if url := of(v); url != all[v].url {
				t.Fatalf("after a restart visitor %d is at %s and was at %s", v, url, all[v].url)
			}
		}
	})
}

// Nobody is settled at a replica that leaves or is down, and who was settled there moves when
// it has gone.
func TestWhereNobodyIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{Drain: time.Minute})
		defer closeAll(pool, stalls)
		change(t, pool, stalls...)
		time.Sleep(time.Second)
		since := time.Now()
		r, _ := pool.At("http://10.0.0.1:80")
		mine := r.replica.mark()
		time.Sleep(time.Second)
		change(t, pool, stalls[1:]...)
		stalls[1].close()
		visit(pool, "GET", "/", ForwardOptions{Sticky: 1, Since: since, At: pool.replicas[0].mark()}) // puts it aside
		for range 20 {
			if to := pool.Settle(); to != pool.replicas[1].mark() {
				t.Errorf("somebody is settled at %d: the first one leaves, the second is down", to)
			}
		}
		o := ForwardOptions{Sticky: 1, Since: since, At: mine}
		if url := visit(pool, "GET", "/", o).Replica; url != "http://10.0.0.1:80" {
			t.Errorf("while it drains its visitor is at %s", url)
		}
		if parts := pool.Size().Parts; len(parts) != 2 {
			t.Errorf("two take requests, and the parts are %v", parts)
		}
		time.Sleep(time.Minute)
		if url := visit(pool, "GET", "/", o).Replica; url != "http://10.0.0.3:80" {
			t.Errorf("when it has drained its visitor is at %s", url)
		}
		stalls[1].open()
	})
}
