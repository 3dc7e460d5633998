package main

import (
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// jsonRange is a figure: one case in ten below Low, half below Mid, one in ten
// above High.
type jsonRange struct {
	Low  float64 `json:"low"`
	Mid  float64 `json:"mid"`
	High float64 `json:"high"`
}

// jsonForecast is what forecast --json prints. Lengths of time are in seconds,
// shares from 0 to 1, rates as their names say.
type jsonForecast struct {
	Name             string               `json:"name,omitempty"`
	Begins           time.Time            `json:"begins"`
	People           map[string]jsonRange `json:"people"`   // minute, ten_minutes, hour, all
	Visitors         map[string]jsonRange `json:"visitors"` // the uninvited included
	Orders           map[string]jsonRange `json:"orders"`   // people who want to buy
	PeakPerSecond    jsonRange            `json:"peak_per_second"`
	PeakAfterSeconds jsonRange            `json:"peak_after_s"`
	BusiestMinute    jsonRange            `json:"busiest_minute"`
	OrdersPerMinute  jsonRange            `json:"orders_per_minute"`
	UninvitedShare   jsonRange            `json:"uninvited_share"`
	BuyShare         jsonRange            `json:"buy_share"`
	Sales            jsonRange            `json:"sales"`
	Minute           jsonMinute           `json:"minute"`
	Posts            []jsonPost           `json:"posts"`
	Line             *jsonLine            `json:"line,omitempty"`
	Stocks           []jsonStock          `json:"stocks,omitempty"`
	Curve            jsonCurve            `json:"curve"`
	Sentences        []string             `json:"sentences"`
	Reasons          []string             `json:"reasons"`
}

// jsonMinute is the first minute of one post, the busiest one of several.
type jsonMinute struct {
	Busiest bool    `json:"busiest"`
	People  float64 `json:"people"`
	Buy     float64 `json:"buy_share"`
	Orders  float64 `json:"orders"`
}

type jsonPost struct {
	Name        string    `json:"name"`
	At          time.Time `json:"at"`
	SlipSeconds float64   `json:"slip_s"`
	People      jsonRange `json:"people"`
	FirstMinute jsonRange `json:"first_minute"`
	Audience    float64   `json:"audience"`
	Click       float64   `json:"click"`
	PastUsed    int       `json:"past_posts_used"`
	PastSame    int       `json:"past_posts_of_account_and_channel"`
}

type jsonLine struct {
	Served    float64   `json:"minute_served"`
	WorkedOff float64   `json:"minute_worked_off_s"`
	Enough    int       `json:"minute_workers"`
	Wait      jsonRange `json:"longest_wait_s"`
	People    jsonRange `json:"most_people"`
	Ends      jsonRange `json:"gone_after_s"`
	Chance    float64   `json:"chance"`
	Workers   jsonRange `json:"workers"`
	Until     jsonRange `json:"workers_until_s"`
	Have      int       `json:"workers_now"`
	Unit      string    `json:"unit"`
	Patience  float64   `json:"patience_s"`
}

type jsonStock struct {
	Posts   []int     `json:"posts"`
	Stock   int       `json:"stock"`
	Chance  float64   `json:"sold_out_chance"`
	After   jsonRange `json:"sold_out_after_s"`
	Without jsonRange `json:"without"`
}

type jsonCurve struct {
	From            time.Time   `json:"from"`
	StepSeconds     float64     `json:"step_s"`
	VisitorsPerSec  []jsonRange `json:"visitors_per_second"`
	OrdersPerMinute []jsonRange `json:"orders_per_minute"`
}

func forecastJSON(a *forecast.Answer, l forecast.Language) *jsonForecast {
	out := &jsonForecast{
		Name: a.Campaign.Name, Begins: a.Begins,
		People: map[string]jsonRange{"all": jsonRange(a.Total.People)}, Visitors: map[string]jsonRange{"all": jsonRange(a.Total.Visitors)},
		Orders:        map[string]jsonRange{"all": jsonRange(a.Total.Orders)},
		PeakPerSecond: jsonRange(a.Peak), PeakAfterSeconds: jsonRange(a.PeakAfter), BusiestMinute: jsonRange(a.BusiestMinute),
		OrdersPerMinute: jsonRange(a.OrdersPerMinute), UninvitedShare: jsonRange(a.Uninvited), BuyShare: jsonRange(a.Buy), Sales: jsonRange(a.Sales),
		Minute:    jsonMinute(a.Minute),
		Curve:     jsonCurve{From: a.Curve.From, StepSeconds: a.Curve.Step.Seconds()},
		Sentences: a.Sentences(l), Reasons: a.Reasons(l),
	}
	for i, name := range []string{"minute", "ten_minutes", "hour"} {
		w := a.First[i]
		out.People[name], out.Visitors[name], out.Orders[name] = jsonRange(w.People), jsonRange(w.Visitors), jsonRange(w.Orders)
	}
	for _, p := range a.Posts {
		out.Posts = append(out.Posts, jsonPost{
			Name: p.Name, At: p.At, SlipSeconds: p.Slip.Seconds(), People: jsonRange(p.People), FirstMinute: jsonRange(p.FirstMinute),
			Audience: p.Audience, Click: p.Click, PastUsed: p.Used.All(), PastSame: p.Used.Same,
		})
	}
	if n := a.Line; n != nil {
		out.Line = &jsonLine{
			Served: n.Served, WorkedOff: n.WorkedOff.Seconds(), Enough: n.Enough, Wait: jsonRange(n.Wait), People: jsonRange(n.People),
			Ends: jsonRange(n.Ends), Chance: n.Chance, Workers: jsonRange(n.Workers), Until: jsonRange(n.Until), Have: n.Have, Unit: "worker",
			Patience: n.Patience.Seconds(),
		}
		if n.Replicas {
			out.Line.Unit = "replica"
		}
	}
	for _, s := range a.Stocks {
		out.Stocks = append(out.Stocks, jsonStock{Posts: s.Posts, Stock: s.Stock, Chance: s.Chance, After: jsonRange(s.After), Without: jsonRange(s.Without)})
	}
	for i := range a.Curve.Rate {
		out.Curve.VisitorsPerSec = append(out.Curve.VisitorsPerSec, jsonRange(a.Curve.Rate[i]))
		out.Curve.OrdersPerMinute = append(out.Curve.OrdersPerMinute, jsonRange(a.Curve.Orders[i]))
	}
	return out
}
