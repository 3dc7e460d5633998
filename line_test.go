package falochron

import (
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	now := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
	soon := OpeningVitals{Start: now.Add(time.Minute), Open: true}
	for name, c := range map[string]struct {
		v    Vitals
		want Line
	}{
		"nobody":              {Vitals{Mode: ModeAuto}, Line{State: LineNone}},
		"a line":              {Vitals{Mode: ModeAuto, InLine: 340, FrontWaitSecs: 45}, Line{State: LineWaiting, InLine: 340, Wait: 45 * time.Second}},
		"a wait of nobody":    {Vitals{Mode: ModeAuto, FrontWaitSecs: 45}, Line{State: LineNone}},
		"held":                {Vitals{Mode: ModeHold, InLine: 9, FrontWaitSecs: 45, Opening: soon}, Line{State: LineHeld, InLine: 9}},
		"held, nobody waits":  {Vitals{Mode: ModeHold}, Line{State: LineHeld}},
		"opening":             {Vitals{Mode: ModeShop, InLine: 9, Opening: soon}, Line{State: LinePrequeue, InLine: 9, Start: soon.Start}},
		"announced, not open": {Vitals{Mode: ModeAuto, Opening: OpeningVitals{Start: soon.Start}}, Line{State: LineNone}},
		"opened":              {Vitals{Mode: ModeAuto, Opening: OpeningVitals{Start: now, Open: true}}, Line{State: LineNone}},
		"off":                 {Vitals{Mode: ModeOff, InLine: 9, Opening: soon}, Line{State: LineNone}},
		"watch":               {Vitals{Mode: ModeWatch, InLine: 9}, Line{State: LineNone}},
		"no replica is well":  {Vitals{Mode: ModeAuto, Replicas: []ReplicaVitals{{}, {}}}, Line{State: LineNone, Down: true}},
		"one is":              {Vitals{Mode: ModeAuto, Replicas: []ReplicaVitals{{}, {Healthy: true}}}, Line{State: LineNone}},
		"nothing but errors":  {Vitals{Mode: ModeAuto, InLine: 2, Binding: "shop-dead"}, Line{State: LineWaiting, InLine: 2, Down: true}},
	} {
		c.v.Time = now
		if got := c.v.Line(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
