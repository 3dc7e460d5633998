package config

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// Announcement is a campaign as falochron campaign add puts it into the plan.
type Announcement struct {
	// Shop is the shop's id in the plan. It may not be empty.
	Shop string `yaml:"shop"`
	// Name is how people call the campaign. It may not be empty.
	Name string `yaml:"name"`
	// Note is what everybody should know, such as the mood. Default empty.
	Note string `yaml:"note"`
	// Influencers are the ids of those who take part. Default none, which means all of
	// the shop.
	Influencers []string `yaml:"influencers"`
	// Stock is how many articles the posts without a stock of their own sell from
	// together. Default 0, which means not known.
	Stock int `yaml:"stock"`
	// Posts are the announced posts. Default none; at most 50.
	Posts []AnnouncedPost `yaml:"posts"`
	// Evenings are sales evenings. Default none; at most 10.
	Evenings []AnnouncedEvening `yaml:"evenings"`
}

// AnnouncedPost is one post of the plan.
type AnnouncedPost struct {
	// Name is for people. Default empty, which means channel and account.
	Name string `yaml:"name"`
	// Party is the id of the influencer who posts. Default empty, which means any of
	// the campaign's.
	Party string `yaml:"party"`
	// Channel is where it is posted, as in a forecast: "instagram-story", "tiktok" and
	// others. It may not be empty.
	Channel string `yaml:"channel"`
	// Account is whose it is. Default empty, which means nobody's that is known.
	Account string `yaml:"account"`
	// At is when it is to go out. It may not be empty.
	At time.Time `yaml:"at"`
	// Slip is how much earlier or later it may go out. Default 0, which means that it
	// is on time.
	Slip time.Duration `yaml:"slip"`
	// Reach is how many people will see it. Default 0, which means not known.
	Reach int `yaml:"reach"`
	// Followers is the size of the account. Default 0, which means not known.
	Followers int `yaml:"followers"`
	// Proof says that the numbers were shown, not told. Default false.
	Proof bool `yaml:"proof"`
	// Shown is how they were shown. Default empty: nobody says how. With any of it Proof
	// is true.
	Shown AnnouncedProof `yaml:"shown"`
	// Click is the share of those who see it and come. Default empty, which means what
	// is known of the channel. 0 is refused.
	Click *Share `yaml:"click"`
	// Buy is the share of those who come and want to buy. Default empty, which means
	// what the forecast takes. 0 is refused.
	Buy *Share `yaml:"buy"`
	// Link is the address in the post; it leads to the shop. Default empty, which
	// means not known yet.
	Link *url.URL `yaml:"link"`
	// Coupon is the code that is said or in the link. Default empty.
	Coupon string `yaml:"coupon"`
	// Price is what one order is worth, in the shop's currency. Default 0, which
	// means not said.
	Price Amount `yaml:"price"`
	// Stock is how many articles this post alone sells. Default 0, which means the
	// campaign's stock.
	Stock int `yaml:"stock"`
	// Limited says that there is not enough for all, and people know it. Default
	// false.
	Limited bool `yaml:"limited"`
}

// AnnouncedEvening is one sales evening of the plan.
type AnnouncedEvening struct {
	// Name is for people. It may not be empty.
	Name string `yaml:"name"`
	// Start is when the sale begins. It may not be empty.
	Start time.Time `yaml:"start"`
	// PreQueue is how long before the start people may come. Default 0, which means
	// not before.
	PreQueue time.Duration `yaml:"pre_queue"`
	// Draw says that who came before the start gets a place by draw. Default false.
	Draw bool `yaml:"draw"`
	// Lasts is how long it goes on. It may not be 0.
	Lasts time.Duration `yaml:"lasts"`
	// Reach is how many people are expected to know of it. Default 0, which means not
	// known.
	Reach int `yaml:"reach"`
}

// announcementHint is what helps with a file of a campaign for the plan.
const announcementHint = "announcement.example.yaml documents every key"

// LoadAnnouncement reads and checks a campaign for the plan. The error is as of
// [Load]; what only the plan knows, as which shops there are, is not checked here.
func LoadAnnouncement(path string) (*Announcement, error) {
	a := &Announcement{}
	return a, loadChecked(path, announcementHint, a, func(d *decoder) { d.announcement(a) })
}

// announcement holds a campaign for the plan against every bound of a single value.
func (d *decoder) announcement(a *Announcement) {
	if a.Shop == "" {
		d.fault("shop", "", "is missing", "falochron campaign shop list shows the shops' ids")
	}
	if a.Name == "" {
		d.fault("name", "", "is missing", "how people call the campaign")
	}
	within(d, "stock", a.Stock, 0, mostPeople)
	if n := len(a.Posts); n > 50 {
		d.fault("posts", strconv.Itoa(n), "must be at most 50", "a campaign of more is several")
	}
	if n := len(a.Evenings); n > 10 {
		d.fault("evenings", strconv.Itoa(n), "must be at most 10", "a campaign of more is several")
	}
	for i := range a.Posts {
		d.announcedPost(fmt.Sprintf("posts[%d]", i), &a.Posts[i])
	}
	for i := range a.Evenings {
		e, key := &a.Evenings[i], fmt.Sprintf("evenings[%d]", i)
		if e.Name == "" {
			d.fault(key+".name", "", "is missing", "how people call the evening")
		}
		if e.Start.IsZero() {
			d.fault(key+".start", "", "is missing", "when the sale begins, like 2026-12-01T20:00:00+01:00")
		}
		d.upTo(key+".pre_queue", e.PreQueue, 24*time.Hour)
		within(d, key+".lasts", e.Lasts, time.Minute, 14*24*time.Hour)
		within(d, key+".reach", e.Reach, 0, mostPeople)
	}
}

// AnnouncedProof is how it was shown how many see a post.
type AnnouncedProof struct {
	// Kind is statistics, media-kit, past-posts or other. Default empty, which means
	// other if there is a link or a note.
	Kind string `yaml:"kind"`
	// Date is the day of the numbers, 2026-11-20. Default empty.
	Date string `yaml:"date"`
	// Link is where it can be looked at, http or https. Default empty.
	Link *url.URL `yaml:"link"`
	// Note says it to people. Default empty.
	Note string `yaml:"note"`
}

// plain is the proof as the plan takes it.
func (p *AnnouncedProof) plain() plan.Proof {
	out := plan.Proof{Kind: plan.ProofKind(p.Kind), Date: p.Date, Note: p.Note}
	if p.Link != nil {
		out.Link = p.Link.String()
	}
	return out
}

func (d *decoder) announcedPost(key string, p *AnnouncedPost) {
	if len(forecast.Channel(p.Channel).Links()) == 0 {
		d.channel(key+".channel", p.Channel)
	}
	if p.At.IsZero() {
		d.fault(key+".at", "", "is missing", "when it is to go out, like 2026-12-01T20:00:00+01:00")
	}
	d.upTo(key+".slip", p.Slip, 7*24*time.Hour)
	within(d, key+".reach", p.Reach, 0, mostPeople)
	within(d, key+".followers", p.Followers, 0, mostPeople)
	if p.Shown.Kind != "" {
		kinds := make([]string, 0, 4)
		for _, k := range plan.ProofKinds() {
			kinds = append(kinds, string(k))
		}
		d.oneOf(key+".shown.kind", p.Shown.Kind, kinds...)
	}
	if _, err := time.Parse(time.DateOnly, p.Shown.Date); p.Shown.Date != "" && err != nil {
		d.fault(key+".shown.date", p.Shown.Date, "is no day", "write it like 2026-11-20")
	}
	d.share(key+".click", p.Click, false, 1)
	d.share(key+".buy", p.Buy, false, 1)
	d.amount(key+".price", p.Price, 10_000_000)
	within(d, key+".stock", p.Stock, 0, mostPeople)
}

// Plain is the campaign as the room that plans takes it: the frame, the posts and the
// evenings.
func (a *Announcement) Plain() (plan.PutCampaign, []plan.Post, []plan.Evening) {
	frame := plan.PutCampaign{Shop: plan.ID(a.Shop), Name: a.Name, Note: a.Note, Stock: a.Stock}
	for _, id := range a.Influencers {
		frame.Influencers = append(frame.Influencers, plan.ID(id))
	}
	var posts []plan.Post
	for _, p := range a.Posts {
		out := plan.Post{
			Name: p.Name, Party: plan.ID(p.Party), Channel: p.Channel, Account: p.Account, Reach: p.Reach, Followers: p.Followers, Proof: p.Proof, Shown: p.Shown.plain(),
			At: p.At, Slip: p.Slip, Coupon: p.Coupon, Price: float64(p.Price), Stock: p.Stock, Limited: p.Limited,
		}
		if p.Click != nil {
			out.Click = float64(*p.Click)
		}
		if p.Buy != nil {
			out.Buy = float64(*p.Buy)
		}
		if p.Link != nil {
			out.Link = p.Link.String()
		}
		posts = append(posts, out)
	}
	var evenings []plan.Evening
	for _, e := range a.Evenings {
		evenings = append(evenings, plan.Evening{Name: e.Name, Start: e.Start, PreQueue: e.PreQueue, Draw: e.Draw, Lasts: e.Lasts, Reach: e.Reach})
	}
	return frame, posts, evenings
}
