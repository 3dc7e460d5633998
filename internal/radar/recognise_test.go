package radar

import (
	"testing"

	"github.com/falochron/falochron"
)

const (
	iPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83"
	safari   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
	webView  = "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.107 Mobile Safari/537.36"
	chrome   = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
	desktop  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
	instaIOS = iPhone + " Instagram 355.0.0.33.95 (iPhone15,2; iOS 18_1; pl_PL; pl; scale=3.00; 1179x2556; 654321000; IABMV/1)"
	fbIOS    = iPhone + " [FBAN/FBIOS;FBAV/489.0.0.43.103;FBBV/661890243;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/18.1;FBSS/3;FBID/phone;FBLC/pl_PL;FBOP/5]"
	fbDroid  = webView + " [FB_IAB/FB4A;FBAV/489.0.0.66.81;]"
)

// Each row of the table in docs/radar-whose.md, with user agents of the shapes that the
// apps send.
func TestEachRowOfTheTable(t *testing.T) {
	for _, tc := range []struct {
		name string
		came Came
		want Sign
	}{
		{"Instagram on an iPhone", Came{Agent: AgentOf(instaIOS)}, Sign{falochron.Instagram, falochron.ByInApp}},
		{"Instagram on Android", Came{Agent: AgentOf(webView + " Instagram 355.1.0.44.103 Android (34/14; 480dpi; 1080x2125; samsung; SM-S911B; dm1q; qcom; pl_PL; 654321001)")}, Sign{falochron.Instagram, falochron.ByInApp}},
		{"an old Instagram that also says it is Facebook's", Came{Agent: AgentOf(iPhone + " [FBAN/InstagramForiOS;FBAV/10.2.0] Instagram 10.2.0 (iPhone7,2; iOS 10_1; pl_PL)")}, Sign{falochron.Instagram, falochron.ByInApp}},
		{"Instagram's package", Came{Agent: AgentOf(webView), App: "com.instagram.android"}, Sign{falochron.Instagram, falochron.ByInApp}},
		{"Instagram's redirector", Came{Agent: AgentOf(safari), Referer: "https://l.instagram.com/?u=https%3A%2F%2Fshop.example%2F&e=AT0"}, Sign{falochron.Instagram, falochron.ByReferrer}},
		{"instagram.com", Came{Agent: AgentOf(desktop), Referer: "https://www.instagram.com/"}, Sign{falochron.Instagram, falochron.ByReferrer}},
		{"igsh", Came{Agent: AgentOf(safari), Query: "utm_source=x&igsh=MTd0dGZ3ZQ%3D%3D"}, Sign{falochron.Instagram, falochron.ByClick}},
		{"igshid", Came{Agent: AgentOf(chrome), Query: "igshid=YmMyMTA2M2Y="}, Sign{falochron.Instagram, falochron.ByClick}},
		{"Instagram's fbclid", Came{Agent: AgentOf(instaIOS), Query: "fbclid=PAZXh0bgNhZW0"}, Sign{falochron.Instagram, falochron.ByClick}},
		{"Instagram's fbclid in Safari", Came{Agent: AgentOf(safari), Query: "fbclid=PAZXh0bgNhZW0", Referer: "https://l.instagram.com/"}, Sign{falochron.Instagram, falochron.ByClick}},

		{"Facebook on an iPhone", Came{Agent: AgentOf(fbIOS)}, Sign{falochron.Facebook, falochron.ByInApp}},
		{"Facebook on Android", Came{Agent: AgentOf(fbDroid)}, Sign{falochron.Facebook, falochron.ByInApp}},
		{"Facebook's package", Came{Agent: AgentOf(webView), App: "com.facebook.katana"}, Sign{falochron.Facebook, falochron.ByInApp}},
		{"Facebook's redirectors", Came{Agent: AgentOf(safari), Referer: "https://lm.facebook.com/"}, Sign{falochron.Facebook, falochron.ByReferrer}},
		{"m.facebook.com", Came{Agent: AgentOf(safari), Referer: "http://m.facebook.com/"}, Sign{falochron.Facebook, falochron.ByReferrer}},
		{"fbclid alone", Came{Agent: AgentOf(desktop), Query: "fbclid=IwAR0"}, Sign{falochron.Facebook, falochron.ByClick}},

		{"Messenger on an iPhone", Came{Agent: AgentOf(iPhone + " [FBAN/MessengerForiOS;FBAV/480.0.0.40.109;FBBV/656;FBDV/iPhone14,5;FBLC/pl_PL]")}, Sign{falochron.Messenger, falochron.ByInApp}},
		{"Messenger on Android", Came{Agent: AgentOf(webView + " [FB_IAB/MESSENGER;FBAV/480.0.0.30.109;]")}, Sign{falochron.Messenger, falochron.ByInApp}},
		{"Orca", Came{Agent: AgentOf(webView + " [FB_IAB/Orca-Android;FBAV/480.0.0.30.109;]")}, Sign{falochron.Messenger, falochron.ByInApp}},
		{"l.messenger.com", Came{Agent: AgentOf(safari), Referer: "https://l.messenger.com/"}, Sign{falochron.Messenger, falochron.ByReferrer}},

		{"Threads", Came{Agent: AgentOf(iPhone + " Barcelona 355.0.0.29.95 (iPhone15,2; iOS 18_1; pl_PL; pl; scale=3.00; 1179x2556; 654321002)")}, Sign{falochron.Threads, falochron.ByInApp}},
		{"l.threads.net", Came{Agent: AgentOf(safari), Referer: "https://l.threads.net/"}, Sign{falochron.Threads, falochron.ByReferrer}},
		{"threads.com", Came{Agent: AgentOf(safari), Referer: "https://www.threads.com/"}, Sign{falochron.Threads, falochron.ByReferrer}},

		{"TikTok on an iPhone", Came{Agent: AgentOf(iPhone + " musical_ly_36.8.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/pl Region/PL isDarkMode/1 WKWebView/1 RevealType/Dialog BytedanceWebview/d8a21c6")}, Sign{falochron.TikTok, falochron.ByInApp}},
		{"TikTok on Android", Came{Agent: AgentOf(webView + " trill_360805 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/trill app_version/36.8.5 ByteLocale/pl-PL ByteFullLocale/pl-PL Region/PL BytedanceWebview/d8a21c6")}, Sign{falochron.TikTok, falochron.ByInApp}},
		{"musical_ly on Android", Came{Agent: AgentOf(webView + " AppName/musical_ly app_version/36.8.5")}, Sign{falochron.TikTok, falochron.ByInApp}},
		{"TikTok's package", Came{Agent: AgentOf(webView), App: "com.zhiliaoapp.musically"}, Sign{falochron.TikTok, falochron.ByInApp}},
		{"tiktok.com", Came{Agent: AgentOf(desktop), Referer: "https://www.tiktok.com/"}, Sign{falochron.TikTok, falochron.ByReferrer}},
		{"ttclid", Came{Agent: AgentOf(chrome), Query: "ttclid=E.C.P.x"}, Sign{falochron.TikTok, falochron.ByClick}},

		{"Snapchat", Came{Agent: AgentOf(iPhone + " Snapchat/13.14.0.39 (like Safari/8619.2.8.10.7, panda)")}, Sign{falochron.Snapchat, falochron.ByInApp}},
		{"Snapchat's package", Came{Agent: AgentOf(webView), App: "com.snapchat.android"}, Sign{falochron.Snapchat, falochron.ByInApp}},
		{"ScCid", Came{Agent: AgentOf(safari), Query: "ScCid=1a2b"}, Sign{falochron.Snapchat, falochron.ByClick}},

		{"X on an iPhone", Came{Agent: AgentOf(iPhone + " Twitter for iPhone/10.66")}, Sign{falochron.X, falochron.ByInApp}},
		{"X on Android", Came{Agent: AgentOf(webView + " TwitterAndroid")}, Sign{falochron.X, falochron.ByInApp}},
		{"t.co", Came{Agent: AgentOf(safari), Referer: "https://t.co/AbCdEfGhIj"}, Sign{falochron.X, falochron.ByReferrer}},
		{"twclid", Came{Agent: AgentOf(safari), Query: "twclid=2-abc"}, Sign{falochron.X, falochron.ByClick}},

		{"Pinterest on an iPhone", Came{Agent: AgentOf(iPhone + " [Pinterest/iOS]")}, Sign{falochron.Pinterest, falochron.ByInApp}},
		{"Pinterest on Android", Came{Agent: AgentOf(webView + " [Pinterest/Android]")}, Sign{falochron.Pinterest, falochron.ByInApp}},
		{"pinterest.pl", Came{Agent: AgentOf(desktop), Referer: "https://pl.pinterest.com/"}, Sign{falochron.Pinterest, falochron.ByReferrer}},
		{"pinterest of another country", Came{Agent: AgentOf(desktop), Referer: "https://www.pinterest.co.uk/"}, Sign{falochron.Pinterest, falochron.ByReferrer}},
		{"epik", Came{Agent: AgentOf(desktop), Query: "epik=dj0y"}, Sign{falochron.Pinterest, falochron.ByClick}},

		{"YouTube", Came{Agent: AgentOf(desktop), Referer: "https://www.youtube.com/"}, Sign{falochron.YouTube, falochron.ByReferrer}},
		{"YouTube's app", Came{Agent: AgentOf(chrome), Referer: "android-app://com.google.android.youtube/"}, Sign{falochron.YouTube, falochron.ByReferrer}},
		{"youtu.be", Came{Agent: AgentOf(safari), Referer: "https://youtu.be/"}, Sign{falochron.YouTube, falochron.ByReferrer}},
		{"a link shared from YouTube", Came{Agent: AgentOf(safari), Query: "si=aB3dE5gH7jK9mN1p"}, Sign{falochron.YouTube, falochron.ByClick}},
		{"a filter called si", Came{Agent: AgentOf(safari), Query: "si=large"}, Sign{By: falochron.ByNone}},
		{"gclid says little", Came{Agent: AgentOf(safari), Query: "gclid=EAIaIQ"}, Sign{By: falochron.ByNone}},

		{"LinkedIn", Came{Agent: AgentOf(iPhone + " [LinkedInApp]/9.30.1234")}, Sign{falochron.LinkedIn, falochron.ByInApp}},
		{"lnkd.in", Came{Agent: AgentOf(desktop), Referer: "https://lnkd.in/"}, Sign{falochron.LinkedIn, falochron.ByReferrer}},
		{"LinkedIn's app", Came{Agent: AgentOf(chrome), Referer: "android-app://com.linkedin.android/"}, Sign{falochron.LinkedIn, falochron.ByReferrer}},
		{"li_fat_id", Came{Agent: AgentOf(desktop), Query: "li_fat_id=0a1b"}, Sign{falochron.LinkedIn, falochron.ByClick}},

		{"Twitch", Came{Agent: AgentOf(desktop), Referer: "https://www.twitch.tv/"}, Sign{falochron.Twitch, falochron.ByReferrer}},
		{"Kick", Came{Agent: AgentOf(desktop), Referer: "https://kick.com/"}, Sign{falochron.Kick, falochron.ByReferrer}},
		{"Discord", Came{Agent: AgentOf(desktop), Referer: "https://discord.com/"}, Sign{falochron.Discord, falochron.ByReferrer}},
		{"Telegram on the web", Came{Agent: AgentOf(desktop), Referer: "https://web.telegram.org/"}, Sign{falochron.Telegram, falochron.ByReferrer}},
		{"Telegram's app", Came{Agent: AgentOf(chrome), Referer: "android-app://org.telegram.messenger/"}, Sign{falochron.Telegram, falochron.ByReferrer}},
		{"Telegram's browser", Came{Agent: AgentOf(webView + " Telegram-Android/11.2.3 (Samsung SM-S911B; Android 14; SDK 34; AVERAGE)")}, Sign{falochron.Telegram, falochron.ByInApp}},
		{"WhatsApp on the web", Came{Agent: AgentOf(desktop), Referer: "https://web.whatsapp.com/"}, Sign{falochron.WhatsApp, falochron.ByReferrer}},
		{"Reddit", Came{Agent: AgentOf(desktop), Referer: "https://www.reddit.com/"}, Sign{falochron.Reddit, falochron.ByReferrer}},
		{"rdt_cid", Came{Agent: AgentOf(desktop), Query: "rdt_cid=1"}, Sign{falochron.Reddit, falochron.ByClick}},
		{"Bluesky", Came{Agent: AgentOf(desktop), Referer: "https://bsky.app/"}, Sign{falochron.Bluesky, falochron.ByReferrer}},
		{"Mastodon", Came{Agent: AgentOf(desktop), Referer: "https://mastodon.social/"}, Sign{falochron.Mastodon, falochron.ByReferrer}},
		{"Wykop", Came{Agent: AgentOf(desktop), Referer: "https://wykop.pl/"}, Sign{falochron.Wykop, falochron.ByReferrer}},
		{"Ceneo", Came{Agent: AgentOf(desktop), Query: "ceneo_cid=9f"}, Sign{falochron.Ceneo, falochron.ByClick}},
		{"Linktree", Came{Agent: AgentOf(instaIOS[:len(iPhone)]), Referer: "https://linktr.ee/"}, Sign{falochron.LinkInBio, falochron.ByReferrer}},

		{"nothing", Came{Agent: AgentOf(safari)}, Sign{By: falochron.ByNone}},
		{"nothing at all", Came{}, Sign{By: falochron.ByNone}},
		{"another shop", Came{Agent: AgentOf(safari), Referer: "https://notinstagram.com/"}, Sign{By: falochron.ByNone}},
		{"a script", Came{Agent: AgentOf(safari), App: "XMLHttpRequest"}, Sign{By: falochron.ByNone}},
		{"a word inside a word", Came{Agent: AgentOf(iPhone + " NotInstagram 3.0")}, Sign{By: falochron.ByNone}},
		{"a link with a number, copied to TikTok", Came{Agent: AgentOf(webView + " musical_ly_36"), Query: "igsh=abc"}, Sign{falochron.TikTok, falochron.ByInApp}},
		{"no address", Came{Referer: "instagram.com"}, Sign{By: falochron.ByNone}},
	} {
		if got := Recognise(tc.came); got != tc.want {
			t.Errorf("%s: %s by %s, want %s by %s", tc.name, got.Channel, got.By, tc.want.Channel, tc.want.By)
		}
		if n := testing.AllocsPerRun(10, func() { Recognise(tc.came) }); n != 0 {
			t.Errorf("%s: %v allocations", tc.name, n)
		}
	}
}

// What programs say that fetch what is shown beside a link.
func TestEachPreviewer(t *testing.T) {
	for ua, want := range map[string]Previewer{
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                 PreviewMeta,
		"meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)": PreviewMeta,
		"meta-externalfetcher/1.1": PreviewMeta,
		"Facebot/1.0":              PreviewMeta,
		"Twitterbot/1.0":           PreviewX,
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)": PreviewLinkedIn,
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)":                            PreviewSlack,
		"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)":                     PreviewDiscord,
		"TelegramBot (like TwitterBot)":                                                         PreviewTelegram,
		"WhatsApp/2.24.20.89 A":                                                                 PreviewWhatsApp,
		"Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)":        PreviewPinterest,
		"redditbot/1.0": PreviewReddit,
		"Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com":                                                      PreviewSkype,
		"Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots":                                                                          PreviewSnapchat,
		"Mozilla/5.0 (compatible; TikTokSpider; ttspider-feedback@tiktok.com)":                                                                                 PreviewTikTok,
		"Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)": PreviewTikTok,
		"Mastodon/4.3.1 (http.rb/5.2.0; +https://pol.social/) Bot":                                                                                             PreviewFediverse,
		"http.rb/5.1.1 (Mastodon/4.2.12; +https://mastodon.social/)":                                                                                           PreviewFediverse,
		"Misskey/2024.10.1 (https://misskey.io)":                                                                                                               PreviewFediverse,
		"Pleroma 2.7.0; https://fe.disroot.org <admin@disroot.org>; Bot":                                                                                       PreviewFediverse,
		"Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)":                                                                               PreviewBluesky,
		"facebookexternalhit/1.1;line-poker/1.0":                                                                                                               PreviewLine,
		"line-poker/1.0":                                                                                                                                       PreviewLine,
		"facebookexternalhit/1.1; kakaotalk-scrap/1.0":                                                                                                         PreviewKakao,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0": PreviewApple,
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                                            NoPreviewer,
		safari: NoPreviewer, instaIOS: NoPreviewer, fbDroid: NoPreviewer, "": NoPreviewer,
	} {
		if got := PreviewerOf(ua); got != want {
			t.Errorf("%s: %q, want %q", ua, got, want)
		}
		if n := testing.AllocsPerRun(10, func() { PreviewerOf(ua) }); n != 0 {
			t.Errorf("%s: %v allocations", ua, n)
		}
	}
	all := Previewers(0)
	for p := NoPreviewer + 1; p < numPreviewers; p++ {
		all |= p.Set()
	}
	if names := all.Names(); len(names) != int(numPreviewers)-1 || names[0] != "meta" || Previewer(99).String() != "" {
		t.Errorf("%v", names)
	}
}

// Parameters of campaigns: the first of a name, and none that is too long.
func TestMarks(t *testing.T) {
	long := string(make([]byte, markMost+1))
	for query, want := range map[string]Marks{
		"utm_source=ig&utm_medium=story&utm_campaign=lipstick-1&utm_content=2": {"ig", "story", "lipstick-1", "2"},
		"kod=OLA&utm_source=ig&utm_source=fb&utm_term=x":                       {Source: "ig"},
		"utm_source=" + long: {}, "utm_source": {}, "": {}, "&&&": {}, "xutm_source=ig": {},
	} {
		if got := MarksOf(query); got != want {
			t.Errorf("%s: %+v", query, got)
		}
	}
	query := "utm_source=ig&utm_medium=story&utm_campaign=lipstick-1&utm_content=2&fbclid=123"
	if n := testing.AllocsPerRun(10, func() { MarksOf(query).Channel() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	for query, want := range map[string]string{
		"utm_source=ig&utm_medium=story&utm_campaign=lato+24":             "ig/story/lato 24",
		"utm_campaign=czarny-pi%C4%85tek":                                 "//czarny-piątek",
		"utm_source=mail&utm_campaign=jan%40example.com&utm_content=a":    "mail///a",
		"utm_source=mail&utm_content=600700800123":                        "mail",
		"utm_source=%3Cscript%3E&utm_medium=%ZZ&utm_content=%E2%80%AEabc": "",
	} {
		if got := MarksOf(query).Label(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// Who comes from a page of the shop is no newcomer.
func TestFromHost(t *testing.T) {
	for _, tc := range []struct {
		referer, host string
		want          bool
	}{
		{"https://shop.example/p", "shop.example", true}, {"https://shop.example:8443/p", "Shop.example:8443", true}, {"https://SHOP.example", "shop.example", true},
		{"https://shop.example.evil/", "shop.example", false}, {"https://evil.example/?shop.example", "shop.example", false}, {"", "", false}, {"shop.example", "shop.example", false},
		{"http://[::1]:8080/p", "[::1]:8080", true},
	} {
		if got := FromHost(tc.referer, tc.host); got != tc.want {
			t.Errorf("%s at %s: %t", tc.referer, tc.host, got)
		}
	}
}

// Nothing that is sent makes them fail, and their results stay within bounds.
func FuzzRecognise(f *testing.F) {
	f.Add(instaIOS, "com.instagram.android", "https://l.instagram.com/", "utm_source=ig&fbclid=1")
	f.Add("facebookexternalhit/1.1 Facebot Twitterbot/1.0", "", "android-app://x", "si=aB3dE5gH7jK9mN1p&=&%")
	f.Fuzz(func(t *testing.T, ua, app, referer, query string) {
		s := Recognise(Came{AgentOf(ua), app, referer, query})
		if s.Channel >= falochron.NumChannels || (s.Channel == falochron.ChannelUnknown) != (s.By == falochron.ByNone) {
			t.Errorf("%+v", s)
		}
		if l := MarksOf(query).Label(); len(l) > 4*markMost+3 {
			t.Errorf("%q", l)
		}
		PreviewerOf(ua)
		FromHost(referer, app)
	})
}

// The cost of what is asked of each newcomer.
func BenchmarkRecognise(b *testing.B) {
	b.ReportAllocs()
	came := Came{Agent: AgentOf(instaIOS), Referer: "https://l.instagram.com/", Query: "utm_source=ig&utm_medium=story&utm_campaign=lipstick-1&utm_content=2&fbclid=PAZXh0bgNhZW0"}
	for b.Loop() {
		Recognise(came)
		MarksOf(came.Query)
	}
}

// The same for a browser that says nothing.
func BenchmarkRecognisePlain(b *testing.B) {
	b.ReportAllocs()
	came := Came{Agent: AgentOf(desktop), Referer: "https://www.example.com/", Query: "page=2"}
	for b.Loop() {
		Recognise(came)
		MarksOf(came.Query)
	}
}
