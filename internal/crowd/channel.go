package crowd

import "fmt"

// channel is where a fan tapped the link. Every tapped link carries a click id
// of its own, so no two fans ask for the same URL: whoever keys a cache by the
// whole URL caches nothing.
type channel struct {
	param   string // name of the click id
	prefix  string // how its values begin
	referer string // what the app sends, empty for none
	agent   string // the system browser
	inApp   string // the app's own browser
	app     string // Android's X-Requested-With of that browser
}

const numChannels = 3

const (
	chrome = "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
	safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)

func channels(i uint8) *channel {
	switch i % numChannels {
	case 0:
		return &channel{"igsh", "MW", "https://l.instagram.com/", safari,
			"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 356.0.0.29.108", ""}
	case 1:
		return &channel{"fbclid", "IwZXh0bgNhZW0", "https://m.facebook.com/", chrome,
			chrome + " [FB_IAB/FB4A;FBAV/489.0.0.67.81;]", "com.facebook.katana"}
	default:
		return &channel{"ttclid", "E.C.P.", "", chrome,
			chrome + " musical_ly_2023700030 BytedanceWebview/d8a21c6 ByteLocale/pl", "com.zhiliaoapp.musically"}
	}
}

func (c *channel) click(f *Fan) string {
	return fmt.Sprintf("%s=%s%016x", c.param, c.prefix, roll(f.Seed, chanceClick, 0))
}
