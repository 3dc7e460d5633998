package radar

import (
	"testing"

	"github.com/falochron/falochron"
)

func TestClients(t *testing.T) {
	for agent, want := range map[string]falochron.Client{
		"":                       falochron.ClientNone,
		"python-requests/2.32.3": falochron.ClientTool,
		"curl/8.5.0":             falochron.ClientTool,
		"Go-http-client/1.1":     falochron.ClientTool,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36":                                  falochron.ClientTool,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36":                                          falochron.ClientChrome,
		"Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36":                                   falochron.ClientChromeMobile,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1":                  falochron.ClientSafariMobile,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1":                   falochron.ClientSafariMobile,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15":                                    falochron.ClientSafari,
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                                                   falochron.ClientFirefox,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 356.0.0.29.108":                    falochron.ClientApp,
		"Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0.0.67.81;]": falochron.ClientApp,
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36 musical_ly_2023700030 BytedanceWebview/d8a21c6 ByteLocale/pl":    falochron.ClientApp,
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/130.0.0.0 Safari/537.36":            falochron.ClientRobot,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                                                                                falochron.ClientRobot,
		"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36":                              falochron.ClientChromeMobile,
		"Something/1.0": falochron.ClientOther,
	} {
		if got := AgentOf(agent).Client; got != want {
			t.Errorf("%q is %v, want %v", agent, got, want)
		}
	}
	agent := "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0.0.67.81;]"
	if n := testing.AllocsPerRun(100, func() { AgentOf(agent) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAgentOf(b *testing.B) {
	agent := "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0.0.67.81;]"
	b.ReportAllocs()
	for b.Loop() {
		AgentOf(agent)
	}
}
