package falochron

import "strings"

// Channel is the network by which people come, as far as a request or the plan tells. A
// story, a reel and a post of one network are one channel: nothing in a request tells
// them apart.
type Channel uint8

// The channels. The order may change: what is kept holds their names.
const (
	ChannelUnknown Channel = iota
	Instagram
	Facebook
	Messenger
	Threads
	TikTok
	Snapchat
	X
	Pinterest
	YouTube
	LinkedIn
	Twitch
	Kick
	Discord
	Telegram
	WhatsApp
	Reddit
	Bluesky
	Mastodon
	Wykop
	Ceneo
	LinkInBio // a page of links that somebody has in a profile: linktr.ee and the like
	NumChannels
)

var channelNames = [NumChannels]string{
	"unknown", "instagram", "facebook", "messenger", "threads", "tiktok", "snapchat", "x", "pinterest", "youtube", "linkedin",
	"twitch", "kick", "discord", "telegram", "whatsapp", "reddit", "bluesky", "mastodon", "wykop", "ceneo", "link-in-bio",
}

// String is the channel as plan and forecast begin the names of theirs: "instagram" of
// "instagram-story".
func (c Channel) String() string {
	if c < NumChannels {
		return channelNames[c]
	}
	return channelNames[ChannelUnknown]
}

// channelTitles are the channels as people write them.
var channelTitles = [NumChannels]string{
	"?", "Instagram", "Facebook", "Messenger", "Threads", "TikTok", "Snapchat", "X", "Pinterest", "YouTube", "LinkedIn",
	"Twitch", "Kick", "Discord", "Telegram", "WhatsApp", "Reddit", "Bluesky", "Mastodon", "Wykop", "Ceneo", "link in bio",
}

// Title is the channel as people write it, in every language; "?" if it is not known.
func (c Channel) Title() string {
	if c < NumChannels {
		return channelTitles[c]
	}
	return channelTitles[ChannelUnknown]
}

// channelAliases are other words for channels, as links and plans have them.
var channelAliases = map[string]Channel{
	"ig": Instagram, "insta": Instagram, "fb": Facebook, "meta": Facebook, "tt": TikTok, "tik-tok": TikTok, "snap": Snapchat,
	"twitter": X, "yt": YouTube, "youtu.be": YouTube, "pin": Pinterest, "msg": Messenger, "tg": Telegram, "wa": WhatsApp,
	"linktree": LinkInBio, "linktr.ee": LinkInBio, "bio": LinkInBio,
}

// ChannelOf reads a word of the plan, the forecast or a link: "instagram-story", "IG",
// "tiktok_live". What names no network ("chat", "tv", "newsletter") is
// [ChannelUnknown]. It does not allocate for words in small letters.
func ChannelOf(word string) Channel {
	word = strings.ToLower(word)
	if c, known := channelNamed(word); known {
		return c
	}
	if at := strings.IndexAny(word, "-_. "); at > 0 {
		c, _ := channelNamed(word[:at])
		return c
	}
	return ChannelUnknown
}

func channelNamed(word string) (Channel, bool) {
	for c := ChannelUnknown + 1; c < NumChannels; c++ {
		if channelNames[c] == word {
			return c, true
		}
	}
	c, known := channelAliases[word]
	return c, known
}
