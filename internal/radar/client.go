package radar

import (
	"strings"

	"github.com/falochron/falochron"
)

// Agent is what a user agent says of the program that sent it.
type Agent struct {
	Client falochron.Client
	// App is the network whose app shows the page in a browser of its own;
	// [falochron.ChannelUnknown]: none that is known.
	App falochron.Channel
}

// agentMost is how much of a user agent is looked at, in bytes: the longest of the apps
// have some 400.
const agentMost = 512

// AgentOf reads a user agent, once for all that is asked of it. It does not allocate.
func AgentOf(userAgent string) (a Agent) {
	userAgent = userAgent[:min(len(userAgent), agentMost)]
	if userAgent == "" {
		return a
	}
	var has uint32
	rank := 0
	for i := 0; i < len(userAgent); i++ {
		first := userAgent[i]
		if (first|0x20)-'a' >= 26 {
			continue
		}
		// Every word that is looked for begins a run of letters.
		for _, w := range agentWords[(first|0x20)-'a'] {
			if begins(userAgent[i:], w.word) {
				has |= w.says
			}
		}
		if apps := inApps[first]; len(apps) > 0 && (i == 0 || !ofWord[userAgent[i-1]]) {
			for _, t := range apps {
				if t.rank > rank && strings.HasPrefix(userAgent[i:], t.word) {
					a.App, rank = t.channel, t.rank
				}
			}
		}
		for i++; i < len(userAgent) && (userAgent[i]|0x20)-'a' < 26; i++ {
		}
		if named(userAgent[:i]) {
			has |= saysRobot
		}
	}
	a.Client = clientThatSays(has)
	return a
}

// clientThatSays is the kind of program that uses such words.
func clientThatSays(has uint32) falochron.Client {
	switch {
	case has&saysRobot != 0:
		return falochron.ClientRobot
	case has&saysTool != 0:
		return falochron.ClientTool
	case has&saysApp != 0:
		return falochron.ClientApp
	case has&saysApple != 0: // whatever the maker: there it is the system's browser
		return falochron.ClientSafariMobile
	case has&saysFirefox != 0:
		return falochron.ClientFirefox
	case has&(saysChrome|saysPhone) == saysChrome|saysPhone:
		return falochron.ClientChromeMobile
	case has&saysChrome != 0:
		return falochron.ClientChrome
	case has&saysSafari != 0:
		return falochron.ClientSafari
	}
	return falochron.ClientOther
}

// What words in a user agent say.
const (
	saysRobot = 1 << iota
	saysTool
	saysApp
	saysApple
	saysFirefox
	saysChrome
	saysSafari
	saysPhone
)

// agentWords are looked for at the beginning of words, in lower case, by first letter. Tools are those
// with which requests are made by hand or by script; apps those of the networks by which
// fans come.
var agentWords = [26][]agentWord{
	0:         {{"android", saysPhone}, {"aiohttp", saysTool}, {"apache-httpclient", saysTool}, {"axios", saysTool}, {"apachebench/", saysTool}},
	'b' - 'a': {{"bytedancewebview", saysApp}, {"barcelona ", saysApp}},
	'c' - 'a': {{"chrome/", saysChrome}, {"chromium/", saysChrome}, {"crios/", saysApple}, {"crawler", saysRobot}, {"curl/", saysTool}},
	'f' - 'a': {{"firefox/", saysFirefox}, {"fxios/", saysApple}, {"fban/", saysApp}, {"fbav/", saysApp}, {"fb_iab", saysApp}, {"facebookexternalhit", saysRobot}},
	'g' - 'a': {{"go-http-client", saysTool}, {"guzzle", saysTool}},
	'h' - 'a': {{"headlesschrome/", saysTool}, {"httpx", saysTool}, {"hey/", saysTool}, {"httpie/", saysTool}},
	'i' - 'a': {{"iphone", saysApple | saysPhone}, {"ipad", saysApple | saysPhone}, {"instagram ", saysApp}},
	'j' - 'a': {{"java/", saysTool}},
	'k' - 'a': {{"k6/", saysTool}},
	'l' - 'a': {{"linkedinapp", saysApp}, {"libwww-perl", saysTool}, {"locust", saysTool}},
	'm' - 'a': {{"mobile", saysPhone}, {"musical_ly", saysApp}, {"meta-external", saysRobot}, {"mastodon/", saysRobot}},
	'n' - 'a': {{"node", saysTool}},
	'o' - 'a': {{"okhttp", saysTool}},
	'p' - 'a': {{"pinterest/", saysApp}, {"python", saysTool}, {"php/", saysTool}, {"postmanruntime", saysTool}},
	'r' - 'a': {{"ruby", saysTool}},
	's' - 'a': {{"safari/", saysSafari}, {"snapchat/", saysApp}, {"spider", saysRobot}, {"scrapy", saysTool}},
	't' - 'a': {{"trill_", saysApp}, {"twitter", saysApp}},
	'u' - 'a': {{"undici", saysTool}},
	'v' - 'a': {{"vegeta", saysTool}},
	'w' - 'a': {{"whatsapp/", saysRobot}, {"wget", saysTool}, {"wrk", saysTool}},
}

type agentWord struct {
	word string
	says uint32
}

// named reports whether a run of letters that ends here ends in "bot", as crawlers name
// themselves; but for the phones of the maker Cubot.
func named(agent string) bool {
	n := len(agent)
	return n >= 3 && agent[n-1]|0x20 == 't' && begins(agent[n-3:], "bot") && !(n >= 5 && begins(agent[n-5:], "cubot"))
}

// begins reports whether a text begins with a word that is in lower case.
func begins(s, word string) bool {
	if len(s) < len(word) || s[1]|0x20 != word[1]|0x20 {
		return false
	}
	for i := range len(word) {
		if s[i]|0x20 != word[i]|0x20 {
			return false
		}
	}
	return true
}
