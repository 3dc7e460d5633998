package preset

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// free reports whether the line does not apply to a class.
func free(c falochron.Class) bool {
	return c == falochron.ClassCallback || c == falochron.ClassAdmin || c == falochron.ClassIntegration
}

// prestaBasic is a web service key of 32 characters without a password.
const prestaBasic = "Basic QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY6"

// fromBank are the fields of a form that the page of a bank sends.
var fromBank = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Origin": {"https://bank.example"}}

// ordinary are pages of a crowd: nothing that a fan can add to one leads past
// the line.
var ordinary = []string{
	"/", "/pl/", "/index.php", "/sklep/", "/shop/",
	"/produkt/pomadka-czerwona/", "/produkt/x", "/product/lipstick", "/pl/2-ubrania", "/pl/ubrania/1-koszulka.html",
	"/pomadka-czerwona.html", "/p/123", "/catalog/product/view/id/5", "/kategoria/usta", "/product-category/lips/",
	"/koszyk", "/koszyk/dodaj", "/pl/koszyk", "/cart", "/cart/add", "/checkout/cart/add/uenc/aHR0/product/1/",
	"/zamowienie", "/zam%C3%B3wienie", "/pl/zam%C3%B3wienie", "/kasa", "/checkout", "/checkout/onepage/saveOrder",
	"/checkout/confirm", "/checkout/order-pay/55/", "/order", "/store/carts/cart_01/complete",
	"/konto", "/moje-konto/orders/", "/customer/account/", "/logowanie", "/anything",
	"/szukaj", "/search", "/catalogsearch/result/", "/static/x.css",
	"/api/products", "/api/customers/5", "/api/cart/mine/items", "/shop-api", "/store-api/search", "/graphql", "/store/products",
	"/rest/default/V1/guest-carts/abc/items", "/wp-json/wc/store/v1/products", "/wp-json/wc/store/v1/cart",
	"/index.php?route=product/product&product_id=40", "/index.php?route=checkout/cart.add", "/index.php?route=checkout/checkout",
	"/index.php?route=product/product/index/payu/callback", "/index.php?route=checkout/checkout/index/success",
	"/index.php?main_page=product_info&products_id=5", "/index.php?main_page=checkout_payment", "/index.php?controller=product&id_product=5",
	"/?s=pomadka&post_type=product", "/?page_id=5", "/?add-to-cart=123", "/?wc-ajax=checkout", "/?rest_route=/wc/store/v1/products",
	"/index.php?option=com_virtuemart&view=productdetails&virtuemart_product_id=5",
}

// queryTips are what one fan may tell all others to add.
var queryTips = []string{
	"view=admin", "view=webhook", "task=notify", "task=cron", "view=order-received", "wc-api=1", "wc-api=", "wc-api[]=WC_Gateway_X",
	"order-received=1", "order-received=1&key=wc_order_x", "order-received", "consumer_key=x", "consumer_key=ck_x&consumer_secret=cs_x",
	"ws_key=ABCDEFGHIJKLMNOPQRSTUVWXYZ123456", "controller=admin", "controller=AdminDashboard", "controller=cron", "controller=notification",
	"module=payu", "fc=module", "fc=module&module=payu", "module=admin", "route=admin", "route=cron", "route=payu", "route=payment/webhook",
	"main_page=admin", "main_page=ipn_main_handler", "rest_route=/wc/v3/orders", "rest_route=/admin", "action=notify",
	"rest_route=/wc/v3/orders&consumer_key=ck_x", "%77c-api=1", "wc%2Dapi=1", "+view=admin", "payment=notify", "wsdl", "doing_wp_cron",
}

// fullTips are what the shops' software itself writes. It is honest on the path
// that this software serves, which is the one script or the front page.
var fullTips = []string{
	"wc-api=WC_Gateway_PayU", "fc=module&module=payu&controller=notification", "route=extension/payment/payu/callback",
	"route=checkout/success", "main_page=checkout_success", "controller=order-confirmation&id_cart=5",
}

var headerTips = []http.Header{
	nil,
	{"Authorization": {"Basic x"}},
	{"Authorization": {prestaBasic}},
	{"Authorization": {"Bearer x"}},
	{"Authorization": {`OAuth oauth_consumer_key="x"`}},
	{"Stripe-Signature": {"x"}, "Signature": {"x"}, "Openpayu-Signature": {"x"}},
	fromBank,
	{"Origin": {"https://bank.example"}, "Referer": {"https://bank.example/"}},
	{"X-Http-Method-Override": {"GET"}},
	{"X-Original-Url": {"/payu/notify"}},
	{"X-Requested-With": {"XMLHttpRequest"}},
	{"Authorization": {"Basic x"}, "Signature": {"x"}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}},
}

var methods = []string{"GET", "HEAD", "POST", "PUT"}

func TestNoTipLeadsPastTheLine(t *testing.T) {
	c := Generic()
	check := func(page, tip string) {
		t.Helper()
		path, own, _ := strings.Cut(page, "?")
		queries := []string{tip}
		if own != "" {
			queries = []string{own + "&" + tip, tip + "&" + own}
		}
		for _, query := range queries {
			for _, method := range methods {
				for _, h := range headerTips {
					if strings.HasPrefix(path, "/api/") && slices.Contains(h["Authorization"], prestaBasic) {
						continue // PrestaShop's own partners ask so: see TestGenuineIsFree
					}
					q := Request{Method: method, Host: "shop.example", Path: path, Query: query, Header: h}
					if got := c.Class(q); free(got) {
						t.Errorf("%s %s?%s %v is %s", method, path, query, h, got)
					}
					if c.Return(q) {
						t.Errorf("%s %s?%s %v is a return", method, path, query, h)
					}
					if c.OrderPage(q, 200) {
						t.Errorf("%s %s?%s %v is an order", method, path, query, h)
					}
				}
			}
		}
	}
	for _, page := range ordinary {
		check(page, "")
		for _, tip := range queryTips {
			check(page, tip)
		}
		if slices.Contains([]string{"/", "/pl/", "/index.php"}, page) {
			continue
		}
		for _, tip := range fullTips {
			check(page, tip)
		}
	}
}

// At the front page a query frees notifications only: what a link can ask for
// stays in the line.
func TestNoLinkFreesTheFrontPage(t *testing.T) {
	c := Generic()
	for _, path := range []string{"/", "/pl/"} {
		for _, tip := range fullTips {
			if got := c.Classify("GET", path, tip, nil); free(got) || c.IsReturn("GET", path, tip) || c.IsOrderPage("GET", path, tip, 200) {
				t.Errorf("GET %s?%s is %s", path, tip, got)
			}
		}
	}
}

// A word frees only where shops route by it, and only if nothing leads past it.
func TestFreeWordsInOddPlaces(t *testing.T) {
	c := Generic()
	for _, tip := range []string{
		// Magento: parameters after front name, controller and action.
		"/catalog/product/view/id/5/admin/1", "/catalog/product/view/id/5/notify/1", "/catalog/product/view/id/5/payu/return",
		"/catalog/product/view/webhook/1", "/catalogsearch/result/index/notify/1", "/catalogsearch/result/index/cron/1",
		"/checkout/index/index/success/1", "/checkout/onepage/index/thank-you/1", "/checkout/onepage/index/dziekujemy",
		"/checkout/cart/add/product/1/notify/1", "/checkout/onepage/saveOrder/payu/1/notify/1", "/checkout/onepage/saveOrder/payu/notify",
		// After a page that may not look at the rest.
		"/p/123/admin", "/p/123/cron", "/produkt/x/webhook", "/produkt/x/payu/return", "/koszyk/dodaj/notify", "/koszyk/notify",
		"/koszyk/dodaj/webhook", "/zamowienie/webhook", "/123-pomadka/admin", "/konto/notify",
		"/koszyk/dodaj/payu/notify", "/koszyk/dodaj/success", "/checkout/lane/payu/return",
		// WooCommerce: every page has this end, and stays what it is.
		"/koszyk/order-received/5/", "/moje-konto/order-received/5/", "/promocja/order-received/5/",
		// The script, not what follows it, is asked for.
		"/index.php/webhook?route=checkout/cart.add", "/index.php/admin?route=checkout/cart.add",
		"/index.php/admin/index.php?route=checkout/cart.add", "/index.php/admin/index.php?main_page=product_info",
		"/index.php/admin/index.php?option=com_virtuemart&view=productdetails",
		"/index.php/dziekujemy?main_page=product_info&action=buy_now&products_id=5",
		// The query names another page, or changes the cart, whatever the path.
		"/dziekujemy?route=product/product", "/dziekujemy?controller=product&id_product=5", "/dziekujemy?main.page=product_info",
		"/dziekujemy?+main_page=product_info", "/dziekujemy?main[page=product_info", "/dziekujemy?main_page%00=product_info",
		"/dziekujemy?url=koszyk/dodaj", "/dziekujemy?q=koszyk", "/dziekujemy?add-to-cart=5", "/dziekujemy?option=com_virtuemart",
		"/webhook?add-to-cart=5", "/webhook?wc-ajax=add_to_cart", "/webhook?rest_route=/wc/store/v1/cart", "/payu/notify?controller=product",
		"/wc-api/payu?wc-ajax=checkout", "/wp-login.php?add-to-cart=5", "/admin?wc-ajax=checkout", "/admin?route=product/product",
		"/admin?url=koszyk/dodaj", "/admin/index.php?controller=product&id_product=5", "/admin/index.php?route=product/product",
		"/admin/index.php?main_page=product_info", "/wp-cron.php?add-to-cart=5", "/xmlrpc.php?rest_route=/wc/store/v1/cart",
		"/wp-json/wc/v3/orders?consumer_key=ck_x&add-to-cart=5",
		// One honest name of a page beside another.
		"/index.php?route=checkout/success&route=product/product", "/index.php?route=checkout/success&main_page=product_info",
		"/index.php?route=checkout/success&product_id=5", "/index.php?route=checkout/success&page=koszyk",
		"/index.php?route=extension/payment/payu/callback&route=checkout/cart.add", "/?wc-api=WC_Gateway_PayU&main_page=product_info",
		"/?wc-api=WC_Gateway_PayU&add-to-cart=5", "/?wc-api=WC_Gateway_PayU&product=5", "/?wc-api=payu&wc-api=1",
		"/?fc=module&module=payu&controller=notification&controller=product",
		"/index.php?controller=notification&module=payu", "/index.php?route=extension/payment/payu/callback/more",
		// Two meanings: some servers drop what stands before .., others take the
		// first word after two slashes for a host.
		"/admin/../produkt/x", "/admin/..%2fprodukt/x", "/admin;/../produkt/x", "/wp-cron.php/..%2fkoszyk", "//admin/produkt/x",
		"//dziekujemy", "//cron/koszyk", "//webhook/koszyk/dodaj", "//wp-json/wc/v3/products",
		"/admin%2f..%2fprodukt", "\\admin", "/api/soap/../koszyk",
	} {
		path, query, _ := strings.Cut(tip, "?")
		for _, method := range []string{"GET", "POST"} {
			for _, h := range []http.Header{nil, {"Authorization": {"Basic x"}}, fromBank} {
				q := Request{Method: method, Host: "shop.example", Path: path, Query: query, Header: h}
				if got := c.Class(q); free(got) || c.Return(q) || c.OrderPage(q, 200) {
					t.Errorf("%s %s is %s", method, tip, got)
				}
			}
		}
	}
	for _, name := range []string{"X-Original-Url", "X-Rewrite-Url"} {
		for value, want := range map[string]bool{"/koszyk": false, "/payu/notify/x": false, "/payu/notify": true, "/payu/notify?x=1": true} {
			if got := c.Classify("POST", "/payu/notify", "", http.Header{name: {value}}); free(got) != want {
				t.Errorf("%s: %s is %s", name, value, got)
			}
		}
	}
}

// What is genuine stays free.
func TestGenuineIsFree(t *testing.T) {
	c := Generic()
	h := map[string]http.Header{
		"presta": {"Authorization": {prestaBasic}}, "basic": {"Authorization": {"Basic Y2tfeDpjc194"}},
		"oauth": {"Authorization": {`OAuth oauth_consumer_key="x",oauth_token="y"`}}, "signed": {"Signature": {"x"}},
	}
	for line := range strings.Lines(`
callback POST /checkout/payu/notify
callback POST /zamowienie/platnosc/powiadomienie
callback POST /koszyk/payu/status
callback POST /order/webhook signed
callback POST /wp-json/stripe/v1/webhook
callback POST /wp-json/wc-tpay/v1/notification
callback POST /api/_action/paypal/webhook/execute
callback POST /index.php/paypal/ipn/
callback POST /plugins/channel/pln/saleor.payments.stripe/webhooks
callback POST /sklep/module/payu/notification
callback POST /pl/module/przelewy24/paymentStatus?id_cart=5
callback POST /payu/notify?amp;x=1&status=ok
callback POST /wp-content/plugins/przelewy24/notify.php
callback POST /index.php?route=extension/payment/payu/callback&language=pl-pl
callback POST /index.php?route=extension%2Fopencart%2Fpayment%2Fpaypal.callback
callback POST /index.php?route=payment/przelewy24/status
callback POST /index.php?fc=module&module=payu&controller=notification&id_cart=5
callback POST /?wc-api=WC_Gateway_Przelewy24&p24_session=5
callback GET /index.php?route=checkout/success&language=pl-pl
callback GET /sklep/index.php?route=checkout/success
callback GET /index.php?controller=order-confirmation&id_cart=5&id_module=3&id_order=7&key=x
callback GET /index.php?fc=module&module=payu&controller=success&id_cart=5
callback GET /order/55/payment/return
callback GET /zamowienie/55/dziekujemy
callback GET /kasa/order-received/55/?key=wc_order_x
callback GET /finalizacja/order-received/55/?key=wc_order_x
callback GET /pl/potwierdzenie-zam%C3%B3wienia?id_cart=5&id_module=3&id_order=7&key=x
callback GET /checkout/order-received/55/?key=wc_order_x&utm_nooverride=1
admin GET /pl/admin/config
admin GET /sklep/wp-admin/
admin GET /index.php/admin/sales/order/
admin GET /index.php/admin123/
admin GET /admin/products?q=koszyk&page=2
admin GET /admin/orders?view=list&action=edit
admin GET /api/v2/admin/orders
admin GET /wp-admin/admin.php?page=wc-admin&path=%2Fanalytics%2Foverview
admin GET /wp-admin/edit.php?post_type=product&s=koszyk
admin POST /admin123/index.php?controller=AdminOrders&token=x
admin GET /admin123/index.php/sell/orders?_token=x
admin GET /admin/index.php?route=catalog/product&user_token=x
admin POST /admin/product.php?action=update_product&pID=5
admin GET /administrator/index.php?option=com_virtuemart&view=product&task=edit
admin POST /wp-login.php?redirect_to=https%3A%2F%2Fshop%2Fwp-admin%2F
integration GET /wp-json/wc/v3/orders?page=2&per_page=100 basic
integration PUT /wp-json/wc/v3/products/5?consumer_key=ck_x
integration GET /sklep/wp-json/wc/v2/products basic
integration GET /api/stock_availables?ws_key=ABCDEFGHIJKLMNOPQRSTUVWXYZ123456
integration GET /api/orders presta
integration POST /api/products presta
cart POST /api/orders presta
cart GET /api/carts/5 presta
integration PUT /api/stock_availables/5 presta
integration GET /rest/V1/orders?searchCriteria[pageSize]=5 oauth
integration PUT /rest/pl/async/bulk/V1/products oauth
integration GET /cron.php
integration POST /api/soap/?wsdl
integration GET /baselinker.php
integration GET /modules/ps_cronjobs/cron.php?token=x
`) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		var header http.Header
		if len(f) > 3 {
			header = h[f[3]]
		}
		path, query, _ := strings.Cut(f[2], "?")
		if got := c.Classify(f[1], path, query, header); got.String() != f[0] {
			t.Errorf("%s %s is %s, want %s", f[1], f[2], got, f[0])
		}
	}
}

// A word of the till in the query gives no page the lane of the till.
func TestNoQueryBuysTheLaneOfTheTill(t *testing.T) {
	c := Generic()
	for _, path := range []string{"/produkt/x", "/anything", "/koszyk"} {
		for _, query := range []string{"order-received=1", "order-pay=1", "wc-api=payu", "route=checkout/checkout", "view=login", "wc-ajax=checkout"} {
			if got := c.Classify("GET", path, query, nil); got != falochron.ClassCart {
				t.Errorf("GET %s?%s is %s", path, query, got)
			}
		}
	}
}

// The form of a bank's page brings a buyer back, and browsers send no cookies
// with it.
func TestReturnByPost(t *testing.T) {
	c := Generic()
	back := []string{
		"/zamowienie/dziekujemy", "/checkout/onepage/success/", "/checkout/order-received/55/?key=wc_order_x", "/pl/potwierdzenie-zamowienia?id_cart=5",
		"/platnosc/powrot", "/payment/return", "/payment/finalize-transaction", "/checkout/payu/cancel", "/index.php?route=checkout/success",
		"/module/payu/success",
	}
	own := []string{
		"/zamowienie", "/zamowienie/potwierdzenie", "/checkout/complete", "/order/confirmation", "/store/carts/cart_01/complete",
		"/checkout/payment/continue", "/checkout/finish", "/koszyk/dodaj", "/checkout/payment", "/produkt/x", "/?route=checkout/success",
		"/zamowienie/dziekujemy?add-to-cart=5", "/zamowienie/dziekujemy;x",
	}
	senders := []struct {
		h    http.Header
		want bool
	}{
		{fromBank, true},
		{http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}, true}, // 3-D Secure
		{http.Header{"Origin": {"https://bank.example"}}, true},
		{http.Header{"Origin": {"null"}}, true},
		{http.Header{"Referer": {"https://bank.example/pay?x=1"}}, true},
		{http.Header{"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"navigate"}, "Origin": {"https://bank.example"}}, false},
		{http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}}, false},
		{http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"cors"}}, false},
		{http.Header{"Origin": {"https://SHOP.example"}}, false},
		{http.Header{"Origin": {"https://shop.example:8443"}, "Referer": {"https://bank.example/"}}, false},
		{http.Header{"Referer": {"http://shop.example/zamowienie"}}, false},
		{http.Header{"Referer": {"shop.example"}}, false},
		{http.Header{"Origin": {"https://bank.example"}, "X-Requested-With": {"XMLHttpRequest"}}, false},
		{http.Header{"Origin": {"https://bank.example"}, "X-Http-Method-Override": {"PUT"}}, false},
		{nil, false},
	}
	for _, s := range senders {
		for _, page := range slices.Concat(back, own) {
			path, query, _ := strings.Cut(page, "?")
			q := Request{Method: "POST", Host: "shop.example:443", Path: path, Query: query, Header: s.h}
			want := s.want && slices.Contains(back, page)
			if got := c.Return(q); got != want {
				t.Errorf("POST %s %v: return %v", page, s.h, got)
			}
			if got := c.Class(q) == falochron.ClassCallback; got != want {
				t.Errorf("POST %s %v: %s", page, s.h, c.Class(q))
			}
			for _, method := range []string{"PUT", "DELETE", "PATCH"} {
				if q.Method = method; c.Return(q) {
					t.Errorf("%s %s %v is a return", method, page, s.h)
				}
			}
		}
	}
	thanks := Request{Method: "POST", Host: "shop.example", Path: "/zamowienie/dziekujemy", Header: fromBank}
	if !c.OrderPage(thanks, 200) || c.OrderPage(thanks, 302) {
		t.Error("the page of thanks that a bank's form brings is an order, a redirect to it is none")
	}
	if cancel := (Request{Method: "POST", Path: "/checkout/payu/cancel", Header: fromBank}); c.OrderPage(cancel, 200) {
		t.Error("a cancelled payment is an order")
	}
	if summary := (Request{Method: "POST", Path: "/zamowienie/potwierdzenie", Header: fromBank}); c.OrderPage(summary, 200) {
		t.Error("the shop's own form is an order by what the sender writes")
	}
	if thanks.Header = (http.Header{"Origin": {"https://bank.example"}}); c.Classify("POST", thanks.Path, "", thanks.Header) == falochron.ClassCallback {
		t.Error("an origin is foreign although the shop's own name is not known")
	}
}

// A buyer who is brought back stands in the buyers' lane even where a bank's
// server may call, too: the caller asks Return first.
func TestABrowserIsNoNotification(t *testing.T) {
	c := Generic()
	q := Request{Method: "POST", Path: "/module/przelewy24/paymentStatus"}
	if c.Class(q) != falochron.ClassCallback || c.Return(q) {
		t.Error("a bank's server is a buyer")
	}
	if q.Header = fromBank; c.Class(q) != falochron.ClassCallback || !c.Return(q) {
		t.Error("a buyer is a bank's server")
	}
	for _, q := range []Request{
		{Method: "PUT", Path: "/payu/notify"},
		{Method: "GET", Path: "/payu/notify", Header: http.Header{"X-Http-Method-Override": {"POST"}}},
	} {
		if c.Class(q) == falochron.ClassCallback {
			t.Errorf("%s %s is a notification, which is a POST", q.Method, q.Path)
		}
	}
}

// FuzzNoTip looks for a query, method or field that leads an ordinary page past
// the line.
func FuzzNoTip(f *testing.F) {
	for i, tip := range slices.Concat(queryTips, fullTips) {
		f.Add(uint8(i), methods[i%len(methods)], tip, "Basic x", "Signature", "cross-site")
	}
	c := Generic()
	f.Fuzz(func(t *testing.T, n uint8, method, query, authorization, field, site string) {
		page := ordinary[int(n)%len(ordinary)]
		path, own, _ := strings.Cut(page, "?")
		if path == "/" || path == "/pl/" || path == "/index.php" {
			return // where the query may say what is meant
		}
		if strings.HasPrefix(path, "/api/") {
			authorization = "" // PrestaShop's own partners may ask so
		}
		q := Request{Method: method, Host: "shop.example", Path: path, Query: own + "&" + query, Header: http.Header{
			"Authorization": {authorization}, http.CanonicalHeaderKey(field): {"x"}, "Sec-Fetch-Site": {site}, "Sec-Fetch-Mode": {"navigate"},
		}}
		if got := c.Class(q); free(got) || c.Return(q) || c.OrderPage(q, 200) {
			t.Fatalf("%s %s?%s is %s", method, path, q.Query, got)
		}
	})
}
