package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// fileTypes are how files of posts may be declared; what is in them is found out by
// reading.
var fileTypes = []string{"text/csv", "text/calendar", "text/plain", "application/csv", "application/vnd.ms-excel"}

// postImport takes a file of posts and evenings.
func (c *Control) postImport(w http.ResponseWriter, r *http.Request, who actor) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	dry, given := q.Get("dry_run"), q.Get("shop")
	if dry != "" && dry != "0" && dry != "1" {
		return invalid("dry_run cannot be read", "dry_run=1 writes nothing")
	}
	if given == "" {
		return invalid("the shop is missing", "add ?shop=ID; GET /api/v1/plan/shops lists them")
	}
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	b, err := readFile(w, r)
	if err != nil {
		return err
	}
	now := time.Now()
	var by plan.Actor
	campaigns.Read(func(b *plan.Book) { by, err = c.planActor(b, now, r, who) })
	if err != nil {
		return planError(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commandWithin)
	defer cancel()
	out, err := campaigns.ImportFile(ctx, now, by, File{Shop: plan.ID(given), Campaign: q.Get("campaign"), Body: b, DryRun: dry == "1", Language: lang})
	if err != nil {
		return planError(err)
	}
	var clashes []plan.Conflict
	for i := range out.Acts {
		clashes = append(clashes, out.Acts[i].Warnings...)
	}
	return answer(w, http.StatusOK, map[string]any{"import": out, "warnings": planConflicts(clashes, lang)})
}

// readFile reads a body that is a file.
func readFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(fileTypes, t) {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the body is not declared as a file of posts", Hint: "send Content-Type: text/csv or text/calendar"}
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, listen.MaxFile))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the file is too long", Err: tooLong, Hint: fmt.Sprintf("at most %d bytes: split it into several", listen.MaxFile)}
	}
	if err != nil {
		return nil, badBody(err)
	}
	return b, nil
}

// File is a file of posts and evenings with what it does not say itself.
type File struct {
	Shop     plan.ID
	Campaign string // of rows that name none; may be empty
	Body     []byte
	DryRun   bool
	Language plan.Language // of what is said about its faults
}

// ImportFile reads a file by the clock of its shop and takes it in, as
// [Campaigns.Import] has it.
func (c *Campaigns) ImportFile(ctx context.Context, now time.Time, who plan.Actor, f File) (Imported, error) {
	var shops []plan.ShopView
	err := c.Absent()
	if err == nil {
		c.Read(func(b *plan.Book) { shops, err = b.Shops(now, who) })
	}
	if err != nil {
		return Imported{}, err
	}
	i := slices.IndexFunc(shops, func(s plan.ShopView) bool { return s.Shop.ID == f.Shop })
	if i < 0 { // asked of the plan, so that the refusal is in its words
		var err error
		c.Read(func(b *plan.Book) { _, _, err = b.Sourced(now, who, f.Shop, "") })
		return Imported{}, err
	}
	read := listen.Read(f.Body, listen.Options{Zone: shops[i].Zone, Zones: c.cfg.Zones, Campaign: f.Campaign, Language: f.Language, Channels: channels()})
	return c.Import(ctx, now, who, f.Shop, read, f.Language, f.DryRun)
}

// channels are those of which it is known how many come.
func channels() (out []string) {
	for _, c := range forecast.Channels() {
		out = append(out, string(c))
	}
	return out
}

// LinkAddresses are what a link of the plan opens. All but Hook are secrets of the party.
type LinkAddresses struct {
	Pages string `json:"pages"` // path of the pages of the campaign room
	Feed  string `json:"feed"`  // path of the party's calendar
	// Hook is the path to which a scheduler sends its calls, signed with Secret.
	Hook   string `json:"hook"`
	Secret string `json:"secret"`
}

// getPlanLink says what a link that still opens something opens. None of it is kept.
func (c *Control) getPlanLink(w http.ResponseWriter, r *http.Request, who actor) error {
	id := plan.ID(r.PathValue("link"))
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, by plan.Actor) (any, error) {
		links, err := b.Links(now, by)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(links, func(g plan.Grant) bool { return g.ID == id }) {
			return nil, &falochron.Error{Kind: falochron.NotFound, Op: "find the link", Public: "there is no such link", Hint: "GET /api/v1/plan/links lists them"}
		}
		if _, err := b.Enter(now, id, ""); err != nil {
			return nil, err
		}
		if c.cfg.PlanLink == nil {
			return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "sign the link", Public: "there are no keys here", Hint: "ask the Falochron that serves the pages"}
		}
		return map[string]any{"opens": c.cfg.PlanLink(id)}, nil
	})
}
