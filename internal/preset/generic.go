package preset

import (
	"net/http"

	"github.com/falochron/falochron"
)

// generic is a shop nobody has described: the words alone say what a request is
// for. What the shop itself calls public is kept; pages of which it says nothing, once
// a comparison at this very shop has shown that they are alike for all.
func generic() *Platform {
	return &Platform{
		Name: GenericName, Title: "a shop nobody has described", Sources: []string{"HTTP (RFC 9110, RFC 9111)"},
		Kinds: []Kind{{Name: "page", Class: falochron.ClassPage, Life: pageLife, Unproven: true}},
	}
}

// strangers are cookies that scripts of others set in a visitor's browser on almost any
// shop's pages: who measures visits, sells advertising or has asked for consent. No
// shop keeps a cart by one of them. Sources: the documents of Google Analytics and
// Ads, Meta Pixel, TikTok Pixel, Pinterest Tag, Snap Pixel, Microsoft Clarity and UET,
// Hotjar, Criteo, Matomo, HubSpot, Klaviyo, Cookiebot, OneTrust, Cloudflare.
var strangers = []string{
	"_ga", "_ga_*", "_gid", "_gat*", "_gac_*", "_gcl_*", "__utm*", "_fbp", "_fbc", "_ttp", "_tt_*", "ttcsid*", "_pin_unauth", "_pinterest_ct_ua",
	"_scid*", "_sctr", "_ScCbts", "_clck", "_clsk", "_uetsid", "_uetvid", "_hj*", "cto_*", "_pk_*", "hubspotutk", "__hs*", "__kla_id",
	"CookieConsent", "OptanonConsent", "OptanonAlertBoxClosed", "__cf_bm", "_cfuvid", "cf_clearance",
}

// Bare reports whether a visitor brings nothing by which a shop that nobody has
// described could know him again: no credentials, and no cookie but those of ours and
// of others who are on almost any page.
func (c *Classifier) Bare(h http.Header) bool {
	if len(h["Authorization"]) > 0 {
		return false
	}
	for name := range cookies(h) {
		if name != "" && !NameMatches("falo_*", name) && !named(strangers, name) {
			return false
		}
	}
	return true
}
