package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/pprof/profile"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/proc"
)

// How profiles are taken.
const (
	profileRounds = 3
	// profileSeconds a round: at a hundred samples a second of CPU three rounds tell a
	// share of 20 % to a point and a half.
	profileSeconds = 8
	// profileFunctions are named of those that allocate.
	profileFunctions = 5
)

// profileCases are answers on kept connections, the same as those of cost where it has
// them.
func profileCases() []costCase {
	cases := slices.DeleteFunc(costCases(), func(c costCase) bool {
		return !slices.Contains([]string{"waiting status, kept connection", "cache hit, 1 KB", "cache hit, 30 KB", "page from the shop, 1 KB, script put in"}, c.name)
	})
	return append(cases, costCase{name: "passed through, 1 KB", path: "/basket", who: within, requests: 20_000, status: 200, cache: "fwd", identity: true})
}

// profileCosts are costs of one answer, by round.
type profileCosts struct {
	CPU     []float64 `json:"cpu_us"` // µs, user and system
	Bytes   []float64 `json:"bytes"`  // allocated
	Objects []float64 `json:"objects"`
}

// profileStep is what one step costs of an answer.
type profileStep struct {
	Step string `json:"step"`
	profileCosts
}

// allocator is a function that allocates, itself.
type allocator struct {
	Function string  `json:"function"`
	Bytes    float64 `json:"bytes"` // for each answer, over all rounds
	Objects  float64 `json:"objects"`
}

// profileRow is one answer, taken apart.
type profileRow struct {
	stamp
	Case      string        `json:"case"`
	BodyBytes int           `json:"body_bytes"`
	Seconds   int           `json:"seconds_per_round"`
	Requests  []int         `json:"requests"`    // by round
	Samples   int           `json:"cpu_samples"` // of all rounds
	Others    []float64     `json:"others_busy"` // share of the machine burnt by other programs, by round
	Void      bool          `json:"void"`
	Steps     []profileStep `json:"steps"` // in the order of costSteps
	Allocates []allocator   `json:"allocates"`
	profileCosts
}

func profilesTake(s settings) time.Duration {
	// Thousands of people are let in for the pages, before each round.
	return time.Duration(len(profileCases())*(profileRounds*secondsOf(s)+2))*time.Second + time.Minute/time.Duration(s.requests)
}

func secondsOf(s settings) int { return max(1, profileSeconds/s.requests) }

func runProfiles(ctx context.Context, b *bench) (outcome, error) {
	var rows []profileRow
	for _, c := range profileCases() {
		c.requests /= b.requests
		row, err := b.profiles(ctx, c)
		if err == nil && row.Void && b.requests == 1 && ctx.Err() == nil {
			b.say("  %s: the machine was busy with something else; once more", c.name)
			row, err = b.profiles(ctx, c)
		}
		if err != nil {
			return outcome{}, fmt.Errorf("%s: %w", c.name, err)
		}
		b.say("  %-40s %.1f µs, %.0f bytes in %.1f objects; %d samples", c.name, median(row.CPU), median(row.Bytes), median(row.Objects), row.Samples)
		rows = append(rows, row)
		if err := saveRows(b, "profiles", rows); err != nil {
			return outcome{}, err
		}
	}
	return profilesOutcome(rows), nil
}

// profiles measures one answer, with servers of its own.
func (b *bench) profiles(ctx context.Context, c costCase) (row profileRow, err error) {
	s, err := b.stand(ctx, c)
	if err != nil {
		return row, err
	}
	defer s.stop()
	row = profileRow{stamp: b.stamp(), Case: c.name, BodyBytes: s.bytes, Seconds: secondsOf(b.settings), Void: b.requests != 1}
	turn := c.requests / profileTurns
	fastest, err := s.warm(ctx, c, turn)
	if err != nil {
		return row, err
	}
	// People for a round are invited before it: for a second more than it lasts, at twice
	// the pace.
	turns := 2*int(float64(row.Seconds+1)/fastest.Seconds()) + 2
	var taken []takenApart
	for range profileRounds {
		if err := s.invite(ctx, c, turns, turn); err != nil {
			return row, err
		}
		before, own := proc.Machine(), s.ownCPU()
		t, err := s.takeApart(ctx, c, row.Seconds)
		if err != nil {
			return row, err
		}
		taken = append(taken, t)
		others := proc.Machine().BusySince(before, s.ownCPU()-own)
		row.Others = append(row.Others, rounded(others, 3))
		row.Void = row.Void || others > costOthers
	}
	if err := row.add(taken); err != nil {
		return row, err
	}
	return row, s.check(c)
}

// warm sends turns until they come no faster, and returns how long the fastest took. The first ones
// find a limit that knows nothing of the shop yet.
func (s *stand) warm(ctx context.Context, c costCase, turn int) (fastest time.Duration, err error) {
	const most, slower = 10, 3 // turns; of those in a row that are not the fastest
	for n, since := 0, 0; n < most && since < slower; n++ {
		if err := s.invite(ctx, c, 1, turn); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := s.turn(ctx, c, turn); err != nil {
			return 0, err
		}
		since++
		if took := time.Since(began); fastest == 0 || took < fastest {
			fastest, since = took, 0
		}
	}
	return fastest, nil
}

// turn sends n requests over kept connections.
func (s *stand) turn(ctx context.Context, c costCase, n int) error {
	requests, err := s.asking(c, n)
	if err != nil {
		return err
	}
	return drive(ctx, s.edgeAt, requests, n, s.conns, true, c.status)
}

// profileTurns is in how many turns a case's requests are sent: after each it is
// looked whether the profiles have come.
const profileTurns = 10

// takenApart is what one round has shown.
type takenApart struct {
	requests       int
	cpu            float64 // seconds, as the kernel says
	bytes, objects float64 // as the allocator says
	used, given    *profile.Profile
}

// takeApart keeps the edge busy for as long as it profiles itself. What the kernel and
// the allocator count is exact, and profiles say how to divide it.
func (s *stand) takeApart(ctx context.Context, c costCase, seconds int) (t takenApart, err error) {
	given, err := s.profile(ctx, givenNow)
	if err != nil {
		return t, err
	}
	bytes, objects, err := s.allocated(ctx)
	if err != nil {
		return t, err
	}
	burnt, err := s.edge.cpu()
	if err != nil {
		return t, err
	}
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		var err error
		t.used, err = s.profile(work, fmt.Sprintf("profile?seconds=%d", seconds))
		done <- err
	}()
	for running := true; running; {
		turn := c.requests / profileTurns
		if err := s.turn(ctx, c, turn); err != nil {
			cancel()
			<-done
			return t, err
		}
		t.requests += turn
		select {
		case err := <-done:
			if err != nil {
				return t, err
			}
			running = false
		default:
		}
	}
	now, err := s.edge.cpu()
	if err != nil {
		return t, err
	}
	t.cpu = now - burnt
	moreBytes, moreObjects, err := s.allocated(ctx)
	if err != nil {
		return t, err
	}
	t.bytes, t.objects = moreBytes-bytes, moreObjects-objects
	all, err := s.profile(ctx, givenNow)
	if err != nil {
		return t, err
	}
	given.Scale(-1)
	t.given, err = profile.Merge([]*profile.Profile{all, given})
	return t, err
}

// givenNow is what was allocated since the start. Without a collection before it the
// profile would end at the last one, which at our size of heap may be a second ago.
const givenNow = "heap?gc=1"

// add divides what rounds have shown among the steps, for each answer.
func (r *profileRow) add(rounds []takenApart) error {
	steps := costSteps()
	for _, s := range steps {
		r.Steps = append(r.Steps, profileStep{Step: s.name})
	}
	by := map[string]*allocator{}
	for _, t := range rounds {
		cpu, err := shares(steps, t.used, "cpu")
		if err != nil {
			return err
		}
		bytes, err := shares(steps, t.given, "alloc_space")
		if err != nil {
			return err
		}
		objects, err := shares(steps, t.given, "alloc_objects")
		if err != nil {
			return err
		}
		r.Requests, r.Samples = append(r.Requests, t.requests), r.Samples+cpu.samples
		// The whole is without the measurement's own, of all three.
		each := func(into *[]float64, all float64, decimals int) {
			*into = append(*into, rounded(all/float64(t.requests), decimals))
		}
		wholeCPU, wholeBytes, wholeObjects := 1e6*t.cpu*(1-cpu.measuring), t.bytes*(1-bytes.measuring), t.objects*(1-objects.measuring)
		each(&r.CPU, wholeCPU, 3)
		each(&r.Bytes, wholeBytes, 1)
		each(&r.Objects, wholeObjects, 2)
		for i := range steps {
			each(&r.Steps[i].CPU, wholeCPU*cpu.steps[i], 3)
			each(&r.Steps[i].Bytes, wholeBytes*bytes.steps[i], 1)
			each(&r.Steps[i].Objects, wholeObjects*objects.steps[i], 2)
		}
		for name, share := range bytes.functions {
			if by[name] == nil {
				by[name] = &allocator{Function: name}
			}
			parts := float64(t.requests * len(rounds))
			by[name].Bytes += wholeBytes * share / parts
			by[name].Objects += wholeObjects * objects.functions[name] / parts
		}
	}
	for _, a := range by {
		r.Allocates = append(r.Allocates, allocator{a.Function, rounded(a.Bytes, 1), rounded(a.Objects, 2)})
	}
	slices.SortFunc(r.Allocates, func(a, b allocator) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Function, b.Function))
	})
	r.Allocates = r.Allocates[:min(profileFunctions, len(r.Allocates))]
	return nil
}

// division is how a profile divides among steps, and among the functions that stand
// innermost in its samples. All shares but measuring are of what is left without it.
type division struct {
	measuring float64
	steps     []float64
	functions map[string]float64
	samples   int
}

// shares divides one kind of a profile's values.
func shares(steps []step, p *profile.Profile, kind string) (d division, err error) {
	k := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == kind })
	counted := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == "samples" })
	d = division{steps: make([]float64, len(steps)), functions: map[string]float64{}}
	var all, ours float64
	if k >= 0 {
		for _, s := range p.Sample {
			v, stack := float64(s.Value[k]), frames(s)
			all += v
			if counted >= 0 {
				d.samples += int(s.Value[counted])
			}
			if i := stepOf(steps, stack); i >= 0 {
				ours += v
				d.steps[i] += v
				if len(stack) > 0 {
					d.functions[stack[0].function] += v
				}
			}
		}
	}
	if ours == 0 {
		return d, &falochron.Error{Kind: falochron.Internal, Op: "take a profile apart", Public: "there is nothing of " + kind + " in it",
			Hint: "was the program asked for anything meanwhile?"}
	}
	d.measuring = 1 - ours/all
	for i := range d.steps {
		d.steps[i] /= ours
	}
	for name := range d.functions {
		d.functions[name] /= ours
	}
	return d, nil
}
