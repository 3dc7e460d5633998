package control

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Whose post a wave is: the influencer is asked at once, also at night, with a way to the
// page that has the buttons; again after two minutes; and no more when she has answered.
func TestWhosePostIsAskedAtOnce(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		s.run()
		defer s.end()
		passes(time.Minute)
		ask := func() {
			s.do(plan.Actor{Role: plan.Machine}, plan.AskPost{Shop: "lip", Onset: time.Now(), Channel: "instagram"})
		}
		ask()
		began := time.Since(s.office.began)
		passes(10 * time.Minute)
		asked := func() (out []sent) {
			for _, m := range s.office.of("mailto:ola@example.com") {
				if strings.Contains(m.Subject, "czy właśnie coś opublikowano?") {
					out = append(out, m)
				}
			}
			return out
		}
		got := asked()
		if len(got) != 2 || got[0].after-began > 10*time.Second || got[1].after-began < 2*time.Minute || got[1].after-began > 130*time.Second {
			t.Fatalf("%+v", got)
		}
		first := got[0]
		if !strings.Contains(first.Line, "Pytanie do Ciebie, teraz") || len(first.Links) != 1 || !strings.HasSuffix(first.Links[0].URL, "/plan/next/lip") || first.Links[0].Label != "Otwórz stronę" {
			t.Errorf("%+v", first.Message)
		}
		if host := about(s.office.got("mailto:jan@example.com"), "did you just post"); len(host) != 0 {
			t.Errorf("the host is asked: %q", host)
		}
		passes(time.Hour)
		ask()
		passes(30 * time.Second)
		s.do(olaActor, plan.AnswerPost{Shop: "lip", Inquiry: "lip-ask-2"})
		passes(10 * time.Minute)
		if n := len(asked()); n != 3 {
			t.Errorf("%d times asked", n)
		}
	})
}
