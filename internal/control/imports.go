package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// Imported is what came, or would come, of a file.
type Imported struct {
	DryRun    bool          `json:"dry_run"` // nothing was written
	Added     int           `json:"added"`
	Changed   int           `json:"changed"`
	Cancelled int           `json:"cancelled"`
	Same      int           `json:"same"` // said before, and nothing of it changed
	Rows      []ImportedRow `json:"rows"` // in the order of the file
	Acts      []plan.Act    `json:"-"`
}

// ImportedRow is what came of one post or evening.
type ImportedRow struct {
	Line     int     `json:"line"`
	Outcome  Outcome `json:"outcome"`
	Campaign plan.ID `json:"campaign"`
	Ref      plan.ID `json:"ref"` // of the post or evening
}

// Outcome is what came of something that was announced.
type Outcome string

// The outcomes.
const (
	WasAdded     Outcome = "added"
	WasChanged   Outcome = "changed"
	WasCancelled Outcome = "cancelled"
	WasSame      Outcome = "same"
)

// FileError says everything that is wrong with a file. Nothing of it was taken.
type FileError struct {
	Faults []listen.Fault
	Left   int // that are not told
	// Refused says that the file could be read, and the plan refused what it says.
	Refused bool
}

// Error counts the faults and tells the first.
func (e *FileError) Error() string {
	n := len(e.Faults) + e.Left
	if n == 0 {
		return "the file cannot be taken"
	}
	first := e.Faults[0]
	where := fmt.Sprintf("line %d", first.Line)
	if first.Column != "" {
		where += ", " + first.Column
	}
	if n == 1 {
		return fmt.Sprintf("the file cannot be taken: %s: %s", where, first.Message)
	}
	return fmt.Sprintf("the file cannot be taken: %d faults, the first in %s: %s", n, where, first.Message)
}

// Unwrap makes it an error of its kind, with what to do.
func (e *FileError) Unwrap() error {
	return &falochron.Error{Kind: falochron.Invalid, Op: "read the file", Public: e.Error(), Hint: "nothing was written; mend the file and send all of it again"}
}

// Import takes all posts and evenings of a file into the plan, as who has sent it: all
// of them, or none. What was taken before and has not changed in the file stays as it
// is in the plan. A campaign is the open one of its name, or begun. The error is a
// [*FileError], or as of [Campaigns.Do]. A dry run finds out the same and writes
// nothing.
func (c *Campaigns) Import(ctx context.Context, now time.Time, who plan.Actor, shop plan.ID, f listen.File, lang plan.Language, dry bool) (out Imported, err error) {
	if len(f.Faults) > 0 {
		return out, &FileError{Faults: f.Faults, Left: f.Left}
	}
	if len(f.Items) == 0 {
		return out, &FileError{Faults: []listen.Fault{{Line: 1, Message: "there is nothing in it"}}}
	}
	cost := costOfFile(len(f.Items), dry)
	if err := c.pace.take(now, who, cost); err != nil {
		return out, err
	}
	_, err = c.write(ctx, func() (actStore, uint64, []plan.Act, error) {
		s, book, after, err := c.draft(ctx)
		if err != nil {
			return s, 0, nil, err
		}
		out = Imported{DryRun: dry, Rows: make([]ImportedRow, 0, len(f.Items))}
		bad := &FileError{Refused: true}
		names := map[string]error{} // of campaigns that could not be begun
		for i := range f.Items {
			item := &f.Items[i]
			t := &trial{b: book, now: now, who: who, own: true}
			row, err := announce(t, shop, item, names)
			if refused, ok := errors.AsType[*plan.Refusal](err); ok {
				if len(bad.Faults) == listen.MaxFaults {
					bad.Left++
				} else {
					bad.Faults = append(bad.Faults, listen.Fault{Line: item.Line, Message: refused.Reason.Sentence(lang), Hint: refusalHints[refused.Kind]})
				}
				continue
			}
			if err != nil {
				return s, 0, nil, err
			}
			out.add(row, t.acts)
		}
		if len(bad.Faults) > 0 {
			return s, 0, nil, bad
		}
		if dry {
			return s, 0, nil, nil
		}
		return s, after, out.Acts, nil
	})
	if err != nil {
		c.pace.back(who, cost)
	}
	return out, err
}

func (o *Imported) add(row ImportedRow, acts []plan.Act) {
	o.Rows, o.Acts = append(o.Rows, row), append(o.Acts, acts...)
	switch row.Outcome {
	case WasAdded:
		o.Added++
	case WasChanged:
		o.Changed++
	case WasCancelled:
		o.Cancelled++
	case WasSame:
		o.Same++
	}
}

// draft is a book of its own, with all that the store knows, to try things on: a book
// cannot forget. Called with the turn.
func (c *Campaigns) draft(ctx context.Context) (actStore, *plan.Book, uint64, error) {
	s := c.now()
	book, after, err := c.fold(ctx, s)
	if err != nil {
		return s, nil, 0, notDone(err)
	}
	c.mu.RLock()
	known := c.seq
	c.mu.RUnlock()
	if after > known { // of others; so that what is written follows what is known
		if _, err := c.catchUp(ctx, s, store.Act{}); err != nil {
			return s, nil, 0, notDone(err)
		}
	}
	return s, book, after, nil
}

// trial tries commands on a book, as somebody.
type trial struct {
	b   *plan.Book
	now time.Time
	who plan.Actor
	// own says that nobody else knows the book, so that each act can be taken into it, and
	// the next command sees it. Else one command can be tried.
	own  bool
	acts []plan.Act
}

// errSeveral says that more than one command is needed, and the book is not ours.
var errSeveral = errors.New("more than one command is needed")

func (t *trial) do(command plan.Command) (plan.Act, error) {
	if !t.own && len(t.acts) > 0 {
		return plan.Act{}, errSeveral
	}
	act, err := t.b.Decide(t.now, t.who, command)
	if err != nil {
		return act, err
	}
	if t.own {
		t.b.Apply(act)
	}
	t.acts = append(t.acts, act)
	return act, nil
}

// announce takes one post or evening into a book. It is added, or changed if what its
// source says has changed since; called off, if it says so.
func announce(t *trial, shop plan.ID, item *listen.Item, failed map[string]error) (row ImportedRow, err error) {
	row.Line = item.Line
	was, known, err := t.b.Sourced(t.now, t.who, shop, item.Source.Key)
	if err != nil {
		return row, err
	}
	row.Campaign, row.Ref = was.Campaign, was.Ref
	switch {
	case known && (was.Source.Print == item.Source.Print || item.Cancelled && was.State == plan.Cancelled), !known && item.Cancelled:
		row.Outcome = WasSame
		return row, nil
	case item.Cancelled:
		row.Outcome = WasCancelled
		_, err = t.do(plan.Cancel{Campaign: was.Campaign, Moment: was.Ref})
		return row, err
	case known:
		row.Outcome = WasChanged
	default:
		row.Outcome = WasAdded
		if row.Campaign, err = campaignNamed(t, shop, item.Campaign, failed); err != nil {
			return row, err
		}
	}
	if item.IsEvening {
		e := item.Evening
		e.ID, e.Source = was.Ref, item.Source
		var done plan.PutEvening
		if err = t.body(plan.PutEvening{Campaign: row.Campaign, Evening: e}, &done); err == nil {
			row.Ref = done.Evening.ID
		}
		return row, err
	}
	p := item.Post
	p.ID, p.Source = was.Ref, item.Source
	var done plan.PutPost
	if err = t.body(plan.PutPost{Campaign: row.Campaign, Post: p}, &done); err == nil {
		row.Ref = done.Post.ID
	}
	return row, err
}

// body does a command and reads what it came to.
func (t *trial) body(command plan.Command, into any) error {
	act, err := t.do(command)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(act.Body, into); err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: "read what was done", Err: err}
	}
	return nil
}

// campaignNamed is the open campaign of that name at the shop, or a new one. What could
// not be begun once is not tried for every row.
func campaignNamed(t *trial, shop plan.ID, name string, failed map[string]error) (plan.ID, error) {
	if err := failed[name]; err != nil {
		return "", err
	}
	// Looked for among all names, also those that the sender may not see: nobody who may
	// not see names may begin campaigns.
	all, err := t.b.Campaigns(t.now, plan.Actor{Role: plan.Operator})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(l plan.CampaignLine) bool { return l.Shop == shop && l.Name == name && !l.Over && !l.Cancelled })
	if i >= 0 && plan.Can(t.who.Role, plan.KeepPosts) {
		return all[i].ID, nil
	}
	var begun plan.PutCampaign
	if err := t.body(plan.PutCampaign{Shop: shop, Name: name}, &begun); err != nil {
		failed[name] = err
		return "", err
	}
	return begun.Campaign, nil
}
