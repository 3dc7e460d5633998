package preset

import (
	"net/http"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// callbacks are the notifications of payment providers, and the pages on which
// people come back from paying, as each platform's extensions have them. A line is:
// class, method, path and query, and perhaps a sender. Notifications are POSTs;
// a GET is somebody who comes back and must be [Classifier.Return].
const callbacks = `
# woocommerce
callback POST /?wc-api=WC_Gateway_PayU
callback POST /wc-api/WC_Gateway_PayU/
callback POST /?wc-api=WC_Gateway_Przelewy24&order_id=5
callback POST /wc-api/wc_gateway_przelewy24
callback POST /wp-json/przelewy24/v1/notification
callback POST /?wc-api=wc_gateway_tpay
callback POST /pl/?wc-api=WC_Gateway_Tpay_Basic
callback POST /?wc-api=wc_stripe stripe
callback POST /wp-json/stripe/v1/webhook stripe
callback POST /?wc-api=WC_Gateway_Paypal
callback POST /wp-json/paypal/v1/incoming paypal
callback POST /?wc-api=wc_gateway_bluemedia
callback POST /?wc-api=wc_gateway_autopay
callback POST /?wc-api=WC_Gateway_ImojeBlik imoje
callback POST /?wc-api=imoje_blik imoje
callback POST /?wc-api=WC_Gateway_Pay_By_Paynow_PL paynow
callback POST /?wc-api=hotpay
callback POST /?wc-api=wc_gateway_hotpay
callback GET /zamowienie/order-received/55/?key=wc_order_x
callback GET /kasa/order-received/55/?key=wc_order_x&utm_nooverride=1
callback POST /checkout/order-received/55/?key=wc_order_x bank

# prestashop
callback POST /module/payu/notification payu
callback GET /module/payu/success?id_cart=5
callback POST /index.php?fc=module&module=payu&controller=notification payu
callback POST /pl/module/przelewy24/paymentStatus
callback GET /pl/module/przelewy24/paymentFinished?id_cart=5
callback GET /module/przelewy24/paymentSuccessful
callback GET /module/przelewy24/paymentFailed
callback POST /index.php?fc=module&module=przelewy24&controller=paymentStatus&id_lang=1
callback POST /module/tpay/notifications tpay
callback GET /module/tpay/confirmation
callback POST /module/stripe_official/webhook stripe
callback GET /module/stripe_official/orderConfirmationReturn?payment_intent=pi
callback GET /module/stripe_official/orderFailure
callback POST /module/paypal/ipn
callback GET /module/paypal/ecValidation?token=EC
callback POST /module/ps_checkout/DispatchWebHook
callback POST /module/bluepayment/status
callback GET /module/bluepayment/back?OrderID=5
callback POST /module/imoje/notification imoje
callback GET /module/imoje/success
callback POST /module/paynow/notifications paynow
callback GET /module/paynow/return
callback POST /module/hotpay/notification
callback GET /module/hotpay/return
callback GET /pl/potwierdzenie-zamowienia?id_cart=5&id_module=3&id_order=7&key=x
callback GET /index.php?controller=order-confirmation&id_cart=5&id_module=3&id_order=7&key=x

# magento2
callback POST /payu/payment/notify payu
callback POST /przelewy/przelewy24/status
callback GET /przelewy/przelewy24/returnUrl?ga=1
callback POST /magento2basic/tpay/notification tpay
callback POST /tpay/magento2/notification tpay
callback POST /stripe/webhooks stripe
callback POST /paypal/ipn/
callback GET /paypal/express/return?token=EC&PayerID=x
callback POST /bluepayment/processing/status
callback GET /bluepayment/processing/back?OrderID=5
callback POST /imoje/payment/notification imoje
callback POST /paynow/payment/notification paynow
callback POST /hotpay/payment/notification
callback POST /rest/V1/paynow/notification paynow
callback POST /rest/default/V1/tpay/notification tpay
callback GET /checkout/onepage/success/

# openmage
callback POST /przelewy/przelewy24/status
callback POST /payu/payment/orderNotifyRequest payu
callback POST /tpay/payment/notification tpay
callback POST /paypal/ipn/
callback GET /paypal/express/return/?token=EC
callback POST /stripe/webhooks stripe
callback POST /bluepayment/processing/status
callback POST /dotpay/notification
callback POST /imoje/notification imoje
callback POST /paynow/notification paynow
callback POST /hotpay/notification
callback GET /checkout/onepage/success/

# opencart
callback POST /index.php?route=extension/payment/payu/callback payu
callback POST /index.php?route=extension/payment/payu/ordernotify payu
callback POST /index.php?route=extension/payment/przelewy24/status
callback POST /index.php?route=extension/przelewy24/payment/przelewy24|status
callback POST /index.php?route=extension/payment/tpay/callback tpay
callback POST /index.php?route=extension/opencart/payment/paypal.callback
callback POST /index.php?route=extension/paypal/payment/paypal|webhook paypal
callback GET /index.php?route=extension/payment/pp_express/checkoutReturn&token=EC
callback POST /index.php?route=extension/payment/stripe/webhook stripe
callback POST /index.php?route=extension/payment/bluepayment/status
callback POST /index.php?route=extension/payment/imoje/notification imoje
callback POST /index.php?route=extension/payment/paynow/notifications paynow
callback GET /index.php?route=extension/payment/paynow/return
callback POST /index.php?route=extension/payment/hotpay/callback
callback GET /index.php?route=checkout/success&language=pl-pl

# zencart
callback POST /ipn_main_handler.php paypal
callback GET /ipn_main_handler.php?type=ec&token=EC&PayerID=x
callback POST /ppr_webhook.php paypal
callback GET /ppr_listener.php?op=return&token=x
callback GET /index.php?main_page=checkout_success

# evershop
callback POST /api/stripe/webhook stripe
callback POST /api/stripe/webhooks stripe
callback POST /api/paypal/webhook paypal
callback POST /api/payu/notify payu
callback POST /api/przelewy24/status
callback POST /api/tpay/notification tpay
callback GET /paypal/return/55?token=x
callback GET /paypal/cancel/55
callback GET /stripe/return?order_id=55
callback GET /checkout/success/abc-55

# shopware6
callback GET /payment/finalize-transaction?_sw_payment_token=x
callback POST /payment/finalize-transaction?_sw_payment_token=x bank
callback POST /api/_action/paypal/webhook/execute?sw-token=x paypal
callback POST /stripe-payment/webhook stripe
callback POST /payu/notify payu
callback POST /przelewy24/status
callback POST /tpay/notification tpay
callback POST /paynow/notification paynow
callback POST /imoje/notification imoje
callback POST /autopay/webhook
callback GET /checkout/finish?orderId=abc

# sylius
callback POST /payment/notify/unsafe/payu payu
callback POST /payment/notify/unsafe/przelewy24
callback POST /payment/notify/unsafe/tpay tpay
callback POST /payment/notify/unsafe/paynow paynow
callback POST /payment/notify/unsafe/imoje imoje
callback POST /payment/notify/0aBcDeFgHiJkLmNoPqRsTuVwXyZ0aBcDeFgHiJkLmNo
callback POST /payment-methods/my_stripe stripe
callback POST /payment-methods/payu
callback GET /pl_PL/order/after-pay/0aBcDe
callback GET /payment/capture/0aBcDeFgHiJkLmNoPqRsTuVwXyZ0aBcDeFgHiJkLmNo
callback GET /payment/authorize/0aBcDeFgHiJkLmNoPqRsTuVwXyZ0aBcDeFgHiJkLmNo
callback GET /order/after-pay?payum_token=x
callback GET /pl_PL/order/after-pay
callback GET /pl_PL/order/thank-you

# medusa
callback POST /hooks/payment/stripe_stripe stripe
callback POST /hooks/payment/paypal_paypal paypal
callback POST /hooks/payment/payu_payu payu
callback POST /hooks/payment/przelewy24
callback POST /hooks/payment/tpay_tpay tpay
callback GET /pl/order/order_01/confirmed

# vendure
callback POST /payments/stripe stripe
callback POST /payments/mollie/default-channel/3
callback POST /payments/paypal paypal
callback POST /payments/payu/notify payu
callback POST /payments/przelewy24/status
callback POST /payments/tpay tpay
callback POST /payments/paynow paynow
callback POST /payments/imoje imoje

# saleor
callback POST /plugins/mirumee.payments.stripe/webhook stripe
callback POST /plugins/channel/pln/saleor.payments.stripe/webhooks stripe
callback POST /plugins/channel/pln/mirumee.payments.adyen/webhooks
callback POST /plugins/channel/pln/payu/webhook payu
callback POST /plugins/channel/pln/przelewy24/notify
callback POST /plugins/channel/pln/tpay/notification tpay

# drupalcommerce
callback POST /payment/notify/payu payu
callback POST /payment/notify/przelewy24
callback POST /payment/notify/tpay tpay
callback POST /payment/notify/paypal_express_checkout
callback POST /payment/notify/stripe stripe
callback POST /pl/payment/notify/paynow paynow
callback POST /commerce_stripe/webhook/stripe stripe
callback GET /checkout/5/payment/return
callback GET /pl/checkout/5/payment/cancel
callback GET /checkout/5/complete

# hydrogen
page GET /products/pomadka

# generic
callback POST /payu/notify payu
callback POST /przelewy24/status
callback POST /tpay/notification tpay
callback POST /stripe/webhook stripe
callback POST /paypal/ipn
callback POST /autopay/status
callback POST /bluemedia/itn
callback POST /imoje/notification imoje
callback POST /paynow/notification paynow
callback POST /hotpay/notify
callback POST /blik/status
callback GET /platnosc/powrot
callback GET /zamowienie/dziekujemy
`

var senders = map[string]http.Header{
	"payu": {"Openpayu-Signature": {"x"}}, "tpay": {"X-Jws-Signature": {"x"}}, "stripe": {"Stripe-Signature": {"x"}},
	"paypal": {"Paypal-Transmission-Sig": {"x"}}, "imoje": {"X-Imoje-Signature": {"x"}}, "paynow": {"Signature": {"x"}},
	"bank": fromBank,
}

func TestCallbacksOfEachPlatform(t *testing.T) {
	seen := map[string]bool{}
	var c *Classifier
	for line := range strings.Lines(callbacks) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if f[0] == "#" {
			p, ok := Named(f[1])
			if !ok {
				t.Fatalf("no platform %s", f[1])
			}
			c, seen[f[1]] = mustNew(t, p), true
			continue
		}
		path, query, _ := strings.Cut(f[2], "?")
		q := Request{Method: f[1], Host: "shop.example", Path: path, Query: query}
		if len(f) > 3 {
			if q.Header = senders[f[3]]; q.Header == nil {
				t.Fatalf("no sender %s", f[3])
			}
		}
		class := c.Class(q)
		if class.String() != f[0] {
			t.Errorf("%s: %s %s is %s, want %s", c.Platform().Name, f[1], f[2], class, f[0])
		}
		if class == falochron.ClassCallback && f[1] == "GET" && !c.Return(q) {
			t.Errorf("%s: GET %s is no return", c.Platform().Name, f[2])
		}
	}
	for _, p := range Platforms() {
		if !seen[p.Name] {
			t.Errorf("%s is not tested", p.Name)
		}
	}
}

func mustNew(t testing.TB, p *Platform) *Classifier {
	t.Helper()
	c, err := New(p, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
