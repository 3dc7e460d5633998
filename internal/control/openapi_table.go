package control

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// operations says what there is to say of each route of the API. A test holds it against
// the routes, docs/api.md and what all tests of the API send and are answered: who adds a
// route adds its line here.
func operations() map[string]operation {
	lang := parameter{"lang", "language of sentences for people, pl or en", "", false}
	orders := members{{"orders", Orders{}}, {"audit", (*journal.Entry)(nil)}, {"warning", ""}}
	shared := members{{"sharing", SharingView{}}, {"audit", (*journal.Entry)(nil)}, {"warning", ""}}
	allShared := append(members{{"changed", []string{}}, {"left_out", []LeftOut{}}}, shared...)
	audit := operation{query: []parameter{lang}, answer: members{{"audit", planAudit{}}}}
	audited := func(summary string) operation {
		one := audit
		one.summary = summary
		return one
	}
	return map[string]operation{
		"GET /api/v1/openapi.json": {summary: "this API, described for programs", answer: object{}},
		"GET /api/v1/door":         {summary: "what comes to the visitors' listener", answer: members{{"door", Door{}}}},
		"GET /api/v1/shops":        {summary: "the names of the shops", answer: members{{"shops", []string{}}}},
		"GET /api/v1/shops/{shop}": {summary: "a shop now", answer: View{}},
		"GET /api/v1/explain/{id}": {summary: "one request's story", answer: members{{"record", journal.Entry{}}, {"story", []string{}}, {"reach", reach{}}}},
		"GET /api/v1/shops/{shop}/history": {
			summary: "its last 15 minutes, by the second", query: []parameter{{"seconds", "how far back, 1 to 900", 0, false}}, answer: members{{"points", []Point{}}},
		},
		"GET /api/v1/shops/{shop}/events": {summary: "each second as it comes", stream: "text/event-stream"},
		"POST /api/v1/shops/{shop}/mode": {summary: "how far Falochron may go", body: struct {
			Mode falochron.Mode `json:"mode"`
		}{}, answer: orders},
		"POST /api/v1/shops/{shop}/hold":    {summary: "nobody new gets in", answer: orders},
		"POST /api/v1/shops/{shop}/release": {summary: "ends that", answer: orders},
		"POST /api/v1/shops/{shop}/ceiling": {summary: "the owner's bound of requests at the shop", body: struct {
			N int `json:"n"`
		}{}, answer: orders},
		"POST /api/v1/shops/{shop}/start": {summary: "announces the start of a sale", body: struct {
			Time string `json:"time"`
		}{}, answer: orders},
		"POST /api/v1/shops/{shop}/stock": {summary: "the stock webhook: this is sold out, or there again", body: struct {
			Path    string `json:"path"`
			SoldOut bool   `json:"sold_out"`
		}{}, answer: orders},
		"GET /api/v1/shops/{shop}/replicas": {summary: "how many replicas are wanted, for an autoscaler that asks", answer: WantedView{}},
		"GET /api/v1/shops/{shop}/sharing":  {summary: "which pages may be shared, with the evidence", answer: members{{"sharing", SharingView{}}}},
		"POST /api/v1/shops/{shop}/sharing/allow": {summary: "the owner's word for every kind of page that passed", body: struct {
			Checked map[string]time.Time `json:"checked"`
		}{}, maybe: true, answer: allShared},
		"POST /api/v1/shops/{shop}/sharing/withdraw": {summary: "takes every word back", answer: allShared},
		"POST /api/v1/shops/{shop}/sharing/check":    {summary: "has the pages compared now", body: struct{}{}, maybe: true, answer: shared},
		"POST /api/v1/shops/{shop}/sharing/{kind}/confirm": {summary: "the owner's word for one kind", body: struct {
			Checked   time.Time `json:"checked"`
			Forbidden bool      `json:"forbidden"`
		}{}, maybe: true, answer: shared},
		"POST /api/v1/shops/{shop}/sharing/{kind}/withdraw": {summary: "takes that word back", body: struct {
			Differs string `json:"differs"`
			Harm    bool   `json:"harm"`
		}{}, maybe: true, answer: shared},
		"GET /api/v1/radar": {
			summary: "whose wave it is, how large it becomes, and who comes", query: []parameter{{"shop", "that one only", "", false}}, answer: members{{"radar", []RadarView{}}},
		},
		"GET /api/v1/fleet": {
			summary: "how many replicas there are, how many are wanted and why, and what is to come", query: []parameter{{"shop", "that one only", "", false}},
			answer: members{{"fleet", map[string]FleetView{}}},
		},
		"GET /api/v1/journal": {summary: "what was decided, ordered and seen", query: []parameter{
			{"since", "a time, or a duration back from now", "", false}, {"shop", "that one only", "", false}, {"notes", "1: only what people did and what happened", "", false}, {"limit", "the newest so many, 1 to 10000", 0, false},
		}, answer: members{{"reach", reach{}}, {"records", []journal.Entry{}}}},

		"GET /api/v1/plan":                       {summary: "where the plan is, and whether it is in reach", answer: members{{"plan", planState{}}}},
		"GET /api/v1/plan/shops":                 {summary: "the shops of the plan", answer: members{{"shops", []planShop{}}}},
		"GET /api/v1/plan/shops/{id}/audit":      audited("what was done to a shop of the plan"),
		"GET /api/v1/plan/shops/{id}/inquiries":  {summary: "whose post a wave is: what is asked and not answered yet", query: []parameter{lang}, answer: members{{"inquiries", []planInquiry{}}}},
		"GET /api/v1/plan/parties":               {summary: "who takes part in campaigns", answer: members{{"parties", []plan.Party{}}}},
		"GET /api/v1/plan/parties/{party}/audit": audited("what was done to a party"),
		"GET /api/v1/plan/links":                 {summary: "the links that were given", answer: members{{"links", []plan.Grant{}}}},
		"GET /api/v1/plan/links/{link}":          {summary: "what a link opens", answer: members{{"opens", LinkAddresses{}}}},
		"GET /api/v1/plan/calendar": {summary: "posts, evenings and windows by time", query: []parameter{
			{"from", "the first moment", time.Time{}, false}, {"until", "before this moment, at most 400 days later", time.Time{}, false},
		}, answer: members{{"events", []planEvent{}}}},
		"GET /api/v1/plan/conflicts":                                {summary: "what clashes", query: []parameter{lang}, answer: members{{"conflicts", []planConflict{}}}},
		"GET /api/v1/plan/deliveries":                               {summary: "who was told what, when, and how it ended", query: []parameter{{"before", "next of the page before", 0, false}}, answer: planDeliveries{}},
		"GET /api/v1/plan/campaigns":                                {summary: "all campaigns", answer: members{{"campaigns", []planLine{}}}},
		"GET /api/v1/plan/campaigns/{campaign}":                     {summary: "one campaign", answer: members{{"campaign", planCampaign{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/readiness":           {summary: "go or no-go, and why", query: []parameter{lang}, answer: members{{"readiness", planReadiness{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/steps":               {summary: "what is asked of whom, until when", query: []parameter{lang}, answer: members{{"steps", []planStep{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/conflicts":           {summary: "what clashes with it", query: []parameter{lang}, answer: members{{"conflicts", []planConflict{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/audit":               audited("what was done in it"),
		"POST /api/v1/plan/campaigns/{campaign}/look":               {summary: "have its posts looked at in the shop", status: http.StatusAccepted, answer: members{{"posts", 0}, {"asked", time.Time{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/links":               {summary: "its posts' short links, and who came by them", answer: members{{"links", []planShortLink{}}}},
		"GET /api/v1/plan/campaigns/{campaign}/links/{post}/qr.svg": {summary: "one of them as a QR code", stream: "image/svg+xml"},
		"POST " + commandPath:                                       {summary: "changes the plan", query: []parameter{lang}, answer: members{{"act", plan.Act{}}, {"warnings", []planConflict{}}}},
		"POST /api/v1/plan/imports": {summary: "takes a file of posts", files: true, query: []parameter{
			{"shop", "id of the shop that all of it is for", "", true}, {"campaign", "name of the campaign of rows that name none", "", false}, {"dry_run", "1: say what would come of it, and write nothing", "", false}, lang,
		}, answer: members{{"import", Imported{}}, {"warnings", []planConflict{}}}},
		"POST " + HookPath + "{link}": {summary: "what happens to a post at a scheduler, signed", body: listen.CallBody(), loose: true, answer: members{{"call", CallOutcome{}}}},
	}
}
