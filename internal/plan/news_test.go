package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// read is how many acts an actor finds in all histories that it may read.
func (w *world) read(t interface{ Fatal(...any) }, who Actor) (n int) {
	count := func(a Audit, err error) {
		switch reasonOf(err) {
		case "unknown":
		case "":
			n += len(a.Entries) + a.Older
		default:
			t.Fatal(err)
		}
	}
	for id := range w.shops {
		count(w.ShopAudit(w.now, who, id))
	}
	for id := range w.campaigns {
		count(w.CampaignAudit(w.now, who, id))
	}
	for id := range w.parties {
		count(w.PartyAudit(w.now, who, id))
	}
	return n
}

// News are told of what one may read, and of nothing else: it is the length of the
// histories that are open to the actor, whoever did whatever.
func TestNewsAreWhatOneMayRead(t *testing.T) {
	moved := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		for range throw(rt).between(20, 60) {
			was := map[Actor]int{}
			all := []Actor{ola, mm, soft, eva, nn, dev, web, operator, machine}
			for _, id := range sorted(w.grants) {
				if who, err := w.Enter(w.now, id, ""); err == nil {
					all = append(all, who)
				}
			}
			for _, who := range all {
				was[who], _ = w.News(w.now, who) // of who is nobody it is 0
			}
			by, c := w.next(throw(rt))
			if _, err := w.do(by, c); err != nil {
				continue
			}
			for _, who := range all {
				n, err := w.News(w.now, who)
				if err != nil {
					if k := reasonOf(err); k != "link-over" && k != "nobody" {
						rt.Fatalf("%v: %v", who, err)
					}
					continue
				}
				if want := w.read(rt, who); n != want {
					rt.Fatalf("%v has news of %d acts after %#v, and may read %d", who, n, c, want)
				}
				if n != was[who] {
					moved[side(who)+string(who.Role)] = true
				}
			}
		}
	})
	for _, want := range []string{"Ainfluencer", "Bmedia-house", "Asoftware-house", "host", "operator"} {
		if !moved[want] {
			t.Errorf("there was never news for %s", want)
		}
	}
}

// What happens at one agency's shop is no news to the other, and is to their host; what
// is found in a shop as it was before is news to nobody; a link that is over hears no more.
func TestWhoHasNews(t *testing.T) {
	w, _ := readied(t)
	news := func(who Actor) int {
		t.Helper()
		n, err := w.News(w.now, who)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.must(t, operator, GiveLink{Grant{Party: "web", Role: Host, Expires: w.now.Add(day)}})
	link, err := w.Enter(w.now, "web-link-1", "")
	if err != nil {
		t.Fatal(err)
	}
	here, there, host, byLink := news(soft), news(nn), news(web), news(link)
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	if news(soft) != here+1 || news(web) != host+1 || news(link) != byLink+1 || news(nn) != there {
		t.Errorf("after a tap: %d, %d, %d and %d; before %d, %d, %d and %d", news(soft), news(web), news(link), news(nn), here, host, byLink, there)
	}
	w.must(t, operator, RevokeLink{Grant: "web-link-1"})
	if _, err := w.News(w.now, link); reasonOf(err) != "link-over" {
		t.Errorf("a revoked link has news: %v", err)
	}

	w, _ = readied(t)
	here = news(mm)
	w.finds(t, 0, LinkCheck, Right, "", "") // as an hour ago
	if news(mm) != here {
		t.Error("what was found as before is news")
	}
}
