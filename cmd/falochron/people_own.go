package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
)

// ownPath is the page on which a party enters what the others need of it.
const ownPath = "/plan/own"

// ownForm is the longest body of that page's forms in bytes: ten contacts of the longest
// names and addresses, percent-encoded.
const ownForm = 32 << 10

// mostContacts is how many contacts a party may have, and spareContacts how many empty
// lines the form has for more.
const (
	mostContacts  = 10
	spareContacts = 2
)

// ownPage shows what the reader's party has entered, with the forms to change it.
func ownPage(v *visit) (console.View, error) {
	zone := v.ownZone()
	view := &console.OwnView{Frame: v.frame(zone)}
	if p, mine := v.ownParty(); mine {
		view.Party, view.OnCall, view.Shifts = partyForm(&p), v.shiftForm(), v.ownShifts()
		view.May = append(view.May, console.ActParty, console.ActOnCall)
	}
	of := []struct {
		action plan.Action
		acts   []console.Act
	}{
		{plan.RecordMeasured, []console.Act{console.ActCapacity}}, {plan.RecordReserves, []console.Act{console.ActReserve}},
		{plan.KeepWindows, []console.Act{console.ActWindow, console.ActUnwindow}},
	}
	var may []console.Act
	for _, o := range of {
		if v.acts(o.action) {
			may = append(may, o.acts...)
		}
	}
	id := v.shop
	if id == "" && len(v.shops) == 1 {
		id = v.shops[0].Shop.ID
	}
	s, found := v.shopView(id)
	switch {
	case v.shop != "" && !found:
		return nil, &falochron.Error{Kind: falochron.NotFound, Op: "find the shop", Public: "there is no such shop"}
	case len(may) == 0: // nothing to enter of shops
	case found:
		view.Shop, view.May = v.shopForm(&s), append(view.May, may...)
	default:
		for i := range v.shops {
			s := &v.shops[i].Shop
			view.Shops = append(view.Shops, console.Link{Page: "own", Name: s.Name, Href: console.Path(ownPath + "/" + string(s.ID))})
		}
	}
	v.retype(view)
	return view, nil
}

// ownZone is the zone in which that page's times are told and typed.
func (v *visit) ownZone() *time.Location {
	if s, found := v.shopView(v.shop); found {
		return s.Zone
	}
	return v.zone()
}

// ownParty is the reader's own, unless the link is for some shops only.
func (v *visit) ownParty() (p plan.Party, mine bool) {
	if v.who.Party == "" {
		return p, false
	}
	v.plan.Read(func(b *plan.Book) {
		all, err := b.Parties(v.now, v.who)
		if mine = err == nil && len(all) == 1; mine {
			p = all[0]
		}
	})
	return p, mine
}

// partyForm is the form as the plan has it.
func partyForm(p *plan.Party) *console.OwnParty {
	out := &console.OwnParty{Polish: p.Language == plan.Polish, QuietFrom: p.Quiet.From, QuietUntil: p.Quiet.Until}
	for _, c := range p.Contacts {
		line := console.OwnContact{Name: c.Name, Address: strings.TrimPrefix(c.Address, "mailto:")}
		if strings.Contains(c.Address, "://") { // it may hold a secret, and who reads this may be somebody else of the party
			line.Address, line.Hidden, line.Was = "", "?", fingerprint(c.Address)
			if a, err := notify.ParseAddress(c.Address); err == nil {
				line.Hidden = a.String()
			}
		}
		out.Contacts = append(out.Contacts, line)
	}
	return withSpare(out)
}

// withSpare is the form with some empty lines.
func withSpare(f *console.OwnParty) *console.OwnParty {
	f.Contacts = append(f.Contacts, make([]console.OwnContact, min(spareContacts, max(mostContacts-len(f.Contacts), 0)))...)
	return f
}

// fingerprint names an address without telling it.
func fingerprint(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:8])
}

// shiftForm proposes a shift: after the last that is entered, or from now on, until an hour
// after the next wave.
func (v *visit) shiftForm() *console.OwnShift {
	out := &console.OwnShift{From: v.now, Until: v.now.Add(12 * time.Hour)}
	if all := v.ownShifts(); len(all) > 0 {
		last := all[len(all)-1]
		out.From, out.Until = last.From.AddDate(0, 0, 1), last.Until.AddDate(0, 0, 1)
	} else if e := v.pressing("", ""); e != nil && e.Until.After(v.now) {
		out.Until = e.Until.Add(e.Slip + time.Hour)
	}
	return out
}

// ownShifts are those of the reader's party that are not over.
func (v *visit) ownShifts() (out []console.OwnTurn) {
	zone := v.ownZone()
	for i := range v.shops {
		for _, n := range v.shops[i].People {
			if n.Party != v.who.Party {
				continue
			}
			for _, o := range n.Shifts {
				out = append(out, console.OwnTurn{Name: o.Contact.Name, From: o.From.In(zone), Until: o.Until.In(zone)})
			}
			return out
		}
	}
	return nil
}

// shopForm is what is known of a shop, with a proposal for a window.
func (v *visit) shopForm(s *plan.ShopView) *console.OwnShop {
	out := &console.OwnShop{
		ID: string(s.Shop.ID), Name: s.Shop.Name, Orders: s.Capacity.OrdersPerMinute, Workers: s.Capacity.Workers,
		Measured: s.Capacity.OrdersPerMinute > 0 && s.Capacity.Evidence != plan.Told, At: s.Capacity.At,
		Reserve: s.Reserve.Workers, Lead: s.Reserve.Lead, Kind: string(plan.Freeze), From: v.now, Until: v.now.Add(2 * time.Hour),
	}
	if e := v.next(s.Shop.ID); e != nil {
		out.From, out.Until = e.From.AddDate(0, 0, -2), e.Until.Add(e.Slip)
	}
	for _, w := range s.Windows {
		if !w.Daily && !w.Until.After(v.now) {
			continue
		}
		out.Windows = append(out.Windows, console.OwnWindow{ID: string(w.ID), Kind: string(w.Kind), What: w.What, From: w.From, Until: w.Until, Daily: w.Daily})
	}
	slices.SortStableFunc(out.Windows, func(a, b console.OwnWindow) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	return out
}

// retype puts what the reader has typed back into the form that was refused, so that
// nothing has to be typed twice. Times that were none stand as they were proposed.
func (v *visit) retype(view *console.OwnView) {
	form := v.typed
	at := func(field string, t *time.Time) {
		if typed, err := localTime(form.Get(field), v.ownZone()); err == nil {
			*t = typed
		}
	}
	switch console.Act(form.Get("act")) {
	case console.ActParty:
		if view.Party == nil {
			return
		}
		hidden := map[string]string{}
		for _, c := range view.Party.Contacts {
			hidden[c.Was] = c.Hidden
		}
		f := &console.OwnParty{Polish: form.Get("language") == "pl", QuietFrom: view.Party.QuietFrom, QuietUntil: view.Party.QuietUntil}
		for i, name := range form["name"][:min(len(form["name"]), mostContacts)] {
			line := console.OwnContact{Name: name, Address: nth(form["address"], i)}
			if was := nth(form["was"], i); hidden[was] != "" {
				line.Was, line.Hidden = was, hidden[was]
			}
			if line != (console.OwnContact{}) {
				f.Contacts = append(f.Contacts, line)
			}
		}
		view.Party = withSpare(f)
	case console.ActOnCall:
		if view.OnCall == nil {
			return
		}
		view.OnCall.Name, view.OnCall.Address = form.Get("name"), form.Get("address")
		at("from", &view.OnCall.From)
		at("until", &view.OnCall.Until)
	case console.ActWindow:
		if view.Shop == nil {
			return
		}
		view.Shop.Kind, view.Shop.What, view.Shop.Daily, view.Shop.PreviousRefused = form.Get("kind"), form.Get("what"), form.Get("daily") != "", true
		at("from", &view.Shop.From)
		at("until", &view.Shop.Until)
	}
}

// nth is one of several fields of a name; empty: there are not so many.
func nth(all []string, i int) string {
	if i >= len(all) {
		return ""
	}
	return all[i]
}

// putParty changes the reader's own party, as the form says.
func (v *visit) putParty(ctx context.Context, form url.Values) error {
	old, mine := v.ownParty()
	if !mine {
		return v.command(ctx, plan.PutOwnParty{}) // refused in the plan's words
	}
	p := plan.Party{Name: old.Name, Language: plan.Language(form.Get("language"))}
	for i, name := range form["name"] {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		address := strings.TrimSpace(nth(form["address"], i))
		if was := nth(form["was"], i); address == "" && was != "" {
			for _, c := range old.Contacts {
				if fingerprint(c.Address) == was {
					address = c.Address
				}
			}
		}
		address, err := contactAddress(address)
		if err != nil {
			return err
		}
		p.Contacts = append(p.Contacts, plan.Contact{Name: name, Address: address})
	}
	from, until := form.Get("quiet-from"), form.Get("quiet-until")
	if from != "" || until != "" {
		begin, err := time.Parse("15:04", from)
		end, wrong := time.Parse("15:04", until)
		if err != nil || wrong != nil {
			return &refusedHere{falochron.Invalid, badHours}
		}
		p.Quiet = plan.Hours{From: begin.Hour()*60 + begin.Minute(), Until: end.Hour()*60 + end.Minute()}
	}
	return v.command(ctx, plan.PutOwnParty{Party: p})
}

// contactAddress is an address that messages can be sent to: what people write for a
// mailbox is completed, and all else has to be one of docs/notify.md. Where a channel
// leads is known to who runs Falochron alone.
func contactAddress(s string) (string, error) {
	bad := &refusedHere{falochron.Invalid, badAddress}
	box, isMail := strings.CutPrefix(s, "mailto:")
	if isMail || strings.Contains(s, "@") && !strings.Contains(s, ":") {
		if a, err := mail.ParseAddress(box); err != nil || a.Address != box {
			return "", bad
		}
		return "mailto:" + box, nil
	}
	if name, isChannel := strings.CutPrefix(s, "channel:"); isChannel && name != "" {
		return s, nil
	}
	if _, err := notify.ParseAddress(s); err != nil {
		return "", bad
	}
	return s, nil
}

// putOnCall says who of the reader's party can be rung, or takes a shift out.
func (v *visit) putOnCall(ctx context.Context, form url.Values) (err error) {
	if form.Has("begun") {
		from, err := time.Parse(time.RFC3339, form.Get("begun"))
		until, wrong := time.Parse(time.RFC3339, form.Get("ended"))
		if err != nil || wrong != nil {
			return &refusedHere{falochron.Invalid, badTime}
		}
		return v.command(ctx, plan.SetOnCall{OnCall: plan.OnCall{From: from, Until: until}})
	}
	c := plan.SetOnCall{OnCall: plan.OnCall{Contact: plan.Contact{Name: strings.TrimSpace(form.Get("name"))}}}
	address := strings.TrimSpace(form.Get("address"))
	switch number := phoneNumber(address); {
	case number != "":
		c.Contact.Address = "tel:" + number
	default:
		if c.Contact.Address, err = contactAddress(address); err != nil {
			return &refusedHere{falochron.Invalid, badPhone}
		}
	}
	if c.From, err = localTime(form.Get("from"), v.ownZone()); err != nil {
		return err
	}
	if c.Until, err = localTime(form.Get("until"), v.ownZone()); err != nil {
		return err
	}
	return v.command(ctx, c)
}

// phoneNumber is a number without what people put between its digits; empty: it is none.
func phoneNumber(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "\u00a0", "").Replace(strings.TrimPrefix(s, "tel:"))
	digits := strings.TrimPrefix(s, "+")
	if len(digits) < 3 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return s
}

// putCapacity says what a shop takes. It counts as told: only Falochron measures.
func (v *visit) putCapacity(ctx context.Context, form url.Values) error {
	c := plan.Capacity{Evidence: plan.Told, At: v.now}
	var err error
	if c.OrdersPerMinute, err = strconv.ParseFloat(strings.Replace(form.Get("orders"), ",", ".", 1), 64); err != nil {
		return &refusedHere{falochron.Invalid, badNumber}
	}
	if w := form.Get("workers"); w != "" {
		if c.Workers, err = strconv.Atoi(w); err != nil {
			return &refusedHere{falochron.Invalid, badNumber}
		}
	}
	return v.command(ctx, plan.RecordCapacity{Shop: plan.ID(form.Get("shop")), Capacity: c})
}

// putReserve says what the host can add.
func (v *visit) putReserve(ctx context.Context, form url.Values) error {
	workers, err := strconv.Atoi(form.Get("workers"))
	lead, wrong := strconv.Atoi(form.Get("lead"))
	if err != nil || wrong != nil || lead < 0 || lead > 1e6 {
		return &refusedHere{falochron.Invalid, badNumber}
	}
	return v.command(ctx, plan.RecordReserve{Shop: plan.ID(form.Get("shop")), Reserve: plan.Reserve{Workers: workers, Lead: time.Duration(lead) * time.Minute}})
}

// putWindow enters a window, in the zone of its shop.
func (v *visit) putWindow(ctx context.Context, form url.Values) (err error) {
	w := plan.Window{Shop: plan.ID(form.Get("shop")), Kind: plan.WindowKind(form.Get("kind")), What: strings.TrimSpace(form.Get("what")), Daily: form.Get("daily") != ""}
	zone := v.ownZone()
	if s, found := v.shopView(w.Shop); found {
		zone = s.Zone
	}
	if w.From, err = localTime(form.Get("from"), zone); err != nil {
		return err
	}
	if w.Until, err = localTime(form.Get("until"), zone); err != nil {
		return err
	}
	return v.command(ctx, plan.PutWindow{Window: w})
}
