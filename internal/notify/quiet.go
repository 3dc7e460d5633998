package notify

import (
	"fmt"
	"time"
)

// Clock is a time of day on a wall, in minutes from midnight: 0 to 1439.
type Clock int

// ParseClock reads "22:00".
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: write 22:00", s)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// Quiet is when somebody is not to be woken: from one time of day to another, past
// midnight if To is before From. From and To the same means never.
type Quiet struct{ From, To Clock }

// until returns when the quiet hours end in which now lies; ok is false outside of them.
// On the day of a clock change they hold from the first moment at which a wall clock
// shows From to the last at which it shows To: nobody is woken twice in one night. A
// time of day that is left out is the moment at which it is.
func (q Quiet) until(now time.Time, zone *time.Location) (end time.Time, ok bool) {
	if q.From == q.To {
		return time.Time{}, false
	}
	y, m, d := now.In(zone).Date()
	for day := d - 1; day <= d; day++ { // those of last night, and today's
		start, _ := moments(y, m, day, q.From, zone)
		last := day
		if q.To < q.From {
			last++
		}
		_, end := moments(y, m, last, q.To, zone)
		if !now.Before(start) && now.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

// moments are the first and the last moment at which clocks in zone show c on a day;
// they differ when clocks are set back. If clocks skip c, both are the moment of the
// change.
func moments(y int, m time.Month, d int, c Clock, zone *time.Location) (first, last time.Time) {
	wall := time.Date(y, m, d, 0, int(c), 0, 0, time.UTC)
	// What clocks are ahead of UTC half a day before and after; there are not two changes
	// in one day.
	_, before := wall.Add(-12 * time.Hour).In(zone).Zone()
	_, after := wall.Add(12 * time.Hour).In(zone).Zone()
	old := wall.Add(-time.Duration(before) * time.Second).In(zone)
	young := wall.Add(-time.Duration(after) * time.Second).In(zone)
	shows := func(t time.Time) bool { return t.Day() == wall.Day() && t.Hour()*60+t.Minute() == int(c) }
	switch {
	case shows(old) && shows(young):
		return old, young // the same moment, but where clocks are set back
	case shows(old):
		return old, old
	case shows(young):
		return young, young
	}
	change, _ := old.ZoneBounds() // clocks were set forward: read by the old time it is over
	return change, change
}
