package twins

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// When a shop is looked at.
const (
	// CheckEvery is how long after a check the next is due, give or take an hour. It
	// is less than [falochron.SharingProofLife], so that one proof does not end
	// before the next is there, with some hours to wait for the end of a wave.
	CheckEvery = 20 * time.Hour
	// RetryAfter is how long after a check that failed the next is due.
	RetryAfter = time.Hour

	glance    = 15 * time.Second // between two looks whether it is time
	firstWait = 30 * time.Second // most that the first look after a start waits
)

// Loop looks at one shop about once a day, in the background. All functions are
// called from one goroutine, but for those of Fetch's answers.
type Loop struct {
	// Shop is the address under which visitors know the shop, scheme and host; empty
	// while it is not known.
	Shop  func() string
	Fetch func(context.Context, *http.Request) (*http.Response, error) // see [Config]
	Calm  func() bool                                                  // no wave is near
	// Preset makes the classifier of a platform; nil = with no rules of the owner's.
	Preset func(platform string) (*preset.Classifier, error)
	// Current is what is known of the shop now; false = there is no such shop.
	Current func() (falochron.Sharing, bool)
	// Update changes what is known: it calls edit with what is known at that moment,
	// lets nobody else change it meanwhile, and puts the result in force. news, if not
	// empty, is what the shop's people should read about it.
	Update func(edit func(falochron.Sharing) (after falochron.Sharing, news string))
	Log    *slog.Logger // nil = silent
}

// Run looks at the shop whenever it is time, until ctx ends.
func (l *Loop) Run(ctx context.Context) {
	log := l.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	// Edges that were started at once, after an upgrade, do not look at once.
	if !sleep(ctx, rand.N(firstWait)) {
		return
	}
	var tried time.Time // last, in vain
	spread := rand.N(2*time.Hour) - time.Hour
	for sleep(ctx, glance) {
		sharing, ok := l.Current()
		now := time.Now()
		shop, err := url.Parse(l.Shop())
		if !ok || err != nil || shop.Host == "" || !due(sharing, now, tried, spread) || !l.Calm() {
			continue
		}
		spread = rand.N(2*time.Hour) - time.Hour
		err = l.check(ctx, shop, sharing)
		if ctx.Err() != nil {
			return
		}
		tried = time.Time{}
		if err != nil {
			tried = time.Now()
			log.Warn("the shop's pages were not compared", "error", err, "hint", falochron.HintOf(err), "again_in", RetryAfter)
		}
	}
}

// due reports that a shop should be looked at: there is something to look at, and
// somebody wants it now or the last check is long enough ago; less, if it was in vain.
func due(s falochron.Sharing, now, tried time.Time, spread time.Duration) bool {
	if len(s.Kinds) == 0 {
		return false
	}
	if !s.Asked.IsZero() {
		return true
	}
	if !tried.IsZero() {
		return now.Sub(tried) >= RetryAfter
	}
	var last time.Time
	for _, k := range s.Kinds {
		if k.Checked.After(last) {
			last = k.Checked
		}
	}
	return now.Sub(last) >= CheckEvery+spread
}

// check looks at the shop once and publishes what it finds.
func (l *Loop) check(ctx context.Context, shop *url.URL, known falochron.Sharing) error {
	platform := known.Platform
	if !known.Asked.IsZero() { // who asks from now on wants one more
		l.Update(func(now falochron.Sharing) (falochron.Sharing, string) { now.Asked = time.Time{}; return now, "" })
	}
	presetOf := l.Preset
	if presetOf == nil {
		presetOf = plainPreset
	}
	classify, err := presetOf(platform)
	if err != nil {
		return err
	}
	if p := classify.Platform(); p.Ask != "" && len(p.FormFields) > 0 {
		// Answers whoever has its key; the owner has, see check --shop --key.
		if !known.Asked.IsZero() {
			l.publish(known, Report{}, needsKey(shop.Host, p.FormFields[0]), time.Now())
		}
		return nil
	}
	report, err := Check(ctx, Config{
		Shop: &url.URL{Scheme: shop.Scheme, Host: shop.Host}, Fetch: l.Fetch, Preset: classify, Calm: l.Calm,
		Differs: func(k falochron.SharedKind) {
			l.publish(known, Report{Kinds: []falochron.SharedKind{k}}, nil, time.Time{})
		},
	})
	if ctx.Err() == nil {
		l.publish(known, report, err, time.Now())
	}
	return err
}

func plainPreset(platform string) (*preset.Classifier, error) {
	p, ok := preset.Named(platform)
	if !ok {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "look at the shop", Public: "nothing is known of platform " + platform}
	}
	return preset.New(p, preset.Rules{})
}

// publish puts in force what was found; ended is when the comparison was over, zero while
// it goes on.
func (l *Loop) publish(before falochron.Sharing, r Report, failed error, ended time.Time) {
	l.Update(func(now falochron.Sharing) (falochron.Sharing, string) {
		if now.Platform != before.Platform || now.Origin != before.Origin {
			return now, "" // found to be another one meanwhile, or moved
		}
		after, news := Merge(now, r, failed)
		if !ended.IsZero() {
			after.Compared = ended.UTC()
		}
		return after, news
	})
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Merge puts what a check found in the place of what was known before. failed is
// its error: then only what differs counts, since of what is alike perhaps not all
// was seen.
//
//   - A kind that differs is withdrawn, and the owner's word for it ends: when it
//     passes again, he is asked again.
//   - A kind that passes keeps the owner's word; so does one in which nothing
//     differs but nobody with a cart could be asked, though it is not shared.
//   - A kind that was not looked at keeps what was known, until that is too old.
//
// news tells people what was withdrawn, in the form "what: became so"; empty if
// nothing was.
func Merge(before falochron.Sharing, r Report, failed error) (after falochron.Sharing, news string) {
	after = before
	after.Kinds = slices.Clone(before.Kinds)
	for _, found := range r.Kinds {
		i := slices.IndexFunc(after.Kinds, func(k falochron.SharedKind) bool { return k.Name == found.Name })
		if i < 0 {
			continue // the platform has no such kind any more
		}
		k := &after.Kinds[i]
		if failed != nil && !differs(found) {
			continue
		}
		if found.Checked.IsZero() {
			if k.Checked.IsZero() {
				k.Why = found.Why
			}
			continue
		}
		if differs(found) {
			if !k.Confirmed.IsZero() && news == "" {
				news = fmt.Sprintf("sharing: %s → differs", k.Name)
			}
		} else {
			found.Confirmed = k.Confirmed
		}
		*k = found
	}
	after.Refused = ""
	if failed != nil {
		after.Refused = failed.Error()
		if hint := falochron.HintOf(failed); hint != "" {
			after.Refused += "; " + hint
		}
	}
	return after, news
}

// differs reports that something was found that forbids to share a kind.
func differs(k falochron.SharedKind) bool {
	return slices.ContainsFunc(k.Spans, func(s falochron.Span) bool { return !s.Harmless })
}
