package main

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// importPath is where the calendar's form sends a file of posts.
const importPath = "/plan/import"

// sentFile is a file that a reader sent, and what came of it.
type sentFile struct {
	control.File
	came console.Taken
}

// mayImport reports whether the reader may add posts at all.
func (v *visit) mayImport() bool {
	return plan.Can(v.who.Role, plan.KeepPosts) && plan.Can(v.who.Role, plan.KeepCampaigns)
}

// importForm is the form for a file, with what came of the one just sent.
func (v *visit) importForm() *console.ImportForm {
	if !v.mayImport() || len(v.shops) == 0 {
		return nil
	}
	f := &console.ImportForm{Action: importPath}
	for _, s := range v.shops {
		f.Shops = append(f.Shops, console.ImportShop{ID: string(s.Shop.ID), Name: s.Shop.Name, Chosen: v.file != nil && v.file.Shop == s.Shop.ID})
	}
	if v.file != nil {
		f.Campaign, f.Taken = v.file.Campaign, &v.file.came
	}
	return f
}

// takeFile takes what the form sends, and shows the calendar with what came of it. The
// same file again adds nothing, so that a page that is sent again does no harm.
func (p *planPages) takeFile(w http.ResponseWriter, r *http.Request) {
	all := sheets()
	s := &all[slices.IndexFunc(all, func(s sheet) bool { return s.name == "calendar" })]
	v := p.visit(w, r, s)
	if v == nil {
		return
	}
	if !v.mayImport() {
		p.forbid(w, r, v)
		return
	}
	f, err := readForm(r)
	if err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form cannot be read\nformularza nie można odczytać", status)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actWithin)
	defer cancel()
	f.Language = plan.English
	out, err := p.plan.ImportFile(ctx, v.now, v.who, f.File)
	f.came = console.Taken{Tried: out.DryRun, Added: out.Added, Changed: out.Changed, Cancelled: out.Cancelled, Same: out.Same}
	status, why := 0, console.Text{}
	if bad, faulty := errors.AsType[*control.FileError](err); faulty {
		f.came = p.faultsOf(ctx, v, f.File, bad)
		status = http.StatusBadRequest
	} else if err != nil {
		text, kind := refusal(err)
		if kind == falochron.Internal || kind == falochron.Unavailable {
			p.log.Error("a file of posts", "error", err)
		}
		if after := control.RetryAfter(err); after != "" {
			w.Header().Set("Retry-After", after)
		}
		f, status, why = nil, kind.Status(), text
	}
	if again := p.visit(w, r, s); again != nil { // with what has come in
		again.file, again.status, again.failed = f, status, why
		again.home = "/plan/calendar"
		p.answer(w, r, again)
	}
}

// readForm reads the form, part by part, into memory: its length is bounded already.
func readForm(r *http.Request) (*sentFile, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	f := &sentFile{}
	f.DryRun = true // a form that does not say so writes nothing
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if err := f.part(part); err != nil {
			return nil, err
		}
		if n > 10 {
			return nil, errors.New("too many parts")
		}
	}
}

func (f *sentFile) part(p *multipart.Part) error {
	if p.FormName() == "file" {
		b, err := io.ReadAll(io.LimitReader(p, listen.MaxFile+1))
		f.Body = b
		return err
	}
	b, err := io.ReadAll(io.LimitReader(p, 1000))
	switch p.FormName() {
	case "shop":
		f.Shop = plan.ID(b)
	case "campaign":
		f.Campaign = string(b)
	case "try":
		f.DryRun = string(b) != "0"
	}
	return err
}

// faultsOf tells the faults of a file in both languages: the page chooses. They are found
// out anew for the second, by a dry run.
func (p *planPages) faultsOf(ctx context.Context, v *visit, f control.File, bad *control.FileError) console.Taken {
	f.Language, f.DryRun = plan.Polish, true
	_, err := p.plan.ImportFile(ctx, v.now, v.who, f)
	polish, _ := errors.AsType[*control.FileError](err)
	came := console.Taken{Tried: true, Left: bad.Left}
	for i, x := range bad.Faults {
		one := console.FileFault{Line: x.Line, Column: x.Column, What: console.Text{EN: x.Message}}
		if !bad.Refused { // what the plan refuses says itself what to do
			one.Hint.EN = x.Hint
		}
		if polish != nil && len(polish.Faults) == len(bad.Faults) && polish.Refused == bad.Refused {
			one.What.PL = polish.Faults[i].Message
			if !bad.Refused {
				one.Hint.PL = polish.Faults[i].Hint
			}
		}
		came.Faults = append(came.Faults, one)
	}
	return came
}
