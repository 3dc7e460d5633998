package cache

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestStripTracking(t *testing.T) {
	for query, want := range map[string]string{
		"":                 "",
		"fbclid=IwAR0abc":  "",
		"a=1&fbclid=x&b=2": "a=1&b=2",
		"fbclid=x&a=1":     "a=1",
		"a=1&fbclid=x":     "a=1",
		"utm_source=ig&utm_medium=story&utm_campaign=a%20b&id=7": "id=7",
		"utm_source":                     "",
		"utm_source=&utm_source=x":       "",
		"igsh=MzRlODBiNWFlZA==&ttclid=1": "",
		// Whatever is in the value: a pattern that knows only some characters would leave
		// the rest in the key.
		"fbclid=a{b|c,d:e!f$g'h(i)j*k+l/m?n@o;":  "fbclid=a{b|c,d:e!f$g'h(i)j*k+l/m?n@o;",
		"fbclid=a{b|c,d:e!f$g'h(i)j*k+l/m?n@o=p": "",
		"x=1&gclid=%zz%00&y=2":                   "x=1&y=2",
		// A name written otherwise is the same to the shop.
		"%75tm_source=x&a=1":          "a=1",
		"utm%5fsource=x&%66%62clid=y": "",
		// What is left stays as it is, byte for byte.
		"b=%41&fbclid=1&a=b=c&&=&d": "b=%41&a=b=c&&=&d",
		"&fbclid=1&":                "&",
		"&&fbclid=1":                "&",
		"filter[color]=red&utm_id=1&filter%5Bsize%5D=m": "filter[color]=red&filter%5Bsize%5D=m",
		// Not plain, so not ours to judge.
		"utm_source[]=x":           "utm_source[]=x",
		"utm.source=x":             "utm.source=x",
		"utm source=x":             "utm source=x",
		"utm+source=x":             "utm+source=x",
		"utm%20source=x":           "utm%20source=x",
		"utm_source%00=x":          "utm_source%00=x",
		"%zzutm_source=x":          "%zzutm_source=x",
		"UTM_SOURCE=x":             "UTM_SOURCE=x",
		"utm_source=x;coupon=LATO": "utm_source=x;coupon=LATO",
		"a=1;utm_source=x":         "a=1;utm_source=x",
		"utm":                      "utm",
		"autm_source=1":            "autm_source=1",
		// YouTube's, by their values.
		"si=AbCdEfGh12345678": "", "si=AbCdEfGh1234567": "si=AbCdEfGh1234567", "si=M": "si=M", "si=abcdefghijklmnop": "si=abcdefghijklmnop",
		"feature=youtu.be": "", "feature=share": "", "feature=waterproof": "feature=waterproof", "feature=": "feature=",
	} {
		if got := StripTracking(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// Every name of the list goes; every name that makes a price, a cookie or a choice
// stays.
func TestNamesOfParameters(t *testing.T) {
	for _, name := range strings.Fields(`
		_branch_match_id _bta_c _bta_tid _ga _gl _ke _kx campid ceneo_cid clickId dclid dm_i ef_id epik fbclid gad_source
		gad_campaignid gbraid gclid gclsrc gdfms gdftrk gdffi hsa_acc hsa_cam igshid mc_cid mc_eid mkwid mkcid mkevt msclkid
		mtm_campaign mtm_kwd matomo_campaign pcrid pk_campaign pk_kwd piwik_campaign s_kwcid sb_referer_host ScCid srsltid tduid
		trk_contact trk_msg utm_source utm_medium utm_campaign utm_content utm_term utm_id utm_x wbraid zanpid
		igsh ttclid twclid li_fat_id rdt_cid yclid sclid ref_src ref_url _hsenc _hsmi mkt_tok vero_id oly_enc_id oly_anon_id
		irclickid awc cjevent wickedid fb_action_ids fb_source ig_rid __twitter_impression _openstat`) {
		if got := StripTracking(name + "=1"); got != "" {
			t.Errorf("%s stays", name)
		}
	}
	for _, name := range strings.Fields(`
		coupon kod rabat kod_rabatowy ref aff aff_id partner partner_id apply_coupon voucher promo promocode discount affiliate
		referral tag add-to-cart add_to_cart product_id id s q search page p paged per_page orderby order sort lang currency
		route path variant attribute_pa_color min_price max_price filter_color rating_filter country store ___store SID zenid PHPSESSID
		key token download_file wc-ajax action preview variation_id quantity
		kw dv nk pa cx ie chl cof siteurl kwid adid camid adgid pixelId
		mc_cart_id mc mk mk1 mkab mkabcd mk_ab mkABC gdf gdf1 gd utm utm- fb gcl source medium campaign click click_id v ver`) {
		if got := StripTracking(name + "=1"); got != name+"=1" {
			t.Errorf("%s is taken out", name)
		}
	}
}

// A wave brings a click id with each visitor: one page, one fill.
func TestWaveOfClickIDs(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("page")
	for i := range 2000 {
		out, _ := visitBy(c, s, kind(), fmt.Sprintf("/p/1?utm_source=instagram&igsh=%dAbC==&color=red&fbclid=IwAR%d", i, i))
		if !out.Answered() {
			t.Fatalf("%+v", out)
		}
	}
	if s.asked() != 1 || s.requests[0].URL.RawQuery != "color=red" {
		t.Errorf("%d fills, the first for %q", s.asked(), s.requests[0].URL.RawQuery)
	}
}

// Who makes up queries has no more fills than a shop can bear, and pushes nobody
// else aside.
func TestSprawl(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("page")
	visitBy(c, s, kind(), "/list?page=2")
	passed := 0
	for i := range 1000 {
		out, _ := visitBy(c, s, kind(), fmt.Sprintf("/list?x=%d", i))
		if out.Reason == "many-forms" {
			passed++
		}
	}
	if passed != 1000-sprawlMost+1 {
		t.Errorf("%d of 1000 passed", passed)
	}
	for path, want := range map[string]How{"/list?page=2": Hit, "/list": Filled, "/other?x=1": Filled, "/list?y=1": Passed} {
		if out, _ := visitBy(c, s, kind(), path); out.How != want {
			t.Errorf("%s: %+v", path, out)
		}
	}
	// Made-up cookies and languages are forms as well.
	r, k := get("/list")
	k.Cookies = "currency=XYZ"
	if out := c.Serve(newGauge(), r, k, kind(), s.fill); out.Reason != "many-forms" {
		t.Errorf("%+v", out)
	}
}

func TestSprawlEndsAndCountsByPath(t *testing.T) {
	sp := newSprawl(1 << 10)
	if sp.bytes() > 1<<10 || len(sp.slots)&(len(sp.slots)-1) != 0 {
		t.Fatalf("%d slots", len(sp.slots))
	}
	c := New(Config{})
	defer c.Close()
	_, k := get("/a?b=1")
	now := time.Now()
	for i := range sprawlMost + 5 {
		if ok := sp.take(c.seed, k, now); ok != (i < sprawlMost) {
			t.Fatalf("%d: %v", i, ok)
		}
	}
	if !sp.take(c.seed, k, now.Add(sprawlEvery)) {
		t.Error("a minute later still")
	}
}

func TestStripTrackingDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { StripTracking("a=1&b=2&s=buty") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Two queries that become one differ only in tracking parameters and their order.
func FuzzStripTracking(f *testing.F) {
	for _, s := range []string{"utm_source=a&b=1", "%75tm_x=1&a", "&&fbclid&=", "a=1;gclid=2&si=AbCdEfGh12345678", "mkcid=1&gdfx&mc_cart_id=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := StripTracking(query)
		if StripTracking(got) != got {
			t.Fatalf("%q became %q, and that %q", query, got, StripTracking(got))
		}
		if taken := Tracking(query); StripTracking(taken) != "" || taken != "" != (got != query) {
			t.Fatalf("of %q was taken %q, and %q is left", query, taken, got)
		}
		// What is left is what was there, in its order.
		kept := slices.DeleteFunc(strings.Split(query, "&"), isTracking)
		if got != strings.Join(kept, "&") {
			t.Fatalf("%q became %q, want %q", query, got, strings.Join(kept, "&"))
		}
		// To whoever reads queries as WHATWG or PHP do, only names of the list are missing.
		va, _ := url.ParseQuery(query)
		vb, _ := url.ParseQuery(got)
		for name, values := range va {
			if !slices.Equal(values, vb[name]) && !isTracking(name+"=") && name != "si" && name != "feature" {
				t.Fatalf("%q: %q is %q in %q", query, name, vb[name], got)
			}
		}
		for _, never := range []string{"coupon", "kod", "rabat", "ref", "aff", "partner", "apply_coupon", "voucher", "promo", "discount"} {
			if !slices.Equal(va[never], vb[never]) {
				t.Fatalf("%q lost %s", query, never)
			}
		}
	})
}
