package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// postPath is the page on which posts and sales evenings are put into the plan. With
// ?post=ID it changes one, with ?campaign=ID it adds to a campaign.
const postPath = "/plan/post"

// newIn says that a post begins a campaign of the shop that follows.
const newIn = "new:"

// mostChoices is how many open campaigns of a shop are offered, the newest first: more
// than one firm has. Others are reached from their own pages.
const mostChoices = 50

// postPage shows the forms for a post and an evening.
func postPage(v *visit) (console.View, error) {
	view := &console.PostFormView{Frame: v.frame(v.zone())}
	if v.acts(plan.KeepPosts) {
		view.May = append(view.May, console.ActPutPost, console.ActPutEvening)
	}
	var err error
	if id := v.postAsked(); id != "" {
		err = v.formOf(view, id)
	} else {
		err = v.newForm(view)
	}
	if err != nil {
		return nil, err
	}
	v.retypePost(view)
	return view, nil
}

// postAsked is the post or evening that the address names; empty: a new one.
func (v *visit) postAsked() plan.ID { return plan.ID(v.query.Get("post")) }

// planPath is where the reader plans a post, in a campaign if one is named; empty: that is
// not the reader's part.
func (v *visit) planPath(campaign plan.ID) console.Path {
	if !v.acts(plan.KeepPosts) || len(v.shops) == 0 {
		return ""
	}
	if campaign == "" {
		return postPath
	}
	return console.Path(postPath + "?" + url.Values{"campaign": {string(campaign)}}.Encode())
}

// changePath is where a post is changed.
func changePath(id string) console.Path {
	return console.Path(postPath + "?" + url.Values{"post": {id}}.Encode())
}

// newForm is for what is not in the plan yet.
func (v *visit) newForm(view *console.PostFormView) error {
	var open []plan.CampaignLine
	var err error
	v.plan.Read(func(b *plan.Book) { open, err = b.Campaigns(v.now, v.who) })
	if err != nil || len(v.shops) == 0 {
		return err
	}
	head, zone := console.FormHead{}, v.zone()
	for i := range v.shops {
		s := &v.shops[i].Shop
		of := console.CampaignChoice{Shop: s.Name, New: newIn + string(s.ID)}
		for _, k := range open {
			asked := string(k.ID) == v.query.Get("campaign")
			if k.Shop != s.ID || k.Over || k.Cancelled || k.Unplanned || len(of.Open) >= mostChoices && !asked {
				continue
			}
			of.Open = append(of.Open, console.Choice{ID: string(k.ID), Name: cmp.Or(k.Name, string(k.ID))})
			if asked {
				head.Into, zone = string(k.ID), v.shops[i].Zone
			}
		}
		view.Into = append(view.Into, of)
	}
	if head.Into != "" {
		view.Home = v.planPath(plan.ID(head.Into))
	}
	view.Now = view.Now.In(zone)
	// Proposed is the next day at the next full hour.
	head.At = v.now.In(zone).Add(25 * time.Hour).Truncate(time.Hour).Format(formTime)
	view.Post, view.Evening = &console.PostForm{FormHead: head}, &console.EveningForm{FormHead: head}
	view.Influencers, view.Channels = v.influencers(""), channelNames("")
	return nil
}

// formOf is for a post or evening that is in the plan.
func (v *visit) formOf(view *console.PostFormView, id plan.ID) error {
	none := &falochron.Error{Kind: falochron.NotFound, Op: "find the post", Public: "there is no such post"}
	k, err := v.campaignView(campaignOf(id))
	if err != nil {
		return none
	}
	view.Home, view.Campaign, view.Now = changePath(string(id)), nameOf(&k.Campaign), v.now.In(k.Zone)
	head := func(name string, at time.Time) console.FormHead {
		local := at.In(k.Zone).Format(formTime)
		return console.FormHead{ID: string(id), Name: name, At: local, Was: local}
	}
	for i := range k.Campaign.Posts {
		p := &k.Campaign.Posts[i]
		if p.ID != id || p.State == plan.Cancelled || k.Over {
			continue
		}
		if !v.ownPost(string(id), &k.Campaign) {
			return none // another influencer's
		}
		view.Influencers, view.Channels = v.influencers(k.Campaign.Shop), channelNames(p.Channel)
		view.Post = &console.PostForm{
			FormHead: head(p.Name, p.At), Party: string(p.Party), Channel: p.Channel, Account: p.Account, Slip: digitsOf(int(p.Slip / time.Minute)), Reach: digitsOf(p.Reach),
			Followers: digitsOf(p.Followers), Link: p.Link, Coupon: p.Coupon, Price: price(p.Price), Stock: digitsOf(p.Stock), Limited: p.Limited, Out: p.State == plan.Out,
		}
		return nil
	}
	for i := range k.Campaign.Evenings {
		e := &k.Campaign.Evenings[i]
		if e.ID == id && e.State != plan.Cancelled && !k.Over {
			view.Evening, view.Turned = &console.EveningForm{
				FormHead: head(e.Name, e.Start), Lasts: digitsOf(int(e.Lasts / time.Minute)), PreQueue: digitsOf(int(e.PreQueue / time.Minute)), Reach: digitsOf(e.Reach), Draw: e.Draw,
			}, true
			return nil
		}
	}
	return none
}

// influencers are those of a shop, or of all of the reader's, who can be named; an
// influencer names nobody.
func (v *visit) influencers(shop plan.ID) (out []console.Choice) {
	if v.who.Role == plan.Influencer {
		return nil
	}
	for i := range v.shops {
		if shop != "" && v.shops[i].Shop.ID != shop {
			continue
		}
		for _, n := range v.shops[i].People {
			c := console.Choice{ID: string(n.Party), Name: n.Name}
			if n.Role == plan.Influencer && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// channelNames are the channels of which the forecast knows something, and the one a post
// has already.
func channelNames(has string) (out []string) {
	for _, c := range forecast.Channels() {
		out = append(out, string(c))
	}
	if has != "" && !slices.Contains(out, has) {
		out = append(out, has)
	}
	return out
}

// digitsOf is a number in a form; nothing is said of 0.
func digitsOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// retypePost puts what was typed back into the form that was refused.
func (v *visit) retypePost(view *console.PostFormView) {
	f := v.typed
	head := func(h *console.FormHead) {
		h.Into, h.New, h.Name = f.Get("into"), f.Get("new"), f.Get("name")
		if f.Has("at") {
			h.At = f.Get("at")
		}
	}
	switch console.Act(f.Get("act")) {
	case console.ActPutPost:
		if p := view.Post; p != nil {
			head(&p.FormHead)
			p.Party, p.Channel, p.Account, p.Slip, p.Reach, p.Followers = f.Get("party"), f.Get("channel"), f.Get("account"), f.Get("slip"), f.Get("reach"), f.Get("followers")
			p.Link, p.Coupon, p.Price, p.Stock, p.Limited = f.Get("link"), f.Get("coupon"), f.Get("price"), f.Get("stock"), f.Get("limited") != ""
		}
	case console.ActPutEvening:
		if e := view.Evening; e != nil {
			head(&e.FormHead)
			e.Lasts, e.PreQueue, e.Reach, e.Draw, view.Turned = f.Get("lasts"), f.Get("pre-queue"), f.Get("reach"), f.Get("draw") != "", true
		}
	}
}

// typedForm reads fields of a form; the first that makes no sense is its err.
type typedForm struct {
	url.Values
	err error
}

func (f *typedForm) text(field string) string { return strings.TrimSpace(f.Get(field)) }

// digits is a number without what people put between its digits.
func (f *typedForm) digits(field string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(f.Get(field))
}

func (f *typedForm) whole(field string) int {
	s := f.digits(field)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		f.bad()
	}
	return n
}

func (f *typedForm) minutes(field string) time.Duration {
	n := f.whole(field)
	if n > 366*24*60 {
		f.bad()
		return 0
	}
	return time.Duration(n) * time.Minute
}

func (f *typedForm) amount(field string) float64 {
	s := strings.Replace(f.digits(field), ",", ".", 1)
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= 0 && x < 1e12) {
		f.bad()
	}
	return x
}

func (f *typedForm) bad() { f.err = &refusedHere{falochron.Invalid, badNumber} }

// moment reads when it is to be; one that was not touched stays, whoever has moved it
// meanwhile.
func (f *typedForm) moment(zone *time.Location, is time.Time) time.Time {
	if !is.IsZero() && (!f.Has("at") || f.Get("at") == f.Get("was")) {
		return is
	}
	t, err := localTime(f.Get("at"), zone)
	if err != nil {
		f.err = err
	}
	return t
}

// putPost puts a post into the plan, or changes it.
func (v *visit) putPost(ctx context.Context, form url.Values) error {
	if !v.acts(plan.KeepPosts) {
		return v.command(ctx, plan.PutPost{}) // refused in the plan's words
	}
	f, id := &typedForm{Values: form}, plan.ID(form.Get("post"))
	zone, old, err := v.placeOf(form, func(k *plan.Campaign) (plan.Post, bool) {
		i := slices.IndexFunc(k.Posts, func(p plan.Post) bool { return p.ID == id })
		if i < 0 {
			return plan.Post{}, false
		}
		return k.Posts[i], true
	})
	if err != nil {
		return err
	}
	p := old // what the form does not ask for stays
	p.At = f.moment(zone, old.At)
	p.Name, p.Channel, p.Account = f.text("name"), f.text("channel"), f.text("account")
	if p.State != plan.Out {
		p.Slip = f.minutes("slip")
	}
	p.Reach, p.Followers, p.Link, p.Coupon, p.Price, p.Stock, p.Limited = f.whole("reach"), f.whole("followers"), f.text("link"), f.text("coupon"), f.amount("price"), f.whole("stock"), f.Get("limited") != ""
	if form.Has("party") && v.who.Role != plan.Influencer {
		p.Party = plan.ID(f.text("party"))
	}
	if f.err == nil && !slices.Contains(channelNames(old.Channel), p.Channel) {
		f.err = &refusedHere{falochron.Invalid, badChannel}
	}
	if f.err != nil {
		return f.err
	}
	return v.putInto(ctx, form, func(k plan.ID) plan.Command { return plan.PutPost{Campaign: k, Post: p} })
}

// putEvening puts a sales evening into the plan, or changes it.
func (v *visit) putEvening(ctx context.Context, form url.Values) error {
	if !v.acts(plan.KeepPosts) {
		return v.command(ctx, plan.PutEvening{}) // refused in the plan's words
	}
	f, id := &typedForm{Values: form}, plan.ID(form.Get("post"))
	zone, old, err := v.placeOf(form, func(k *plan.Campaign) (plan.Post, bool) {
		i := slices.IndexFunc(k.Evenings, func(e plan.Evening) bool { return e.ID == id })
		if i < 0 {
			return plan.Post{}, false
		}
		return plan.Post{At: k.Evenings[i].Start}, true
	})
	if err != nil {
		return err
	}
	e := plan.Evening{ID: id, Name: f.text("name"), Start: f.moment(zone, old.At), Lasts: f.minutes("lasts"), PreQueue: f.minutes("pre-queue"), Reach: f.whole("reach"), Draw: f.Get("draw") != ""}
	if f.err != nil {
		return f.err
	}
	return v.putInto(ctx, form, func(k plan.ID) plan.Command { return plan.PutEvening{Campaign: k, Evening: e} })
}

// placeOf is in which zone a form's times are, and what it changes, if it does: found finds
// that in its campaign. A campaign or shop that is not the reader's has no zone: the
// command is refused then.
func (v *visit) placeOf(form url.Values, found func(*plan.Campaign) (plan.Post, bool)) (zone *time.Location, old plan.Post, err error) {
	into := form.Get("into")
	if shop, begins := strings.CutPrefix(into, newIn); begins && form.Get("post") == "" {
		s, mine := v.shopView(plan.ID(shop))
		if !mine {
			return nil, old, &refusedHere{falochron.NotFound, whichShop}
		}
		return s.Zone, old, nil
	}
	if id := form.Get("post"); id != "" {
		into = string(campaignOf(plan.ID(id)))
	}
	k, err := v.campaignView(plan.ID(into))
	if err != nil {
		return nil, old, err
	}
	if form.Get("post") != "" {
		var is bool
		if old, is = found(&k.Campaign); !is {
			return nil, old, &refusedHere{falochron.NotFound, noSuchPost}
		}
	}
	return k.Zone, old, nil
}

// putInto does the command in the campaign that the form names, or in one that is begun
// with it: both, or neither. The reader is led to the campaign.
func (v *visit) putInto(ctx context.Context, form url.Values, put func(plan.ID) plan.Command) error {
	id := plan.ID(form.Get("into"))
	if post := form.Get("post"); post != "" {
		id = campaignOf(plan.ID(post))
	}
	if shop, begins := strings.CutPrefix(string(id), newIn); begins {
		begin := plan.PutCampaign{Shop: plan.ID(shop), Name: strings.TrimSpace(form.Get("new"))}
		if v.who.Role == plan.Influencer {
			begin.Influencers = []plan.ID{v.who.Party} // nobody else is named without having been asked
		}
		if begin.Name == "" {
			return &refusedHere{falochron.Invalid, noName}
		}
		_, err := v.plan.DoAll(ctx, v.now, v.who, func(done []plan.Act) plan.Command {
			switch len(done) {
			case 0:
				return begin
			case 1:
				var begun plan.PutCampaign
				if err := json.Unmarshal(done[0].Body, &begun); err != nil {
					return nil // an act of our own
				}
				id = begun.Campaign
				return put(id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	} else if strings.TrimSpace(form.Get("new")) != "" {
		return &refusedHere{falochron.Invalid, whichCampaign} // nobody knows which of the two was meant
	} else if err := v.command(ctx, put(id)); err != nil {
		return err
	}
	v.led = console.Path("/plan/campaign/" + string(id))
	return nil
}
