package radar

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/falochron/falochron"
)

// The transcripts tell whose post a wave is as stories that can be read aloud; go test
// ./internal/radar -run TestWhoseTranscripts -rewrite writes them anew.
func TestWhoseTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/whose", func(t *testing.T, path string) {
		s := &whoseStory{now: time.Date(2026, 11, 27, 19, 50, 0, 0, time.UTC), carry: map[falochron.Entry]float64{}, total: map[falochron.Entry]uint64{}}
		datadriven.RunTest(t, path, s.play)
	})
}

type whoseStory struct {
	now       time.Time
	onset     time.Time
	entrances Entrances
	watch     Watch
	posts     []Announced
	previews  []falochron.PreviewTally
	carry     map[falochron.Entry]float64 // parts of people
	total     map[falochron.Entry]uint64
}

func (s *whoseStory) clock(t *testing.T, text string) time.Time {
	at, err := time.Parse("15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 27, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

func (s *whoseStory) length(t *testing.T, d *datadriven.TestData, name string) time.Duration {
	if !d.HasArg(name) {
		return 0
	}
	var text string
	d.ScanArgs(t, name, &text)
	out, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *whoseStory) word(t *testing.T, d *datadriven.TestData, name string) (text string) {
	if d.HasArg(name) {
		d.ScanArgs(t, name, &text)
	}
	return text
}

func (s *whoseStory) play(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "post": // of the plan
		s.posts = append(s.posts, Announced{
			ID: s.word(t, d, "id"), Channel: falochron.ChannelOf(s.word(t, d, "channel")), At: s.clock(t, s.word(t, d, "at")),
			Slip: s.length(t, d, "slip"), Out: d.HasArg("out"), Off: d.HasArg("off"), Path: s.word(t, d, "path"),
		})
	case "come": // lines: people a second, by, channel, and post=, campaign= or path=
		if d.HasArg("onset") {
			if s.onset = (time.Time{}); s.word(t, d, "onset") != "none" {
				s.onset = s.clock(t, s.word(t, d, "onset"))
			}
		}
		s.come(t, s.length(t, d, "for"), d.Input)
	case "whose":
		return s.tell()
	case "fetch": // lines: path, families, fetches, prefetches
		for line := range strings.Lines(d.Input) {
			var path, families string
			p := falochron.PreviewTally{First: s.now, Last: s.now}
			if _, err := fmt.Sscan(line, &path, &families, &p.Fetches, &p.Prefetches); err != nil {
				t.Fatal(err)
			}
			p.Path = path
			if families != "-" {
				p.Families = strings.Split(families, ",")
			}
			s.fetched(p)
		}
		var out strings.Builder
		for _, w := range s.watch.Observe(s.now, s.previews, s.posts) {
			fmt.Fprintf(&out, "%s scores %.1f: %s\n", w.Path, w.Score, strings.ReplaceAll(w.Sentence("en", ""), "\u00a0", " "))
		}
		if out.Len() == 0 {
			return "nothing is told\n"
		}
		return out.String()
	case "advance":
		s.now = s.now.Add(s.length(t, d, "by"))
		s.watch.Observe(s.now, s.previews, s.posts)
	default:
		t.Fatalf("%s?", d.Cmd)
	}
	return ""
}

// fetched adds to what was fetched of a page.
func (s *whoseStory) fetched(p falochron.PreviewTally) {
	for i := range s.previews {
		if have := &s.previews[i]; have.Path == p.Path {
			p.First, p.Fetches, p.Prefetches = have.First, p.Fetches+have.Fetches, p.Prefetches+have.Prefetches
			*have = p
			return
		}
	}
	s.previews = append(s.previews, p)
}

// come lets people come evenly, and shows them to the radar four times a second.
func (s *whoseStory) come(t *testing.T, lasts time.Duration, lines string) {
	rates := map[falochron.Entry]float64{}
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		rate, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		e := falochron.Entry{By: fields[1], Channel: falochron.ChannelOf(fields[2])}
		for _, f := range fields[3:] {
			name, value, _ := strings.Cut(f, "=")
			switch name {
			case "post":
				e.Post = value
			case "campaign":
				e.Campaign = value
			case "path":
				e.Path = value
			}
		}
		rates[e] = rate
		s.total[e] += 0
	}
	const tick, ticks = 100 * time.Millisecond, 5
	for range int(lasts / (ticks * tick)) {
		tally := falochron.ArrivalTally{Tick: tick, Shop: make([]uint32, ticks)}
		for e := range s.total {
			of := falochron.EntryTally{Entry: e}
			for i := range ticks {
				s.carry[e] += rates[e] * tick.Seconds()
				n := uint32(s.carry[e] + 1e-9)
				s.carry[e] -= float64(n)
				of.Ticks = append(of.Ticks, n)
				tally.Shop[i] += n
				s.total[e] += uint64(n)
			}
			of.Total = s.total[e]
			tally.Entries = append(tally.Entries, of)
		}
		s.now = s.now.Add(ticks * tick)
		tally.Until = s.now
		s.entrances.Observe(tally, s.onset)
	}
}

func (s *whoseStory) tell() string {
	suspects := Attribute(Seen{Onset: s.onset, Entries: s.entrances.Since(), Posts: s.posts})
	if len(suspects) == 0 {
		return "nobody\n"
	}
	var out strings.Builder
	for i := range suspects {
		x := &suspects[i]
		who := x.Post
		if who == "" {
			who = x.Channel.String()
		}
		fmt.Fprintf(&out, "%s (%s): %.0f people, %.2f of all, %.2f sure by %s", who, x.Fit, x.Newcomers, x.Share, x.Confidence, x.By)
		if x.Early != 0 {
			fmt.Fprintf(&out, ", early by %s", x.Early)
		}
		if x.Campaign != "" {
			fmt.Fprintf(&out, ", marked %s", x.Campaign)
		}
		out.WriteString("\n  " + strings.ReplaceAll(x.Sentence("en", ""), "\u00a0", " ") + "\n  " + strings.ReplaceAll(x.Sentence("pl", ""), "\u00a0", " ") + "\n")
	}
	if who, ask := Unplanned(suspects); ask {
		fmt.Fprintf(&out, "ask: %s\n", who.Channel)
	}
	return out.String()
}
