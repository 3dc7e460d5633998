package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// usualWorlds is how many worlds the program imagines: the ends of an interval
// rest on two hundred of them each.
const usualWorlds = 2000

// Worlds are ways in which a campaign may go, all equally likely.
type Worlds struct {
	campaign Campaign
	origin   time.Time // the first announced moment; seconds count from here
	curves   []curve   // of each post
	used     []Used    // of each post
	pools    []pool
	each     []world
	middle   world // nothing better and nothing worse than expected
}

// world is one of them.
type world struct {
	waves     []wave
	buy       []float64 // of each post: the share of those who come that wants to buy
	uninvited float64   // share of all visitors
	noise     [4]float64
}

// wave is a crowd that begins at one moment: a post, or its boost.
type wave struct {
	post   int
	at     float64 // seconds from the origin
	people float64
	faster float64 // see [curve.by]
}

// pool is a stock and the posts that sell from it.
type pool struct {
	stock float64 // +Inf: enough for all
	posts []int
}

// Used is how many past posts narrowed a post's interval, by what they have in
// common with it.
type Used struct {
	Same    int // account and channel
	Account int // the account, on other channels
	Channel int // the channel, of other accounts
	Others  int // the shop alone
}

// All is their number.
func (u Used) All() int { return u.Same + u.Account + u.Channel + u.Others }

// Imagine draws n worlds of a campaign; n is rounded up to an even number, and 0 or
// less takes 2,000. The same seed gives the same worlds. A campaign without posts,
// or with a channel nobody knows, has no people.
func Imagine(c Campaign, seed uint64, n int) *Worlds {
	if n <= 0 {
		n = usualWorlds
	}
	w := &Worlds{campaign: c, each: make([]world, (n+1)/2*2)}
	if len(c.Posts) == 0 {
		return w
	}
	w.origin = slices.MinFunc(c.Posts, func(a, b Post) int { return a.At.Compare(b.At) }).At
	w.pool()
	chance := &chances{rand.New(rand.NewPCG(seed, 0)), len(w.each) / 2}
	w.sizes(chance)
	w.shares(chance)
	return w
}

// pool sorts the posts by what they sell from.
func (w *Worlds) pool() {
	common := pool{stock: math.Inf(1)}
	if w.campaign.Stock > 0 {
		common.stock = float64(w.campaign.Stock)
	}
	for i, p := range w.campaign.Posts {
		if p.Stock > 0 {
			w.pools = append(w.pools, pool{float64(p.Stock), []int{i}})
		} else {
			common.posts = append(common.posts, i)
		}
	}
	if len(common.posts) > 0 {
		w.pools = append(w.pools, common)
	}
}

// sizes draws how many people each post brings, when, and how fast.
func (w *Worlds) sizes(chance *chances) {
	posts := w.campaign.Posts
	b := w.believe()
	for p, post := range posts {
		w.middle.waves = append(w.middle.waves, wave{post: p, at: post.At.Sub(w.origin).Seconds(), people: expected(post) * math.Exp(b.center(p))})
		if post.Click != nil {
			w.middle.waves[p].people = expected(post)
		}
	}
	part := chance.shares()
	size := make([][]float64, len(posts))
	for i := range posts {
		size[i] = chance.normals()
	}
	for i := range w.each {
		w.each[i].waves = make([]wave, 0, len(posts))
	}
	factor, e := make([]float64, len(posts)), make([]float64, len(posts))
	for i := range w.each {
		for p := range posts {
			e[p] = size[p][i]
		}
		k := b.pick(part[i])
		b.draw(k, e, factor)
		for p, post := range posts {
			if post.Click != nil { // stated: the past says how sure it is, not how many
				factor[p] -= b.mean[k][p]
			}
			w.each[i].waves = append(w.each[i].waves, wave{post: p, people: expected(post) * math.Exp(factor[p])})
		}
	}
	for p, post := range posts {
		prior, known := post.Channel.prior()
		if !known {
			prior.shape = &feed
		}
		w.curves = append(w.curves, prior.shape.curve())
		if post.Boost.Share > 0 {
			second := w.middle.waves[p]
			second.at += post.Boost.After.Seconds()
			second.people *= post.Boost.Share
			w.middle.waves = append(w.middle.waves, second)
		}
		slip, fast, again := chance.shares(), chance.normals(), chance.normals()
		for i := range w.each {
			v := &w.each[i].waves[p]
			v.at = post.At.Sub(w.origin).Seconds() + (2*slip[i]-1)*post.Slip.Seconds()
			v.faster = prior.jitter * fast[i]
			if post.Boost.Share > 0 {
				second := *v
				second.at += post.Boost.After.Seconds()
				second.people *= post.Boost.Share * math.Exp(boostSD*again[i])
				w.each[i].waves = append(w.each[i].waves, second)
			}
		}
	}
}

// boostSD is the standard deviation of the logarithm of a boost's size beside what
// was expected of it: a guess.
const boostSD = 0.5

// expected is how many people come in the middle case, before anything the past
// says.
func expected(p Post) float64 {
	people, _ := audience(p.Channel, p.Reach, p.Followers)
	if p.Click != nil {
		return people * *p.Click
	}
	click, _ := p.Channel.Click(p.Link)
	return people * click
}

// believe asks the past about the coming posts.
func (w *Worlds) believe() belief {
	var coming, past []subject
	var seen []float64
	for _, p := range w.campaign.Past {
		want := expected(Post{Channel: p.Channel, Link: p.Link, Reach: p.Reach, Followers: p.Followers})
		if !(want > 0) {
			continue // nothing was expected of it, so it says nothing
		}
		// Half a visitor more than were counted: none is a figure too, and its
		// logarithm must be finite.
		came := float64(max(p.Visitors, 0)) + 0.5
		s := subjectOf(p.Channel, p.Account, p.Reach, p.Followers, p.Proof)
		s.own += 1 / came
		past, seen = append(past, s), append(seen, math.Log(came/want))
	}
	for _, p := range w.campaign.Posts {
		s := subjectOf(p.Channel, p.Account, p.Reach, p.Followers, p.Proof)
		coming = append(coming, s)
		var u Used
		for i := range past {
			account := s.account != "" && past[i].account == s.account
			switch channel := past[i].channel == s.channel; {
			case account && channel:
				u.Same++
			case account:
				u.Account++
			case channel:
				u.Channel++
			default:
				u.Others++
			}
		}
		w.used = append(w.used, u)
	}
	return believe(coming, past, seen)
}

// shares draws who buys, who was not invited, and the luck of counting.
func (w *Worlds) shares(chance *chances) {
	posts := w.campaign.Posts
	buys := chance.normals()
	own, mean, sd := make([][]float64, len(posts)), make([]float64, len(posts)), make([]float64, len(posts))
	for p := range own {
		own[p] = chance.normals()
		mean[p], sd[p] = w.buying(posts[p])
		w.middle.buy = append(w.middle.buy, min(1, math.Exp(mean[p])))
	}
	uninvited := chance.normals()
	usual := uninvitedUsual
	if slices.ContainsFunc(posts, func(p Post) bool { return p.Limited }) {
		usual = uninvitedLimited
	}
	var noise [4][]float64
	for i := range noise {
		noise[i] = chance.normals()
	}
	for i := range w.each {
		v := &w.each[i]
		odds := usual / (1 - usual) * math.Exp(uninvitedSD*uninvited[i])
		v.uninvited = odds / (1 + odds)
		if u := w.campaign.Uninvited; u != nil {
			v.uninvited = *u
		}
		for p, post := range posts {
			v.buy = append(v.buy, min(1, math.Exp(mean[p]+sd[p]*buys[i]+w.buyOwn(post)*own[p][i])))
		}
		for k := range noise {
			v.noise[k] = noise[k][i]
		}
	}
}
