package forecast

import "slices"

// Channel is the way by which a post reaches people, "instagram-story".
type Channel string

// Link is how people get from the post to the shop.
type Link string

// The kinds of link.
const (
	Direct Link = "direct" // one tap: a sticker, a link in the text, a message
	Bio    Link = "bio"    // by way of the account's profile
	Spoken Link = "spoken" // said aloud, or a code on a screen
)

// rate is the share of those who see the post and come, in the middle case.
type rate struct {
	link  Link
	click float64
}

// prior is what is known of a channel before the shop has posts of its own. The
// sources of each figure are in docs/forecast.md.
type prior struct {
	channel Channel
	rates   []rate  // the first is the channel's usual link
	seen    float64 // share of the followers who see it; 0 is not known
	spread  float64 // times [logSD]
	shape   *profile
	jitter  float64 // how much the speed differs from post to post, see [curve.by]
}

// The speed of reactions differs from post to post. Measured: the scatter of the
// probit of the share that reacted within 60 s (0.44), 5 min (0.50) and an hour
// (0.58), over 60 retweet cascades (Kobayashi & Lambiotte 2016). Of moments that
// people wait for nothing was published; less than half of it is a guess.
const (
	jitterSocial = 0.5
	jitterMoment = 0.2
)

// priors are all channels. Where sources give a range, its geometric mean stands
// here; where they give two, that of both.
var priors = []prior{
	{"instagram-story", []rate{{Direct, 0.032}, {Bio, 0.0055}}, 0.10, 1, &story, jitterSocial},
	{"instagram-reel", []rate{{Bio, 0.0055}}, 0, 1, &feed, jitterSocial},
	{"instagram-post", []rate{{Bio, 0.0055}}, 0, 1, &feed, jitterSocial},
	{"facebook-post", []rate{{Direct, 0.01}}, 0, 1, &feed, jitterSocial},
	{"tiktok", []rate{{Bio, 0.0035}}, 0, 1, &feed, jitterSocial},
	{"x-post", []rate{{Direct, 0.01}}, 0, 1, &xPost, jitterSocial},
	{"youtube", []rate{{Direct, 0.01}}, 0, 1, &video, jitterSocial},
	{"chat", []rate{{Direct, 0.19}}, 0, 1, &xPost, jitterSocial},
	{"live", []rate{{Spoken, 0.20}, {Direct, 0.20}}, 0, 1, &moment, jitterMoment},
	{"tv", []rate{{Spoken, 0.0005}}, 0, 1, &screen, jitterMoment},
	// Who has signed up or is waiting already is counted, not estimated from an
	// audience: half the spread, a guess.
	{"timed-drop", []rate{{Direct, 1}}, 0, 0.5, &moment, jitterMoment},
}

// Channels lists all channels by name, in the order of docs/forecast.md.
func Channels() []Channel {
	out := make([]Channel, len(priors))
	for i, p := range priors {
		out[i] = p.channel
	}
	return out
}

func (c Channel) prior() (prior, bool) {
	i := slices.IndexFunc(priors, func(p prior) bool { return p.channel == c })
	if i < 0 {
		return prior{}, false
	}
	return priors[i], true
}

// Click is the share of those who see a post on the channel and come by the link,
// in the middle case; an empty link is the channel's usual one. It reports false
// where no source gives a figure.
func (c Channel) Click(l Link) (float64, bool) {
	p, _ := c.prior()
	for _, r := range p.rates {
		if l == "" || r.link == l {
			return r.click, true
		}
	}
	return 0, false
}

// FirstHour is the share of a post's people who come in the first hour, in the middle case.
// It reports false of a channel that is not known.
func (c Channel) FirstHour() (float64, bool) {
	p, known := c.prior()
	if !known {
		return 0, false
	}
	return p.shape.share[3], true
}

// Links lists the links for which the channel has a figure, its usual one first.
func (c Channel) Links() []Link {
	p, _ := c.prior()
	var out []Link
	for _, r := range p.rates {
		out = append(out, r.link)
	}
	return out
}

// Seen is the share of an account's followers who see a post on the channel. It
// reports false where no source gives a figure.
func (c Channel) Seen() (float64, bool) {
	p, _ := c.prior()
	return p.seen, p.seen > 0
}
