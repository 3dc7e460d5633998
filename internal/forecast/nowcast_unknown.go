package forecast

import "time"

// Unknown is why a nowcast does not know.
type Unknown uint8

// The reasons, the first of which is none.
const (
	KnownWell Unknown = iota
	// NoRise: what was counted may be the base alone.
	NoRise
	// TooFew: less than fewest people of the wave have come.
	TooFew
	// TooWide: the interval of ten minutes spans more than a factor of [widest].
	TooWide
	// Strange: the counts are like no post that is known, but the base may have been
	// misjudged, or this is no crowd.
	Strange
	// TooOld: the wave began before the first of the counts.
	TooOld
	// BadInput: there are no counts, or a tick, time or base that cannot be.
	BadInput
)

// From when on a nowcast says that it knows: guesses, on the careful side.
const (
	fewest = 3
	widest = 25.0
	// oddest is by how much the course may lie further off than it does on average: of
	// made waves one in a hundred is 4 off, those of a machine that comes and goes each
	// ten seconds 10 to 20.
	oddest = 8.0
)

// String is the reason as a word for programs.
func (u Unknown) String() string {
	return [...]string{"known", "no-rise", "too-few", "too-wide", "strange", "too-old", "bad-input"}[min(u, BadInput)]
}

// In is the reason as a sentence for people.
func (u Unknown) In(l Language) string {
	return [...]phrase{
		{"The figures can be used.", "Z liczb można korzystać."},
		{"No wave can be told from the usual visitors yet.", "Nie da się jeszcze odróżnić fali od zwykłych wejść."},
		{"Too few have come to say how many will.", "Przyszło jeszcze za mało osób, żeby powiedzieć, ile przyjdzie."},
		{"It may become small or large; a few seconds more will tell.", "Może być mała albo duża; kilka sekund i będzie wiadomo."},
		{"These visitors do not come as people come after a post, so no figure is to be trusted.", "Te wejścia nie wyglądają jak ludzie po wpisie, więc żadnej liczbie nie można ufać."},
		{"The wave began before the counting did.", "Fala zaczęła się, zanim zaczęto liczyć."},
		{"There is nothing to reckon with.", "Nie ma z czego liczyć."},
	}[min(u, BadInput)].in(l)
}

// unknown says whether the figures may be shown.
func (n *Nowcaster) unknown(s *series, o *Observed, out *Nowcasted, ways []way, risen bool) Unknown {
	odd, seen := 0.0, 0.0
	for i := range ways {
		odd += ways[i].weight * ways[i].fit.odd
		seen += ways[i].weight * float64(ways[i].fit.known)
	}
	before := func(t time.Time) bool { return !t.IsZero() && s.from(o, t) < -s.tick }
	switch {
	case before(o.Onset) || before(o.Posted):
		return TooOld
	case out.Seen < fewest:
		return TooFew
	case !risen:
		return NoRise
	case odd > seen+oddest || len(ways) == 0:
		return Strange
	case !(out.In10Min.High <= widest*out.In10Min.Low):
		return TooWide
	}
	return KnownWell
}
