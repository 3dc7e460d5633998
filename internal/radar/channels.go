package radar

import "github.com/falochron/falochron"

// What a request says of the network by which its sender came: the table of
// docs/radar-whose.md as data. All of it is searched without allocating, since it is
// asked of each newcomer.

// inApps are words by which the browsers inside networks' apps name themselves in the
// user agent, by their first letter. They count where a word begins, in just these
// letters. Where several stand in one user agent the one of the higher rank counts:
// Messenger has all of Facebook's, and Instagram had.
var inApps = [256][]inApp{
	'A': {{"AppName/musical_ly", falochron.TikTok, 1}, {"AppName/trill", falochron.TikTok, 1}},
	'B': {
		{"Barcelona ", falochron.Threads, 3}, // the app's name inside Meta
		{"BytedanceWebview/", falochron.TikTok, 1}, {"ByteLocale/", falochron.TikTok, 1},
	},
	'F': {
		{"FBAN/MessengerForiOS", falochron.Messenger, 3}, {"FBAN/MessengerLiteForiOS", falochron.Messenger, 3},
		{"FB_IAB/MESSENGER", falochron.Messenger, 3}, {"FB_IAB/Orca-Android", falochron.Messenger, 3},
		{"FBAN/", falochron.Facebook, 1}, {"FBAV/", falochron.Facebook, 1}, {"FB_IAB/", falochron.Facebook, 1},
	},
	'I': {{"Instagram ", falochron.Instagram, 2}, {"Instagram/", falochron.Instagram, 2}},
	'L': {{"LinkedInApp", falochron.LinkedIn, 1}},
	'P': {{"Pinterest/iOS", falochron.Pinterest, 1}, {"Pinterest/Android", falochron.Pinterest, 1}, {"Pinterest for ", falochron.Pinterest, 1}},
	'S': {{"Snapchat/", falochron.Snapchat, 1}, {"Snapchat ", falochron.Snapchat, 1}},
	'T': {
		{"Twitter for ", falochron.X, 1}, {"TwitterAndroid", falochron.X, 1},
		{"TikTok ", falochron.TikTok, 1}, {"TikTok/", falochron.TikTok, 1}, // often absent
		{"Telegram-Android/", falochron.Telegram, 1}, {"Telegram/", falochron.Telegram, 1},
	},
	'm': {{"musical_ly", falochron.TikTok, 1}},
	't': {{"trill_", falochron.TikTok, 1}},
}

type inApp struct {
	word    string
	channel falochron.Channel
	rank    int
}

// ofWord are the bytes that words of user agents are made of.
var ofWord = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true, 'A': true, 'B': true,
	'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true, 'M': true, 'N': true,
	'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true,
	'm': true, 'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true,
	'y': true, 'z': true, '_': true, '.': true,
}

// packages are Android's names of apps. Its WebView has long sent that of the app in
// X-Requested-With, and apps that open a browser say android-app://NAME/ in Referer.
var packages = map[string]falochron.Channel{
	"com.instagram.android": falochron.Instagram, "com.instagram.lite": falochron.Instagram, "com.instagram.barcelona": falochron.Threads,
	"com.facebook.katana": falochron.Facebook, "com.facebook.lite": falochron.Facebook,
	"com.facebook.orca": falochron.Messenger, "com.facebook.mlite": falochron.Messenger,
	"com.zhiliaoapp.musically": falochron.TikTok, "com.ss.android.ugc.trill": falochron.TikTok, "com.zhiliaoapp.musically.go": falochron.TikTok,
	"com.snapchat.android": falochron.Snapchat, "com.twitter.android": falochron.X, "com.twitter.android.lite": falochron.X,
	"com.pinterest": falochron.Pinterest, "com.google.android.youtube": falochron.YouTube, "com.linkedin.android": falochron.LinkedIn,
	"tv.twitch.android.app": falochron.Twitch, "com.discord": falochron.Discord,
	"org.telegram.messenger": falochron.Telegram, "org.telegram.messenger.web": falochron.Telegram, "org.thunderdog.challegram": falochron.Telegram,
	"com.whatsapp": falochron.WhatsApp, "com.whatsapp.w4b": falochron.WhatsApp, "com.reddit.frontpage": falochron.Reddit,
	"xyz.blueskyweb.app": falochron.Bluesky, "org.joinmastodon.android": falochron.Mastodon,
}

// referrers are hosts of networks; a host below one of them is of the same.
var referrers = map[string]falochron.Channel{
	"instagram.com": falochron.Instagram,
	"facebook.com":  falochron.Facebook, "fb.com": falochron.Facebook, "fb.me": falochron.Facebook,
	"messenger.com": falochron.Messenger, "m.me": falochron.Messenger,
	"threads.net": falochron.Threads, "threads.com": falochron.Threads,
	"tiktok.com": falochron.TikTok, "snapchat.com": falochron.Snapchat,
	"t.co": falochron.X, "x.com": falochron.X, "twitter.com": falochron.X,
	"pin.it": falochron.Pinterest, "youtube.com": falochron.YouTube, "youtu.be": falochron.YouTube,
	"linkedin.com": falochron.LinkedIn, "lnkd.in": falochron.LinkedIn, "twitch.tv": falochron.Twitch, "kick.com": falochron.Kick,
	"discord.com": falochron.Discord, "discordapp.com": falochron.Discord, "telegram.org": falochron.Telegram, "t.me": falochron.Telegram,
	"whatsapp.com": falochron.WhatsApp, "wa.me": falochron.WhatsApp, "reddit.com": falochron.Reddit, "bsky.app": falochron.Bluesky,
	"mastodon.social": falochron.Mastodon, "wykop.pl": falochron.Wykop, "ceneo.pl": falochron.Ceneo,
	"linktr.ee": falochron.LinkInBio, "beacons.ai": falochron.LinkInBio, "bio.link": falochron.LinkInBio, "taplink.cc": falochron.LinkInBio,
	"taplink.at": falochron.LinkInBio, "lnk.bio": falochron.LinkInBio, "campsite.bio": falochron.LinkInBio, "allmylinks.com": falochron.LinkInBio,
	"solo.to": falochron.LinkInBio, "flow.page": falochron.LinkInBio,
}

// clickID is the network that adds a parameter to a link that is clicked, or shared from
// its app. Google's gclid is none: it comes from search more than from YouTube. It is no
// map, since it is asked of each parameter.
func clickID(name string) falochron.Channel {
	switch name {
	case "igsh", "igshid", "ig_rid":
		return falochron.Instagram
	case "fbclid":
		return falochron.Facebook // Instagram's, Messenger's and Threads' as well, see Recognise
	case "ttclid":
		return falochron.TikTok
	case "ScCid":
		return falochron.Snapchat
	case "twclid":
		return falochron.X
	case "epik":
		return falochron.Pinterest
	case "li_fat_id":
		return falochron.LinkedIn
	case "rdt_cid":
		return falochron.Reddit
	case "ceneo_cid":
		return falochron.Ceneo
	}
	return falochron.ChannelUnknown
}
