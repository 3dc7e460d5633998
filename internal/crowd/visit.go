package crowd

import (
	"bytes"
	"time"
)

// visit is one fan at the shop: a goroutine that sleeps most of the time.
type visit struct {
	*run
	i       int32
	fan     *Fan
	tr      *Trace
	jar     jar
	seen    []uint32          // hashes of assets this browser has
	items   []string          // put into the cart
	told    map[string]string // words that answers told
	tag     string            // of its session, as pages show it
	referer string
	called  bool // told that it is this fan's turn, by the status or by a cookie; not in yet
	in      bool // admitted
}

// outcome is what became of one step, page load or wait.
type outcome uint8

const (
	served  outcome = iota // the page is there
	waits                  // the waiting page is there instead
	none                   // sold out: an answer, but the visit ends
	failed                 // an error page or none
	left                   // the fan has gone
	stopped                // the run is over
)

// live walks the journey. from is when the fan meant to arrive.
func (v *visit) live(from time.Time) {
	v.tr.Arrived = v.since(from)
	v.tally.in(from, func(s *secondTally, _ *counts) { s.Arrived++ })
	steps := v.list.Plan.Journeys[v.fan.Journey].Steps
	v.tr.Ending = Finished
	for i := range steps {
		if i > 0 {
			from = time.Now().Add(v.list.Plan.think(v.fan, i))
			if !v.sleep(from) {
				v.tr.Ending = Unfinished
				break
			}
		}
		v.tally.acted(from, time.Now())
		if end, ok := v.step(i, &steps[i], from); !ok {
			v.tr.Ending = end
			break
		}
	}
	v.tr.Ended = v.since(time.Now())
	if v.in {
		v.tally.inside.Add(-1)
	}
}

// step does one step, through errors and the line, until it is done or the
// visit ends.
func (v *visit) step(i int, s *Step, from time.Time) (Ending, bool) {
	if s.Kind >= Checkout {
		v.tr.Checkouts = true
	}
	plan := v.list.Plan
	target := plan.fill(s.Path, v.fan, v.told)
	form := encode(plan, s.Form, v.fan, v.told)
	if s.Body != "" {
		form = plan.fill(s.Body, v.fan, v.told)
	}
	for try := 0; ; try++ {
		p, out := v.load(i, s, s.Method, target, form, from)
		for out == waits {
			again := p.again
			if p, out = v.line(i, p); out != served {
				break
			}
			// The claim of the place was a page load of its own. A POST that met
			// the line has not been done: the page says to press again.
			if again {
				p, out = v.load(i, s, s.Method, target, form, time.Now())
			}
		}
		switch out {
		case served:
			v.arrive(s, target, p)
			return Finished, true
		case none:
			return SoldOut, false
		case left:
			return v.gone(), false
		case stopped:
			return Unfinished, false
		}
		if try >= maxRetries || chance(v.fan.Seed, chanceRetry, uint64(i)<<8|uint64(try)) >= retryShare {
			v.tr.LeftAt = v.since(time.Now())
			return Errored, false
		}
		u := chance(v.fan.Seed, chanceRetryWait, uint64(i)<<8|uint64(try))
		from = time.Now().Add(retryMin + time.Duration(u*float64(retryMax-retryMin)))
		if !v.sleep(from) {
			return Unfinished, false
		}
		v.tally.acted(from, time.Now())
	}
}

// arrive does what follows a page that came: look at it, fetch what it shows.
func (v *visit) arrive(s *Step, target string, p page) {
	if !s.Script {
		v.referer = "http://" + v.host + p.at
	}
	if s.Kind == Add && s.Item != "" {
		v.items = append(v.items, v.list.Plan.fill(s.Item, v.fan, v.told))
	}
	v.inspect(p.body)
	v.take(s, p.body)
	if v.list.Plan.Assets && len(p.body) > 0 {
		v.assets(p)
	}
	if v.fan.Script && !s.Script {
		v.background(p)
	}
}

// background asks for what the page's script asks for by itself. A refusal of it is
// no matter: nobody has pressed anything.
func (v *visit) background(p page) {
	plan := v.list.Plan
	for i := range plan.Background {
		s := &plan.Background[i]
		from := time.Now()
		r := request{method: s.Method, target: plan.fill(s.Path, v.fan, v.told), body: encode(plan, s.Form, v.fan, v.told),
			dest: script, referer: "http://" + v.host + p.at, from: v.address(), fan: v.fan, jar: &v.jar, fields: v.fields(s)}
		a, err := v.pool.send(&r, v.host, &bearing{from: from, cap: assetWait}, true)
		v.tally.in(time.Now(), func(_ *secondTally, c *counts) {
			c.requests++
			c.assets++
			if (err != nil || a.status >= 400 && a.state == "") && !v.over() {
				c.assetErrors++
			}
		})
		if err == nil && a.status == 200 {
			v.cookies(a)
			v.inspect(a.body)
		}
	}
}

// take keeps the words that an answer tells for later steps.
func (v *visit) take(s *Step, body []byte) {
	for _, t := range s.Takes {
		_, rest, found := bytes.Cut(body, []byte(t.Before))
		if !found {
			continue
		}
		word, _, found := bytes.Cut(rest, []byte(t.After))
		if !found || len(word) > longestWord {
			continue
		}
		if v.told == nil {
			v.told = map[string]string{}
		}
		v.told[t.Word] = string(word)
	}
}

// longestWord bounds what is taken from a page, bytes.
const longestWord = 1024

// gone is how a fan that left is filed: by whether it stood in line.
func (v *visit) gone() Ending {
	v.tr.LeftAt = v.since(time.Now())
	if !v.in && v.tr.Joined != 0 && v.tr.Called == 0 {
		return LineLeft
	}
	return TooSlow
}

// admit notes that the shop has served this fan, or failed to after its turn had
// come.
func (v *visit) admit() {
	if v.in {
		return
	}
	v.in = true
	v.tr.Admitted = v.since(time.Now())
	v.tr.AdmitRank = int32(v.tally.admitted.Add(1))
	v.tally.inside.Add(1)
}

// fault notes the first thing that an admitted person must not meet. Who was
// called and then meets it instead of the first page has been let in and let
// down. The waiting page is no fault there: somebody else has taken the place,
// which the line may answer until the turn is claimed.
func (v *visit) fault(f Fault) {
	if v.called && !v.in && f != WaitingPage {
		v.admit()
	}
	if v.in && v.tr.Broken == NoFault {
		v.tr.Broken = f
	}
}
