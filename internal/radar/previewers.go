package radar

import "strings"

// Previewer is a family of programs that fetch a page to show what is behind a link.
// They come once for each link that somebody shares, not for each look at it: their
// request means that a link was shared.
type Previewer uint8

// The families. Their order may change; sets of them ([Previewers]) live in memory only.
const (
	NoPreviewer Previewer = iota
	PreviewMeta
	PreviewX
	PreviewLinkedIn
	PreviewSlack
	PreviewDiscord
	PreviewTelegram
	PreviewWhatsApp
	PreviewPinterest
	PreviewReddit
	PreviewSkype
	PreviewSnapchat
	PreviewTikTok
	PreviewFediverse
	PreviewBluesky
	PreviewLine
	PreviewKakao
	PreviewApple
	numPreviewers
)

var previewerNames = [numPreviewers]string{
	"", "meta", "x", "linkedin", "slack", "discord", "telegram", "whatsapp", "pinterest", "reddit", "skype", "snapchat", "tiktok",
	"fediverse", "bluesky", "line", "kakao", "apple",
}

// String is the family's name as it stands in the journal; empty for none.
func (p Previewer) String() string {
	if p < numPreviewers {
		return previewerNames[p]
	}
	return ""
}

// Previewers is a set of families, a bit for each.
type Previewers uint32

// Set is the set of this one family.
func (p Previewer) Set() Previewers { return 1 << p }

// Names lists the families of a set by name, in the order of the constants.
func (s Previewers) Names() (names []string) {
	for p := NoPreviewer + 1; p < numPreviewers; p++ {
		if s&p.Set() != 0 {
			names = append(names, p.String())
		}
	}
	return names
}

// previewers are words of their user agents, in small letters, by the first.
var previewers = [256][]previewWord{
	'a': {{"akkoma ", PreviewFediverse}},
	'b': {{"bytespider", PreviewTikTok}},
	'c': {{"cardyb/", PreviewBluesky}},
	'd': {{"discordbot/", PreviewDiscord}},
	'f': {{"facebookexternalhit", PreviewMeta}, {"facebot", PreviewMeta}, {"friendica ", PreviewFediverse}},
	'k': {{"kakaotalk-scrap", PreviewKakao}},
	'l': {{"linkedinbot/", PreviewLinkedIn}, {"line-poker", PreviewLine}, {"lemmy/", PreviewFediverse}},
	'm': {
		{"meta-externalagent", PreviewMeta}, {"meta-externalfetcher", PreviewMeta},
		{"mastodon/", PreviewFediverse}, {"misskey/", PreviewFediverse},
	},
	'p': {{"pinterestbot/", PreviewPinterest}, {"pinterest/0.", PreviewPinterest}, {"pleroma ", PreviewFediverse}},
	'r': {{"redditbot/", PreviewReddit}},
	's': {{"slackbot", PreviewSlack}, {"snap url preview", PreviewSnapchat}, {"skypeuripreview", PreviewSkype}},
	't': {{"twitterbot/", PreviewX}, {"telegrambot", PreviewTelegram}, {"tiktokspider", PreviewTikTok}},
	'w': {{"whatsapp/", PreviewWhatsApp}},
}

type previewWord struct {
	word   string
	family Previewer
}

// PreviewerOf is the family that a user agent says it is of. It is what the program says
// of itself: anybody can. It does not allocate.
func PreviewerOf(userAgent string) Previewer {
	userAgent = userAgent[:min(len(userAgent), agentMost)]
	var all Previewers
	first := NoPreviewer
	for i := range len(userAgent) {
		b := userAgent[i]
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		for _, t := range previewers[b] {
			if len(userAgent)-i < len(t.word) || !strings.EqualFold(userAgent[i:i+len(t.word)], t.word) {
				continue
			}
			if first == NoPreviewer {
				first = t.family
			}
			all |= t.family.Set()
		}
	}
	if all&PreviewMeta.Set() == 0 {
		return first
	}
	// Many say that they are Facebook's, to be let in where it is.
	switch {
	case all&PreviewX.Set() != 0:
		return PreviewApple // iMessage says that it is both
	case all&PreviewLine.Set() != 0:
		return PreviewLine
	case all&PreviewKakao.Set() != 0:
		return PreviewKakao
	}
	return first
}
