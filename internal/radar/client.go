package radar

import "github.com/falochron/falochron"

// ClientOf is which kind of program a user agent says it is. It allocates nothing, and
// looks at no more than the first 512 bytes.
func ClientOf(agent string) falochron.Client {
	const most = 512
	if len(agent) > most {
		agent = agent[:most]
	}
	if agent == "" {
		return falochron.ClientNone
	}
	var has uint32
	for i := 0; i < len(agent); i++ {
		c := agent[i] | 0x20
		if c-'a' >= 26 {
			continue
		}
		// Every word that is looked for begins a run of letters.
		for _, w := range agentWords[c-'a'] {
			if begins(agent[i:], w.word) {
				has |= w.says
			}
		}
		for i++; i < len(agent) && (agent[i]|0x20)-'a' < 26; i++ {
		}
		if named(agent[:i]) {
			has |= saysRobot
		}
	}
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
