package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// crowd is many people who want the same, and come one after another.
type crowd struct {
	mu     sync.Mutex // guards the following
	count  int
	failed int      // met neither the shop nor the line
	waited int      // saw the line
	served []int    // in the order of their first page: who came as the how many-eth
	done   int      // finished the journey
	why    []string // of the first failures
}

type step struct{ method, path string }

func (s *script) crowd(words []string, o options) error {
	c := &crowd{count: o.number("count")}
	s.crowds[words[1]] = c
	var way []step
	for i := 2; i+1 < len(words); i += 3 { // METHOD PATH then
		way = append(way, step{words[i], words[i+1]})
	}
	if c.count == 0 || len(way) == 0 {
		return fmt.Errorf("a crowd needs count= and something to do")
	}
	gap, think := o.duration("over")/time.Duration(c.count), o.duration("think")
	for i := range c.count {
		v := s.visitor(o.or("host", "shop.example"))
		s.world.people.Go(func() {
			v.rest(time.Duration(i) * gap)
			c.visit(v, i, way, think)
		})
	}
	return nil
}

func (c *crowd) visit(v *visitor, rank int, way []step, think time.Duration) {
	for i, st := range way {
		got, waited := v.reach(st.method, st.path)
		c.mu.Lock()
		if waited {
			c.waited++
		}
		if i == 0 {
			c.served = append(c.served, rank)
		}
		bad := got.err != nil || got.status >= 400
		if bad {
			c.failed++
			c.why = append(c.why, fmt.Sprintf("%s %s: %d %v", st.method, st.path, got.status, got.err))
		} else if i == len(way)-1 {
			c.done++
		}
		c.mu.Unlock()
		if bad {
			return
		}
		v.rest(think)
	}
}

// fairness is how much the order of service is the order of arrival: Spearman's
// rank correlation, in thousandths.
func (c *crowd) fairness() int {
	n, sum := float64(len(c.served)), 0.0
	for i, rank := range c.served {
		sum += float64((i - rank) * (i - rank))
	}
	return int(1000 * (1 - 6*sum/(n*(n*n-1))))
}

// expect checks one number.
func (s *script) expect(text string) error {
	fields := strings.Fields(text)
	if len(fields) < 3 {
		return fmt.Errorf("say: expect WHAT OP NUMBER")
	}
	n := len(fields)
	want, err := strconv.Atoi(fields[n-1])
	if err != nil {
		return err
	}
	what := strings.Join(fields[:n-2], " ")
	got, err := s.value(what)
	if err != nil {
		return err
	}
	signs := map[string][]int{"==": {0}, "<=": {-1, 0}, ">=": {0, 1}, "<": {-1}, ">": {1}, "!=": {-1, 1}}
	if !slices.Contains(signs[fields[n-2]], cmp.Compare(got, want)) {
		return fmt.Errorf("it is %d%s", got, s.hint(what))
	}
	return nil
}

func (s *script) hint(what string) string {
	name, _, _ := strings.Cut(what, ".")
	if c := s.crowds[name]; c != nil && len(c.why) > 0 {
		return fmt.Sprintf(" (%s)", strings.Join(c.why[:min(3, len(c.why))], "; "))
	}
	return ""
}

// value knows:
//
//	SHOP.requests[{PATH} or {METHOD PATH}] · SHOP.inflight · SHOP.inflight.peak
//	SHOP.inline · .inside · .orders · .arrivals · .queued     the edge's vitals of it
//	CROWD.failed · .waited · .done · .fairness
//	journal[{action=A reason=R class=C would=yes}]
func (s *script) value(what string) (int, error) {
	name, filter, _ := strings.Cut(strings.TrimSuffix(what, "}"), "{")
	if name == "journal" {
		_, o := split(filter)
		return s.count(func(r falochron.Record) bool {
			return (o["action"] == "" || o["action"] == r.Verdict.Action.String()) &&
				(o["reason"] == "" || o["reason"] == r.Verdict.Reason) &&
				(o["class"] == "" || o["class"] == r.Class.String()) &&
				(o["would"] == "" || r.Verdict.Would)
		}), nil
	}
	actor, of, _ := strings.Cut(name, ".")
	if c := s.crowds[actor]; c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch of {
		case "failed":
			return c.failed, nil
		case "waited":
			return c.waited, nil
		case "done":
			return c.done, nil
		case "fairness":
			return c.fairness(), nil
		}
		return 0, fmt.Errorf("a crowd has no %q", of)
	}
	sh := s.named(actor)
	now, peak := sh.inFlight()
	v := s.vitals(actor)
	known := map[string]int{
		"requests": sh.requests(filter), "inflight": now, "inflight.peak": peak,
		"inline": v.InLine, "inside": v.Inside, "orders": int(v.Orders), "arrivals": int(v.Arrivals), "queued": v.Queued,
	}
	n, ok := known[of]
	if !ok {
		return 0, fmt.Errorf("a shop has no %q", of)
	}
	return n, nil
}
