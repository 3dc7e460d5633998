package crowd

import (
	"encoding/json"
	"path"
	"time"
)

// pollWait bounds one status request; a poll that fails is tried again at the
// next interval, but not sooner than pollRetry.
const (
	pollWait  = 10 * time.Second
	pollRetry = 2 * time.Second
)

// line stands in line as the waiting page says: with scripts it asks for the
// status exactly as often as told and goes on when called; without, it lets the
// page reload itself. It ends with the page that claimed the place.
func (v *visit) line(i int, p page) (page, outcome) {
	now := time.Now()
	v.join(now, p.told)
	defer v.tally.inLine.Add(-1)
	v.assets(p)
	end := v.start.Add(v.tr.Joined + linePatience(v.fan)) // from the first time in line
	here := p.at                                          // the address of the waiting page itself
	if scared(v.fan, p.told.low) {
		end = now
	}
	for {
		if p.told.state == "soldout" && !v.stay(p) {
			v.goodbye(p)
			return p, none
		}
		every := p.told.poll
		if !v.fan.Script {
			every = p.told.refresh
		}
		v.tr.Slack = max(v.tr.Slack, every)
		next := time.Now().Add(every)
		if next.After(end) {
			if !v.sleep(end) {
				return p, stopped
			}
			v.goodbye(p)
			return p, left
		}
		if !v.sleep(next) {
			return p, stopped
		}
		v.tally.acted(next, time.Now())

		go_, to := true, here
		if v.fan.Script {
			go_, to = v.poll(&p, next)
		} else if p.told.to != "" {
			to = resolve(here, p.told.to, v.host)
		}
		if !go_ {
			continue
		}
		look := Step{Kind: Look}
		q, out := v.load(i, &look, "GET", to, "", next)
		if out != waits {
			if out == served && v.tr.Called == 0 {
				v.tr.Called = v.since(time.Now())
			}
			return q, out
		}
		here = to
		q.at, q.again = p.at, p.again
		p = q
		v.note(p.told)
	}
}

// join notes that the fan stands in line, and what was promised.
func (v *visit) join(now time.Time, t told) {
	v.tally.inLine.Add(1)
	if v.tr.Joined == 0 {
		v.tr.Joined = v.since(now)
		if t.state == "waiting" {
			v.tr.PromiseLow, v.tr.PromiseHigh = t.low, t.high
		}
	}
	v.note(t)
}

// note keeps what the fan was told last.
func (v *visit) note(t told) {
	if t.state != "waiting" {
		return
	}
	if v.tr.ToldRank != 0 && int32(t.ahead) > v.tr.ToldAhead {
		v.tr.WentBack = true
	}
	v.tr.ToldAhead, v.tr.ToldRank = int32(t.ahead), int32(v.tally.admitted.Load())+1
}

// poll asks for the status. It says whether to navigate, and where to.
func (v *visit) poll(p *page, from time.Time) (bool, string) {
	at := resolve(p.at, p.told.statusAt, v.host)
	if at == "" {
		return true, p.at // a page without a status: reload it
	}
	a, err := v.pool.send(&request{method: "GET", target: at, dest: script, referer: "http://" + v.host + p.at,
		from: v.address(), fan: v.fan, jar: &v.jar}, v.host, &bearing{from: from, cap: pollWait}, true)
	now := time.Now()
	if err != nil || a.status >= 500 && a.state == "" {
		if !v.over() {
			v.tally.in(now, func(_ *secondTally, c *counts) { c.polls++; c.pollErrors++ })
		}
		p.told.poll = max(p.told.poll, pollRetry)
		return false, ""
	}
	v.cookies(a)
	v.tally.answered(a, now.Sub(from), true)
	v.tally.in(now, func(s *secondTally, c *counts) { c.polls++; s.Waiting++ })
	var st struct {
		State string  `json:"state"`
		Ahead int     `json:"ahead"`
		Low   float64 `json:"wait_low_s"`
		High  float64 `json:"wait_high_s"`
		Poll  float64 `json:"poll_s"`
		Page  string  `json:"page"`
	}
	if json.Unmarshal(a.body, &st) != nil {
		return false, ""
	}
	secs := func(x float64) time.Duration { return time.Duration(min(max(x, 0), 1e6) * float64(time.Second)) }
	p.told.state, p.told.ahead = st.State, st.Ahead
	p.told.low, p.told.high, p.told.poll = secs(st.Low), secs(st.High), ask(secs(st.Poll))
	to := p.at
	if t := resolve(p.at, st.Page, v.host); t != "" {
		to = t
	}
	switch st.State {
	case "called", "inside":
		v.called = true
		if v.tr.Called == 0 {
			v.tr.Called = v.since(now)
		}
		return true, to
	case "none":
		v.tr.PlaceLost = true
		return true, p.at
	}
	v.note(p.told)
	return false, ""
}

// stay decides what to do about a sold-out article, and says so.
func (v *visit) stay(p page) bool {
	if chance(v.fan.Seed, chanceSoldOut, 0) < soldOutLeaves {
		return false
	}
	v.tell(p, "stay")
	return true
}

// goodbye is said by some of those who leave the line.
func (v *visit) goodbye(p page) {
	if chance(v.fan.Seed, chanceSaysGoodbye, 0) < goodbyeShare {
		v.tell(p, "leave")
	}
}

// tell presses one of the waiting page's buttons; its answer does not matter.
func (v *visit) tell(p page, what string) {
	if p.told.statusAt == "" {
		return
	}
	at := path.Join(path.Dir(p.told.statusAt), what)
	a, err := v.pool.send(&request{method: "POST", target: at, dest: document, referer: "http://" + v.host + p.at,
		from: v.address(), fan: v.fan, jar: &v.jar}, v.host, &bearing{from: time.Now(), cap: pollWait}, false)
	if err == nil {
		v.cookies(a)
	}
}
