package plan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What the radar saw is told once to those whom it concerns: a wave to everybody of the
// shop, an attack to those who can do something about it; that it is over waits for the
// morning. Who may not know whose post it is, is told that, when and how many.
func TestSightsAreTold(t *testing.T) {
	w := busy(t)
	shop, campaign := ID("lip"), ID("lip-1")
	post := campaign + ".1"
	began := w.now.Add(-20 * time.Second)
	w.must(t, machine, RecordSight{Shop: shop, Sight: Sight{What: WaveSeen, Began: began, Campaign: campaign, Post: post, Sure: 0.87, People: Interval{26_000, 38_012, 55_000}}})
	if _, err := w.Decide(w.now, machine, RecordSight{Shop: shop, Sight: Sight{What: WaveSeen, Began: began.Add(-3 * time.Minute)}}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("the same wave twice: %v", err)
	}
	told := map[Role]string{}
	notices, _ := w.Due(w.now)
	for _, n := range notices {
		if strings.Contains(n.ID, "/wave/") {
			told[n.To.Role] = spaces(n.Reason.Sentence(English))
			if !n.Urgent || n.About != "" {
				t.Errorf("%+v", n)
			}
		}
	}
	for _, n := range notices {
		if strings.Contains(n.ID, "/wave/") && !slices.ContainsFunc(w.Untold(w.now, n.To, n.Campaign), func(o Notice) bool { return o.ID == n.ID }) {
			t.Errorf("a message of %s would not be sent any more", n.ID)
		}
	}
	if len(told) != 4 || !strings.Contains(told[Influencer], "38,000 people are expected in ten minutes") {
		t.Errorf("told: %q", told)
	}
	if k, err := w.Campaign(w.now, operator, campaign); err != nil || k.Campaign.Posts[0].label() == "" || strings.Contains(told[Host], k.Campaign.Posts[0].label()) {
		t.Errorf("a host is told %q", told[Host])
	}
	w.must(t, machine, RecordSight{Shop: shop, Sight: Sight{What: AttackSeen, Began: w.now, Done: "slow"}})
	w.must(t, machine, RecordSight{Shop: shop, Sight: Sight{What: WaveOver, Began: began, Ended: w.now, Campaign: campaign, Post: post, Came: 36_480, All: 61_002, Peak: 5_900, PeakAt: w.now}})
	var attack, over []Role
	notices, _ = w.Due(w.now)
	for _, n := range notices {
		switch {
		case strings.Contains(n.ID, "/attack/"):
			attack = append(attack, n.To.Role)
		case strings.Contains(n.ID, "/wave-over/"):
			if over = append(over, n.To.Role); n.Urgent {
				t.Errorf("it hurries that a wave is over: %+v", n)
			}
		}
	}
	if slices.Contains(attack, Influencer) || slices.Contains(attack, MediaHouse) || len(attack) == 0 {
		t.Errorf("of an attack are told %v", attack)
	}
	if len(over) == 0 {
		t.Error("nobody is told that it is over")
	}
	seen, err := w.Sights(w.now, operator, shop)
	if err != nil || len(seen) != 3 || seen[0].What != WaveOver || seen[0].All != 61_002 {
		t.Errorf("%+v, %v", seen, err)
	}
	notices, _ = w.Due(w.now.Add(changeTold + time.Minute))
	if i := slices.IndexFunc(notices, func(n Notice) bool { return strings.Contains(n.ID, "/wave") }); i >= 0 {
		t.Errorf("still told after a day: %+v", notices[i])
	}
}

// A sight is measured, not said: people cannot write one, nor can anybody one that makes
// no sense.
func TestSightsAreMeasured(t *testing.T) {
	w := busy(t)
	shop, campaign := ID("lip"), ID("lip-1")
	ok := Sight{What: WaveSeen, Began: w.now}
	with := func(change func(*Sight)) Sight {
		s := ok
		change(&s)
		return s
	}
	for _, tc := range []struct {
		who  Actor
		s    Sight
		want string
	}{
		{mm, ok, "may not"},
		{machine, with(func(s *Sight) { s.What = "tsunami" }), "missing"},
		{machine, with(func(s *Sight) { s.Done = "burn" }), "missing"},
		{machine, with(func(s *Sight) { s.Began = w.now.Add(time.Hour) }), "not happened"},
		{machine, with(func(s *Sight) { s.Began = w.now.Add(-48 * time.Hour) }), "longer ago"},
		{machine, with(func(s *Sight) { s.Campaign, s.Post = campaign, "nothing" }), "no such thing"},
		{machine, with(func(s *Sight) { s.Sure = 2 }), "from 0 to 1"},
		{machine, with(func(s *Sight) { s.Came = -1 }), "from 0"},
	} {
		if _, err := w.Decide(w.now, tc.who, RecordSight{Shop: shop, Sight: tc.s}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v, want %q", tc.s, err, tc.want)
		}
	}
	for i := range maxSights + 5 {
		w.now = w.now.Add(seenOnce)
		w.must(t, machine, RecordSight{Shop: shop, Sight: Sight{What: WaveSeen, Began: w.now, All: i}})
	}
	if seen, err := w.Sights(w.now, operator, shop); err != nil || len(seen) != maxSights || seen[0].All != maxSights+4 {
		t.Errorf("%d are kept, the newest %+v: %v", len(seen), seen[0], err)
	}
}
