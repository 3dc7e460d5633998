package preset

import (
	"net/http"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// realPaths are requests as real shops get them. A line is: class, method,
// path and query.
const realPaths = `
# WooCommerce, English and Polish slugs
page GET /
page GET /shop/
page GET /sklep/page/2/?orderby=price
page GET /product/lipstick-red/
page GET /produkt/pomadka-czerwona/
page GET /product-category/lips/
page GET /kategoria-produktu/usta/
page GET /?s=pomadka&post_type=product
cart GET /cart/
cart GET /koszyk/
cart GET /?add-to-cart=123
cart GET /product/lipstick/?add-to-cart=123&quantity=2
cart GET /cart/?remove_item=abc&_wpnonce=1
cart POST /?wc-ajax=add_to_cart
cart POST /product/lipstick/
fragment POST /?wc-ajax=get_refreshed_fragments
fragment GET /?wc-ajax=get_refreshed_fragments&_=1
cart POST /?wc-ajax=get_refreshed_fragments&add-to-cart=5
checkout POST /?wc-ajax=checkout
checkout GET /checkout/
checkout GET /zamowienie/
checkout GET /zam%C3%B3wienie/
checkout GET /ZAM%C3%93WIENIE
checkout GET /zamówienie
checkout GET /checkout/order-pay/55/?key=wc_order_x
callback GET /checkout/order-received/55/?key=wc_order_x
callback GET /zamowienie/order-received/55/?key=wc_order_x
callback GET /zamowienie/zamowienie-otrzymane/55/
callback POST /?wc-api=WC_Gateway_PayU
checkout GET /?wc-api=WC_Gateway_PayU&status=ok
callback POST /index.php?wc-api=wc_gateway_tpay&tr_id=5
callback POST /pl/?wc-api=przelewy24
checkout POST /?wc-api=1
callback POST /wc-api/WC_Gateway_Przelewy24/
cart GET /my-account/
cart GET /moje-konto/orders/
checkout GET /moje-konto/lost-password/
admin GET /wp-admin/
admin POST /wp-login.php
admin GET /wp-admin/css/login.css
cart POST /wp-admin/admin-ajax.php
fragment GET /wp-admin/admin-ajax.php?action=heartbeat
integration GET /wp-cron.php?doing_wp_cron
integration POST /xmlrpc.php
fragment GET /wp-json/wc/store/v1/products
cart GET /wp-json/wc/store/v1/cart
cart POST /wp-json/wc/store/v1/cart/add-item
checkout POST /wp-json/wc/store/v1/checkout
integration GET /wp-json/wc/v3/orders?consumer_key=ck_x&consumer_secret=cs_x
cart GET /?rest_route=/wc/store/v1/cart
static GET /wp-content/themes/storefront/style.css?ver=4.6.0
static GET /wp-content/plugins/woocommerce/assets/js/frontend/checkout.min.js
static GET /wp-content/plugins/woocommerce/assets/checkout/cart.js
static GET /wp-content/plugins/przelewy24/payment/logo.svg
static HEAD /wp-content/uploads/2026/01/pomadka-600x600.JPG
static GET /favicon.ico
cart POST /wp-content/uploads/x.jpg
page GET /sitemap.xml
page GET /faktury-i-zwroty/regulamin.pdf

# PrestaShop
page GET /pl/2-ubrania
page GET /pl/ubrania/1-kolibri-koszulka.html
cart GET /pl/koszyk?action=show
cart POST /pl/koszyk
checkout GET /pl/zam%C3%B3wienie
checkout GET /pl/szybkie-zam%C3%B3wienie
checkout GET /en/order
callback GET /pl/potwierdzenie-zam%C3%B3wienia?id_cart=5&id_module=3
callback GET /en/order-confirmation?id_cart=5
checkout GET /pl/logowanie?back=my-account
cart GET /pl/moje-konto
cart GET /pl/dane-osobiste
cart GET /pl/historia-zam%C3%B3wie%C5%84
cart GET /en/order-history
cart POST /module/ps_shoppingcart/ajax
callback POST /module/przelewy24/paymentStatus
callback POST /pl/module/payu/notification
callback GET /module/przelewy24/paymentFinished
callback POST /modules/payu/validation.php
callback POST /?fc=module&module=tpay&controller=notification
checkout GET /?controller=order
checkout GET /index.php?controller=authentication
static GET /modules/ps_shoppingcart/ps_shoppingcart.js
static GET /modules/payu/views/css/payment.css
static GET /img/p/2/4/24-large_default.jpg
static GET /24-home_default/koszulka.jpg
admin GET /admin123abc/index.php
admin GET /admin-dev/index.php?controller=AdminDashboard

# Magento 2 and OpenMage
page GET /catalog/product/view/id/5
page GET /pomadka-czerwona.html
page GET /customer-favourites
page GET /checkout-lane-conveyor.html
cart GET /checkout/cart/
cart POST /checkout/cart/add/uenc/aHR0/product/1/
checkout GET /checkout/
checkout GET /checkout/onepage/
callback GET /checkout/onepage/success/
cart GET /customer/account/
checkout GET /customer/account/login/
fragment GET /customer/section/load/?sections=cart&_=1
cart POST /rest/default/V1/guest-carts/abc/items
checkout POST /rest/default/V1/guest-carts/abc/payment-information
callback POST /przelewy/przelewy24/status
callback POST /tpay/magento2/notification
callback POST /paypal/ipn/
callback GET /paypal/express/return?token=EC
cart GET /wishlist/
static GET /static/version1700000000/frontend/Magento/luma/pl_PL/css/styles-m.css
static GET /static/version1/frontend/Magento/luma/pl_PL/Magento_Checkout/js/checkout/cart.js
static GET /media/catalog/product/cache/1/image.jpg
static GET /skin/frontend/base/default/checkout/style.css

# OpenCart
page GET /index.php?route=product/product&product_id=40
page GET /index.php?route=common/home&language=pl-pl
cart GET /index.php?route=checkout/cart
cart POST /index.php?route=checkout/cart.add&language=en-gb
cart GET /index.php?route=common/cart/info
checkout GET /index.php?route=checkout/checkout
callback GET /index.php?route=checkout/success
callback POST /index.php?route=extension/payment/payu/callback
callback POST /index.php?route=extension/opencart/payment/paypal|callback
cart GET /index.php?route=account/account
checkout GET /index.php?route=account/login
admin GET /admin/index.php?route=common/dashboard
static GET /catalog/view/javascript/common.js
static GET /image/cache/catalog/demo/iphone-228x228.jpg

# How goods are handed over: a page that tells of it, or a step of the till
page GET /dostawa
page GET /pl/dostawa-i-platnosc
page GET /page/delivery
checkout GET /zamowienie/dostawa
checkout GET /koszyk/dostawa
checkout GET /checkout/shipping
checkout POST /dostawa

# Zen Cart
page GET /index.php?main_page=product_info&cPath=1&products_id=5
cart POST /index.php?main_page=product_info&products_id=5&action=add_product
cart GET /index.php?main_page=index&action=buy_now&products_id=5
cart GET /index.php?main_page=shopping_cart
checkout GET /index.php?main_page=checkout_shipping
checkout POST /index.php?main_page=checkout_process
callback GET /index.php?main_page=checkout_success
checkout GET /index.php?main_page=login
cart GET /index.php?main_page=account_history
callback POST /ipn_main_handler.php

# EverShop
page GET /category/women
page GET /product/nike-air
cart GET /cart
checkout GET /checkout
callback GET /checkout/success/abc
cart POST /api/cart/mine/items
cart GET /account
checkout GET /account/login
fragment GET /api/products
admin GET /admin/products
callback POST /api/stripe/webhook
static GET /assets/catalog/1/image.png

# Shopware 6
cart GET /checkout/cart
cart POST /checkout/line-item/add
cart GET /checkout/offcanvas
checkout GET /en/checkout/confirm
checkout POST /checkout/order
callback GET /checkout/finish?orderId=abc
callback GET /payment/finalize-transaction?_sw_payment_token=x
fragment GET /widgets/checkout/info
checkout GET /account/order
checkout GET /account/login
admin GET /admin
cart POST /store-api/search
cart GET /store-api/checkout/cart
static GET /bundles/storefront/assets/icon/default/bag.svg
static GET /theme/abc/css/all.css

# Sylius, Medusa, Vendure, Saleor, Drupal Commerce
cart GET /pl_PL/cart/
checkout GET /pl_PL/checkout/address
callback GET /pl_PL/order/thank-you
callback POST /payment/notify/unsafe/payu
callback POST /payment/notify/abcdef
checkout GET /payment/capture/abcdef
callback GET /pl_PL/order/after-pay
cart POST /store/carts
cart POST /store/carts/cart_01/line-items
checkout POST /store/carts/cart_01/complete
checkout POST /store/payment-collections
callback GET /pl/order/order_01/confirmed
callback POST /hooks/payment/stripe_stripe
checkout POST /auth/customer/emailpass
page GET /store/products?limit=5
cart POST /shop-api
fragment GET /shop-api?query=x
admin POST /admin-api
callback GET /checkout/confirmation/T_1
callback POST /payments/stripe
cart POST /graphql/
admin GET /dashboard/
callback POST /plugins/mirumee.payments.stripe/webhook
checkout GET /checkout/5/order_information
callback GET /checkout/5/complete

# Words that belong to somebody else
page GET /produkt/koszyk
page GET /kategoria/koszyk/
page GET /product/payment-terminal
page GET /blog/jak-zrobic-koszyk
page GET /cartoons
page GET /orders-of-magnitude
page GET /newsletter/dziekujemy
page GET /produkt/dziekujemy
page GET /success
page GET /return
page GET /error
page GET /administrator-handbook
callback GET /dziekujemy
callback GET /pl/dziekujemy
callback GET /sklep/dziekujemy.php
callback GET /koszyk/dziekujemy
callback POST /platnosc/powiadomienie
callback POST //module/przelewy24/paymentStatus
callback POST /payu/notify
callback POST /przelewy24/urlStatus
cart POST /callback
cart POST /cokolwiek
cart DELETE /anything
cart PROPFIND /
page OPTIONS /produkt/x
`

func TestRealPaths(t *testing.T) {
	c := Generic()
	platform := ""
	for line := range strings.Lines(realPaths) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if line[0] == '#' {
			platform = line[2:]
			continue
		}
		f := strings.Fields(line)
		path, query, _ := strings.Cut(f[2], "?")
		h := http.Header{"User-Agent": {"Mozilla/5.0"}}
		if strings.Contains(path, "/payments/stripe") {
			h.Set("Stripe-Signature", "t=1,v1=x")
		}
		if got := c.Classify(f[1], path, query, h); got.String() != f[0] {
			t.Errorf("%s: %s %s is %s, want %s", platform, f[1], f[2], got, f[0])
		}
	}
}

// A signature is one piece of evidence and needs another; what anybody can write
// into a header opens no lane.
func TestSignatureAloneIsNotEnough(t *testing.T) {
	c := Generic()
	for _, name := range signatures {
		h := http.Header{name: {"x"}}
		for path, want := range map[string]falochron.Class{
			"/payu":                  falochron.ClassCallback,
			"/callback":              falochron.ClassCallback,
			"/cokolwiek":             falochron.ClassCart,
			"/koszyk/dodaj":          falochron.ClassCart,
			"/zamowienie":            falochron.ClassCheckout,
			"/koszyk/..%2fcallback":  falochron.ClassCart,
			"/payu/..%2f..%2fkoszyk": falochron.ClassCheckout,
		} {
			if got := c.Classify("POST", path, "", h); got != want {
				t.Errorf("%s with %s: %s, want %s", path, name, got, want)
			}
		}
		if got := c.Classify("GET", "/callback", "", h); got == falochron.ClassCallback {
			t.Errorf("a GET with %s became a callback", name)
		}
	}
}

func TestOrderPagesAndReturns(t *testing.T) {
	c := Generic()
	for _, x := range []struct {
		path, query string
		order, back bool
	}{
		{"/zamowienie/dziekujemy", "nr=5", true, true},
		{"/checkout/order-received/55/", "key=x", true, true},
		{"/index.php", "route=checkout/success", true, true},
		{"/index.php", "main_page=checkout_success", true, true},
		{"/checkout/onepage/success/", "", true, true},
		{"/pl/potwierdzenie-zam%C3%B3wienia", "id_cart=5", true, true},
		{"/thank-you", "", true, true},
		{"/module/payu/cancel", "", false, true},
		{"/przelewy24/powrot", "", false, true},
		{"/", "wc-api=wc_gateway_tpay", false, false},
		{"/wc-api/wc_gateway_tpay/", "", false, true},
		{"/checkout", "", false, false},
		{"/newsletter/thank-you", "", false, false},
		{"/admin/order/success", "", false, false},
		{"/produkt/thank-you", "", false, false},
		{"/zwroty/return", "", false, false},
		{"/success", "", false, false},
		{"/x/..%2fthank-you", "", false, false},
		{"/order-received/../koszyk", "", false, false},
	} {
		if got := c.IsOrderPage("GET", x.path, x.query, 200); got != x.order {
			t.Errorf("order page %s?%s: %v", x.path, x.query, got)
		}
		if got := c.IsReturn("GET", x.path, x.query); got != x.back {
			t.Errorf("return %s?%s: %v", x.path, x.query, got)
		}
	}
	for _, x := range []struct {
		method string
		status int
	}{{"POST", 200}, {"HEAD", 200}, {"GET", 302}, {"GET", 404}, {"GET", 409}, {"GET", 500}} {
		if c.IsOrderPage(x.method, "/thank-you", "", x.status) {
			t.Errorf("%s answered %d counted as an order", x.method, x.status)
		}
	}
	if c.IsReturn("POST", "/thank-you", "") {
		t.Error("a POST is a return")
	}
}
