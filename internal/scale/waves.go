package scale

import "time"

// An announced wave of which only sums are known is imagined as one that begins with its peak and fades: two figures,
// how many in all and how fast at first, give the whole course. Those of timed drops and
// of television look like that (see docs/forecast.md); posts rise for some seconds first,
// which is on the safe side.

const (
	waveSure   = 0.75        // confidence from which the upper figures are provided for; chosen
	waveLikely = 0.25        // and from which the middle ones are; below it nothing is; chosen
	waveTarget = 2.0         // seconds that somebody may wait at an announced wave; chosen: as long as a page takes
	wavePeak   = 3.0         // times the mean, where no peak is known: of a timed drop's hour 30 % come in the first minute, of a story's 5 %; chosen
	waveGrace  = time.Minute // after it should have begun, until what comes is believed rather than the plan; chosen
)

// middle and upper are the figures of half of all cases and of one in ten: people, and
// the rate they begin to come at. 0: nothing is provided for by them.
func (w *Wave) middle() lasting {
	if !(w.Confidence >= waveLikely) {
		return lasting{}
	}
	return w.course(sound(w.People), sound(w.Peak))
}

func (w *Wave) upper() lasting {
	if !(w.Confidence >= waveSure) {
		return lasting{}
	}
	return w.course(max(sound(w.Upper), sound(w.People)), max(sound(w.PeakUpper), sound(w.Peak)))
}

func (w *Wave) course(people, peak float64) lasting {
	if people == 0 {
		return lasting{}
	}
	if peak == 0 {
		peak = wavePeak * people / max(w.Lasts, time.Minute).Seconds()
	}
	return lasting{peak, min(people/peak, mostFades)}
}

// most is how many people may come in one case of ten, or in half of all if no more are
// provided for.
func (w *Wave) most() float64 {
	n := max(sound(w.People), w.upper().all())
	if k := len(w.Course); k > 0 {
		n = max(n, sound(w.Course[k-1].Upper), sound(w.Course[k-1].People))
	}
	return n
}

const mostFades = 24 * 3600.0 // no wave is expected to fade more slowly than in a day

// ends is when a wave should have begun long enough ago for what comes to count, and no
// longer what was announced.
func (w *Wave) ends() time.Time { return w.Start.Add(w.slip() + waveGrace) }

func (w *Wave) slip() time.Duration { return min(max(w.Slip, 0), 7*24*time.Hour) }

// from is when the first replica for it has to be ordered.
func (w *Wave) from(lead time.Duration) time.Time { return w.Start.Add(-w.slip() - lead) }
