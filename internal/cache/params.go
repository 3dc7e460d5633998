package cache

import (
	"net/url"
	"strings"
)

// tracking are the names of parameters that say which advert, post, mail, partner or
// person a click came from, mostly with a number of this one click. The scripts in a
// visitor's browser read them; of what a shop's server reads, the edge tells it later.
// Sources:
// the list that Magento ships for Varnish (varnish7.vcl), and what has come since:
// Instagram, TikTok, X, LinkedIn, Reddit, Yandex, HubSpot, Marketo, Vero, Impact,
// Awin, CJ, Facebook, OpenStat.
//
// Not in it, and never to be: coupons and partners (coupon, kod, rabat, ref, aff,
// partner, apply_coupon), which make the shop set a cookie or a price; and short
// names that are filters somewhere (kw, dv, nk, pa, cx, ie), though Shopware takes
// them out; nor what brings a cart back (mc_cart_id of Mailchimp).
var tracking = map[string]struct{}{
	"_branch_match_id": {}, "_ga": {}, "_gl": {}, "_ke": {}, "_kx": {}, "campid": {}, "ceneo_cid": {}, "clickId": {},
	"dclid": {}, "dm_i": {}, "ef_id": {}, "epik": {}, "fbclid": {}, "gbraid": {}, "gclid": {}, "gclsrc": {}, "igshid": {},
	"msclkid": {}, "pcrid": {}, "s_kwcid": {}, "sb_referer_host": {}, "ScCid": {}, "srsltid": {}, "tduid": {},
	"wbraid": {}, "zanpid": {},
	"igsh": {}, "ttclid": {}, "twclid": {}, "li_fat_id": {}, "rdt_cid": {}, "yclid": {}, "sclid": {}, "ref_src": {},
	"ref_url": {}, "_hsenc": {}, "_hsmi": {}, "mkt_tok": {}, "vero_id": {}, "irclickid": {}, "awc": {}, "cjevent": {},
	"wickedid": {}, "fb_action_ids": {}, "fb_source": {}, "ig_rid": {}, "__twitter_impression": {}, "_openstat": {},
}

// trackingPrefixes are how the names of whole families begin.
var trackingPrefixes = [...]string{
	"_bta_", "gad_", "hsa_", "mc_", "mtm_", "matomo_", "oly_", "pk_", "piwik_", "trk_", "utm_",
}

// youTube are the values by which the names si and feature are known to be from a
// link that YouTube made; a shop may have both as filters.
var youTube = map[string]struct{}{
	"share": {}, "shared": {}, "youtu.be": {}, "youtube_gdata": {}, "youtube_gdata_player": {}, "emb_title": {}, "emb_logo": {},
}

// StripTracking takes the parameters that change nothing in a page out of a query:
// every visitor of a wave brings others, and each would be a page of its own. The
// rest stays exactly as it is, byte for byte and in its order. It does not allocate
// when there is nothing to take out.
//
// A name counts if it is one after percent-decoding. A parameter with a semicolon is
// left alone: some servers see two in it. Empty parameters stay: to a shop, "?page="
// and no page may be two things.
func StripTracking(rawQuery string) string {
	var kept strings.Builder
	start, stripped, some := 0, false, false
	for at := 0; at <= len(rawQuery); {
		end := strings.IndexByte(rawQuery[at:], '&')
		if end < 0 {
			end = len(rawQuery)
		} else {
			end += at
		}
		if isTracking(rawQuery[at:end]) {
			if !stripped {
				stripped = true
				kept.Grow(len(rawQuery))
			}
			keepPart(&kept, &some, rawQuery, start, at-1)
			start = end + 1
		}
		at = end + 1
	}
	if !stripped {
		return rawQuery
	}
	keepPart(&kept, &some, rawQuery, start, len(rawQuery))
	return kept.String()
}

// Tracking is what [StripTracking] takes out of a query, as it is and in its order.
func Tracking(rawQuery string) string {
	var taken []string
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if isTracking(pair) {
			taken = append(taken, pair)
		}
	}
	return strings.Join(taken, "&")
}

// keepPart adds whole parameters of query, from start up to but not including end,
// behind those kept already.
func keepPart(kept *strings.Builder, some *bool, query string, start, end int) {
	if start > end {
		return
	}
	if *some {
		kept.WriteByte('&')
	}
	*some = true
	kept.WriteString(query[start:end])
}

// isTracking reports whether a parameter, name and value as they were sent, is one
// that changes nothing in a page.
func isTracking(pair string) bool {
	if strings.IndexByte(pair, ';') >= 0 {
		return false
	}
	name, value, _ := strings.Cut(pair, "=")
	if strings.IndexByte(name, '%') >= 0 {
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return false
		}
		name = plain
	}
	if !plainName(name) {
		return false
	}
	if _, ok := tracking[name]; ok {
		return true
	}
	for _, prefix := range trackingPrefixes {
		if strings.HasPrefix(name, prefix) {
			return name != "mc_cart_id"
		}
	}
	switch {
	case strings.HasPrefix(name, "mk") && len(name) == 5, strings.HasPrefix(name, "gdf") && len(name) > 3:
		// mkwid, mkcid, mkevt...; gdfms, gdftrk, gdffi.
		return lowerLetters(name)
	case name == "si":
		return isYouTubeID(value)
	case name == "feature":
		_, ok := youTube[value]
		return ok
	}
	return false
}

func lowerLetters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// isYouTubeID reports whether a value has the form of the ids that YouTube adds to
// links that are shared: 16 characters, letters in both cases among them.
func isYouTubeID(s string) bool {
	return len(s) == 16 && plainName(s) && strings.ToLower(s) != s && strings.ToUpper(s) != s
}
