package crowd

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxHops bounds the redirects of one page load.
const maxHops = 5

// instant is how soon an error page must come to be none that anybody has waited
// for. Chosen: people notice a wait of a second.
const instant = time.Second

// page is a loaded page.
type page struct {
	at    string // target it finally came from
	body  []byte
	told  told // when it is a waiting page
	again bool // it stands where a POST should have been answered
	same  bool // the same for all: it needed no place
}

// load loads a page as a person does: presses, follows redirects, reloads what
// is slow, leaves what is slower. from is when the person pressed.
func (v *visit) load(i int, s *Step, method, target, form string, from time.Time) (page, outcome) {
	pressed := from
	for press := 0; ; press++ {
		v.tally.in(time.Now(), func(sec *secondTally, c *counts) { sec.Offered++ })
		p, out, err := v.hops(s, method, target, form, bear(v.fan, s.Kind, i, press, pressed))
		now := time.Now()
		age := now.Sub(from)
		if errors.Is(err, errReload) {
			v.tally.in(now, func(_ *secondTally, c *counts) { c.reloads++ })
			pressed = now
			continue
		}
		if v.tr.Asked == 0 && !p.same {
			v.tr.Asked = v.since(from)
		}
		if out == stopped {
			if age > brokenAfter {
				v.fault(Over10s)
			}
			return p, out
		}
		v.loaded(s, out, err, from, now)
		return p, out
	}
}

// loaded files a page load that ended with out after the person waited from
// from to now.
func (v *visit) loaded(s *Step, out outcome, err error, from, now time.Time) {
	age := now.Sub(from)
	if age > brokenAfter {
		v.fault(Over10s)
	}
	if v.tr.Checkouts && v.in && (out == failed || out == waits || age > brokenAfter) {
		v.tr.CheckFail = true
	}
	v.tr.Erred = v.tr.Erred || out == failed
	v.tally.mu.Lock()
	defer v.tally.mu.Unlock()
	c, sec := &v.tally.count, v.tally.at(now)
	c.loads++
	record(v.tally.all, age)
	if out != waits && (out != failed || age >= instant) {
		record(v.tally.waited, age)
	}
	switch out {
	case waits:
		sec.Waiting++
		return
	case failed:
		c.errors++
		sec.Errors++
		var st statusError
		if !errors.As(err, &st) || st == 502 || st == 503 {
			sec.Refused++
		}
	case left:
		c.given++
	}
	if v.in {
		record(v.tally.pages, age)
		begun := v.tally.at(from)
		begun.took = append(begun.took, uint32(age.Milliseconds()))
	}
}

// statusError is an answer that is no page.
type statusError int

func (s statusError) Error() string { return "answered with status " + strconv.Itoa(int(s)) }

// hops sends one press and follows redirects to the page it leads to.
func (v *visit) hops(s *Step, method, target, form string, b *bearing) (page, outcome, error) {
	sent, again, byScript := b.from, s.Method == "POST" && method == "POST", s.Script
	alike := method == "GET" && v.list.Plan.alike(s, &v.jar)
	for range maxHops {
		r := request{method: method, target: target, body: form, dest: document, referer: v.refererFor(), from: v.address(), fan: v.fan, jar: &v.jar}
		if byScript {
			r.dest, r.fields = script, v.fields(s)
		}
		a, err := v.pool.send(&r, v.host, b, true)
		if alike {
			alike = false // where it leads is another matter
			v.askedFor(a, err, func(c *counts) { c.alikePages++ })
		}
		if err != nil {
			return v.unanswered(err)
		}
		v.cookies(a)
		now := time.Now()
		v.tally.answered(a, now.Sub(sent), a.state != "" || a.hit)
		sent = now
		if r.dest == script && a.state != "" && a.status >= 400 {
			// The line's script in the page goes where the line is shown.
			method, form, byScript = "GET", "", false
			target = linePage + "?to=" + url.QueryEscape(resolve("/", strings.TrimPrefix(v.refererFor(), "http://"+v.host), v.host))
			again = true
			continue
		}
		if t, ok := v.waiting(a); ok {
			v.fault(WaitingPage)
			v.called = isTurn(t.state)
			return page{at: target, body: a.body, told: t, again: again}, waits, nil
		}
		switch {
		case a.status >= 300 && a.status < 400 && a.status != 304:
			if !a.shared && a.state == "" { // a redirect of whoever keeps the line admits nobody
				v.admit()
			}
			next := resolve(target, a.location, v.host)
			v.booked(s, next)
			if next == "" { // off the site, as to a bank: the journey's end for us
				return page{at: target}, served, nil
			}
			method, target, form = "GET", next, ""
		case a.status == 409:
			return page{at: target}, none, nil
		case a.status >= 500:
			v.fault(ServerError)
			return page{}, failed, statusError(a.status)
		case a.status >= 400:
			v.fault(Refused)
			return page{}, failed, statusError(a.status)
		default:
			if !a.shared { // a page that is the same for all admits nobody
				v.admit()
			}
			v.booked(s, target)
			if byScript {
				v.booked(s, string(a.body))
			}
			return page{at: target, body: a.body, same: a.shared}, served, nil
		}
	}
	v.fault(ServerError) // redirects without end
	return page{}, failed, statusError(508)
}

// askedFor counts a request for something that is the same for all, unless the
// line answered it: who is held back has been spared the shop by another means.
func (v *visit) askedFor(a *answer, err error, count func(*counts)) {
	if err == nil && a.state != "" || err != nil && v.over() {
		return
	}
	v.tally.in(time.Now(), func(_ *secondTally, c *counts) { count(c) })
}

// linePage is where the waiting room shows the line to somebody whose script was
// refused.
const linePage = ownPath + "wait"

// ownPath is where all lies that whoever keeps the line hands out itself.
const ownPath = "/.falochron/"

// fields are the header fields of a script's request.
func (v *visit) fields(s *Step) []Field {
	fields := make([]Field, len(s.Fields))
	for i, f := range s.Fields {
		fields[i] = Field{f.Name, v.list.Plan.fill(f.Value, v.fan, v.told)}
	}
	return fields
}

// unanswered files a request that ended without an answer.
func (v *visit) unanswered(err error) (page, outcome, error) {
	switch {
	case v.over():
		return page{}, stopped, err
	case errors.Is(err, errReload):
		return page{}, failed, err
	case errors.Is(err, errLeft):
		return page{}, left, err
	case errors.Is(err, errSlow):
		v.fault(Over10s)
	default:
		v.fault(Reset)
	}
	return page{}, failed, err
}

// booked notes an accepted order, once: the shop has led the buyer to the page
// that says so.
func (v *visit) booked(s *Step, to string) {
	if s.Kind == Order && v.tr.Ordered == 0 && strings.Contains(to, s.Done) {
		now := time.Now()
		v.tr.Ordered = v.since(now)
		v.tally.in(now, func(sec *secondTally, _ *counts) { sec.Orders++ })
	}
}

// waiting reads the waiting room's answer. Its page tells: whatever the status,
// and even if something on the way has taken the header away, a page with the
// waiting page's element and a state is the waiting page. The header completes a
// page that names no state.
func (v *visit) waiting(a *answer) (told, bool) {
	t, ok := readWaiting(a.body)
	if t.state == "" {
		t.state = a.state
	}
	return t, ok && t.state != ""
}

// isTurn says whether a state of the line means that the next navigation gets
// in.
func isTurn(state string) bool { return state == "called" || state == "inside" }

// cookies keeps what an answer sets. Whoever gets the cookie of those inside has
// been let in, whatever else the answer says.
func (v *visit) cookies(a *answer) {
	v.suspected(a)
	for _, c := range a.cookies {
		v.jar.set(c)
		v.called = v.called || strings.HasPrefix(c, insideCookies) && v.jar.has(insideCookies)
	}
}

// refererFor is the page the fan comes from: the app for the first one.
func (v *visit) refererFor() string {
	if v.referer == "" {
		return channels(v.fan.Channel).referer
	}
	return v.referer
}

// encode fills in a form.
func encode(p *Plan, form []Field, f *Fan, told map[string]string) string {
	var b strings.Builder
	for i, field := range form {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(field.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.fill(field.Value, f, told)))
	}
	return b.String()
}
