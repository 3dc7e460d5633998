package falochron

import "testing"

// Each channel has a name of its own, by which it is found again.
func TestChannelNames(t *testing.T) {
	seen := map[string]bool{}
	for c := ChannelUnknown; c < NumChannels; c++ {
		if c.String() == "" || c.Title() == "" || seen[c.String()] {
			t.Errorf("channel %d is called %q, %q", c, c, c.Title())
		}
		seen[c.String()] = true
		if got := ChannelOf(c.String()); got != c {
			t.Errorf("%s is read as %s", c, got)
		}
	}
	if got := Channel(200); got.String() != "unknown" || got.Title() != "?" {
		t.Errorf("%s, %s", got, got.Title())
	}
}

// Words of the plan, the forecast and of links.
func TestChannelOf(t *testing.T) {
	for word, want := range map[string]Channel{
		"instagram-story": Instagram, "Instagram": Instagram, "IG": Instagram, "instagram_reel": Instagram, "instagramm": ChannelUnknown,
		"facebook-post": Facebook, "fb": Facebook, "tiktok": TikTok, "tiktok-live": TikTok, "x-post": X, "x": X, "twitter": X, "xing": ChannelUnknown,
		"youtube": YouTube, "linktr.ee": LinkInBio, "link-in-bio": LinkInBio, "chat": ChannelUnknown, "tv": ChannelUnknown, "live": ChannelUnknown,
		"timed-drop": ChannelUnknown, "newsletter": ChannelUnknown, "": ChannelUnknown, "-": ChannelUnknown, "unknown": ChannelUnknown,
	} {
		if got := ChannelOf(word); got != want {
			t.Errorf("%q is read as %s, want %s", word, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { ChannelOf("instagram-story") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
