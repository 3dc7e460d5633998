package console

import (
	"math"
	"time"

	"github.com/falochron/falochron"
)

// story is one state of a page with canned data, shaped like the answers of the
// control API.
type story struct {
	Name   string      `json:"name"`
	Tells  string      `json:"-"`
	Wrong  string      `json:"-"` // login page: a token was tried
	View   *storyView  `json:"view"`
	Points []storyTick `json:"points"`
	Log    []storyNote `json:"log"`

	Sharing *storySharing `json:"sharing,omitempty"` // nil = nothing is known of the pages
}

type storyView struct {
	Vitals falochron.Vitals `json:"vitals"`
	Point  storyTick        `json:"point"`
	Orders storyOrders      `json:"orders"`
	Radar  *storyRadar      `json:"radar,omitempty"`
	Fleet  *storyFleet      `json:"fleet,omitempty"`
}

type storyOrders struct {
	Version uint64         `json:"version"`
	Mode    falochron.Mode `json:"mode"`
	Ceiling int            `json:"ceiling"`
	SoldOut []string       `json:"sold_out"`
}

// storyTick is a second, field by field as the control API writes it.
type storyTick struct {
	Unix      int64   `json:"t"`
	Arrivals  float64 `json:"arrivals"`
	Edge      float64 `json:"edge"`
	Shop      float64 `json:"shop"`
	Waits     float64 `json:"waits"`
	Refused   float64 `json:"refused"`
	InLine    int     `json:"in_line"`
	Inside    int     `json:"inside"`
	InFlight  int     `json:"in_flight"`
	Queued    int     `json:"queued"`
	Limit     int     `json:"limit"`
	OrdersMin int     `json:"orders_per_min"`
	P95MS     float64 `json:"p95_ms"`
	Places    float64 `json:"places"`
}

type storyNote struct {
	Time  time.Time `json:"time"`
	Actor string    `json:"actor,omitempty"`
	Note  string    `json:"note"`
}

// storyNow is the evening all stories play on.
var storyNow = time.Date(2026, 11, 27, 18, 10, 0, 0, time.UTC)

// stories are all states in the order of the storybook.
func stories() []story {
	return []story{
		calm(), wave(), hold(), dead(), watching(), switchedOff(), young(),
		{Name: "login", Tells: "the login page"},
		{Name: "login-wrong", Tells: "after a wrong token", Wrong: "1"},
	}
}

// tell builds a story of so many seconds from a function of the second.
func tell(name, tells string, seconds int, tick func(s int, p *storyTick), vitals func(*falochron.Vitals)) story {
	out := story{Name: name, Tells: tells}
	for s := range seconds {
		p := storyTick{Unix: storyNow.Unix() - int64(seconds-1-s), OrdersMin: -1}
		tick(s, &p)
		out.Points = append(out.Points, p)
	}
	last := out.Points[seconds-1]
	v := falochron.Vitals{
		Time: storyNow, Shop: "perfumy.example", InLine: last.InLine, Inside: last.Inside, InFlight: last.InFlight,
		Queued: last.Queued, Limit: last.Limit, PlacesPerSecond: last.Places, BaseLatency: 350 * time.Millisecond,
		P95: time.Duration(last.P95MS) * time.Millisecond, Arrivals: 8412, Orders: 391,
		OrdersKnown: last.OrdersMin >= 0, OrdersPerMin: max(last.OrdersMin, 0), CacheBytes: 38 << 20, RoomBytes: 96 << 10,
		Replicas: []falochron.ReplicaVitals{{URL: "http://10.0.0.11:8080", Healthy: true, InFlight: last.InFlight}},
	}
	vitals(&v)
	out.View = &storyView{Vitals: v, Point: last, Orders: storyOrders{Version: 3, Mode: v.Mode, Ceiling: v.Ceiling, SoldOut: []string{}}}
	return out
}

// sway is a small steady disturbance, so that canned curves look measured.
func sway(s int, size float64) float64 {
	return size * (math.Sin(float64(s)/7) + math.Sin(float64(s)/2.3)*0.6)
}

func calmTick(s int, p *storyTick) {
	p.Arrivals = math.Round((1.4+sway(s, 0.6))*10) / 10
	p.Edge, p.Shop = math.Round(14+sway(s, 3)), math.Round(3+sway(s, 1))
	p.Inside, p.InFlight, p.Limit = 23+int(sway(s, 2)), 2+int(sway(s, 0.9)), 6
	p.OrdersMin, p.P95MS, p.Places = 4+int(sway(s, 1)), 520+sway(s, 60), 3
}

// waveTick is the evening of a post: calm, then the wave, then its long tail.
func waveTick(s int, p *storyTick) {
	calmTick(s, p)
	const post = 150
	if s < post {
		return
	}
	since := float64(s - post)
	rush := 12 * (1 - math.Exp(-since/9)) * math.Exp(-since/230)
	p.Arrivals = math.Round((rush+1.4+sway(s, 0.4+rush/20))*10) / 10
	p.InLine = max(int(0.55*12*230*(1-math.Exp(-since/230))-0.75*since), 0)
	p.Edge, p.Shop = math.Round(60+p.Arrivals*18+sway(s, 9)), math.Round(11+sway(s, 1.2))
	p.Waits = math.Round(float64(p.InLine) / 24)
	p.Inside, p.Limit = 41+int(sway(s, 2)), 8
	p.InFlight, p.Queued = 8-int(math.Abs(sway(s, 0.5))), int(math.Abs(sway(s, 1.6)))
	p.OrdersMin, p.P95MS, p.Places = min(4+int(since/4), 38+int(sway(s, 2))), 690+sway(s, 70), 0.75
}

func calm() story {
	out := tell("calm", "an ordinary evening", 600, calmTick, func(v *falochron.Vitals) {
		v.Why = "no limit binds"
	})
	out.Sharing = openShop()
	return out
}

func wave() story {
	out := tell("wave", "a post was published seven minutes ago", 600, waveTick, func(v *falochron.Vitals) {
		v.Binding, v.FrontWaitSecs = "places", 1290
		v.Why = "41 people inside still need 212 worker-seconds; 8 workers can let in 0.75 people a second"
	})
	out.Sharing = askingShop()
	out.View.Radar = radarOfWave()
	out.View.Fleet = replicasOfWave()
	out.Log = []storyNote{
		{storyNow.Add(-2 * time.Hour), "Ola", "sharing: home → confirmed"},
		{storyNow.Add(-7*time.Minute - 29*time.Second), "", "radar: swell (14 newcomers in 1 s, where 1.4 are usual (10 times as many): chance alone does that once in 9.1 million looks)"},
		{storyNow.Add(-7*time.Minute - 27*time.Second), "", "radar: storm (33 newcomers in 3 s, where 4.2 are usual (7.9 times as many): surely more than twice as many)"},
		{storyNow.Add(-7*time.Minute - 22*time.Second), "", "line: opened"},
		{storyNow.Add(-6*time.Minute - 2*time.Second), "", "attack: begun"},
		{storyNow.Add(-5 * time.Minute), "Ola", "ceiling: none → 8"},
		{storyNow.Add(-2 * time.Minute), "stock webhook", "sold out: /produkt/pomadka-malinowa"},
	}
	return out
}

func hold() story {
	out := tell("hold", "an operator holds the line", 600, func(s int, p *storyTick) {
		waveTick(s, p)
		if s > 540 {
			p.Places, p.Inside = 0, max(41-(s-540)/3, 0)
			p.InFlight, p.Queued = max(p.InFlight-(s-540)/12, 1), 0
		}
	}, func(v *falochron.Vitals) {
		v.Mode, v.Binding, v.Why, v.FrontWaitSecs = falochron.ModeHold, "mode", "an operator holds the line", 0
	})
	out.Sharing = freshShop()
	out.Log = []storyNote{
		{storyNow.Add(-2 * time.Hour), "Ola", "sharing: home, product → withdrawn"},
		{storyNow.Add(-7*time.Minute - 22*time.Second), "", "line: opened"},
		{storyNow.Add(-time.Minute), "Łucja", "mode: auto → hold"},
	}
	return out
}

func dead() story {
	out := tell("dead", "the shop stopped answering a minute ago", 600, func(s int, p *storyTick) {
		waveTick(s, p)
		if s > 540 {
			p.Places, p.Shop, p.InFlight, p.Queued, p.Limit, p.P95MS = 0, 0, 1, 0, 1, 0
			p.OrdersMin = max(38-(s-540)*38/55, 0)
		}
	}, func(v *falochron.Vitals) {
		v.Binding, v.Why, v.FrontWaitSecs = "shop-dead", "connection refused; one attempt at a time", 0
		v.Replicas = []falochron.ReplicaVitals{
			{URL: "http://10.0.0.11:8080", Reason: "connection refused"},
			{URL: "http://10.0.0.12:8080", Reason: "connection refused"},
		}
	})
	out.Log = []storyNote{
		{storyNow.Add(-7*time.Minute - 22*time.Second), "", "line: opened"},
		{storyNow.Add(-59 * time.Second), "", "replica lost: http://10.0.0.11:8080 (connection refused)"},
		{storyNow.Add(-58 * time.Second), "", "replica lost: http://10.0.0.12:8080 (connection refused)"},
	}
	return out
}

func watching() story {
	out := tell("watch", "watch mode during a wave; orders are not known; one of two servers is out", 600, func(s int, p *storyTick) {
		waveTick(s, p)
		p.InLine, p.Waits, p.OrdersMin = 0, 0, -1
		if s > 150 {
			p.InFlight, p.Queued, p.P95MS = min(4+(s-150)/2, 60)+int(sway(s, 2)), 0, min(500+float64(s-150)*40, 9000)
			p.Inside = 300 + s/3
		}
	}, func(v *falochron.Vitals) {
		v.Mode, v.Binding = falochron.ModeWatch, "places"
		v.Why = "watching: 312 people would be in line now"
		v.Replicas = append(v.Replicas, falochron.ReplicaVitals{URL: "http://10.0.0.12:8080", Reason: "5 answers in a row were 502"})
	})
	out.View.Fleet = replicasInTrouble()
	out.Sharing = closedShop()
	return out
}

func switchedOff() story {
	return tell("off", "the bypass", 600, calmTick, func(v *falochron.Vitals) { v.Mode = falochron.ModeOff })
}

func young() story {
	out := tell("young", "started ten seconds ago", 10, func(s int, p *storyTick) { p.Limit = 4 }, func(v *falochron.Vitals) {
		v.Arrivals, v.Orders, v.P95 = 0, 0, 0
	})
	out.Sharing = unknownShop()
	return out
}
