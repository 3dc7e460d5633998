package preset

import "strings"

// trait is what one path segment, or one word of a query, says.
type trait uint32

const (
	cart      trait = 1 << iota // shows or changes the cart
	checkout                    // leads to an order
	account                     // a customer's own pages
	login                       // signing in or up
	admin                       // back office
	payment                     // paying, or a payment provider's name
	notify                      // certainly a notification between machines
	ask                         // a notification if it is about a payment
	thanks                      // certainly the page after an order
	thank                       // the page after an order, unless it thanks for something else
	caller                      // a notification if it is signed
	done                        // success, if it is of an order or a payment
	back                        // the way back from the bank, if it is about a payment
	api                         // an interface for programs; browsers' scripts use it too
	machine                     // surely not a browser: cron jobs, XML-RPC, web services
	fragment                    // a piece of a page
	catalogue                   // the next word is the name of a product or a category
	files                       // a folder of files
	neutral                     // a shop's own first folder; says nothing
	section                     // Magento: customer/section/load
	endpoint                    // WooCommerce: a page of thanks that every page can become
	form                        // what a shop's own form may be sent to as well
	outlet                      // a folder where every extension has its own entry
	handing                     // how goods are handed over: a step of the till beside its words or by POST, else a page that tells of it

	personal   = cart | checkout | account | login | admin | payment | notify | thanks
	aboutOrder = cart | checkout | payment
)

// vocabulary lists the words by what they say: lower case, without Polish
// diacritics (zamówienie is found as zamowienie) and without .php or .html.
// Sources: default and translated routes of WooCommerce, PrestaShop, Magento 2,
// OpenMage, OpenCart, Zen Cart, EverShop, Shopware 6, Sylius, Medusa, Vendure,
// Saleor and Drupal Commerce, and their payment modules' documentation.
var vocabulary = [...]struct {
	says  trait
	words string
}{
	{cart, `cart carts basket shopping-cart shopping_cart shoppingcart my-cart mini-cart minicart guest-carts
		add-to-cart add_to_cart addtocart add2cart add-cart add_cart addcart
		add-to-basket add_to_basket addtobasket add-to-bag add_to_bag addtobag ps_shoppingcart line-item line-items offcanvas
		koszyk moj-koszyk koszyk-zakupow dodaj-do-koszyka dodaj_do_koszyka dodajdokoszyka
		do-koszyka do_koszyka dokoszyka kosik warenkorb panier carrello carrito cesta winkelwagen wishlist lista-zyczen
		add_product buy_now update_product remove_product multiple_products_add_product cust_order`},
	{checkout, `checkout checkouts onepage onestepcheckout one-step-checkout onepagecheckout firecheckout order place-order
		order-pay quick-order quickorder guest-checkout guest_checkout checkout_shipping checkout_payment
		checkout_confirmation checkout_process checkout_shipping_address checkout_payment_address ps_checkout
		payment-information set-payment-information shipping-information payment-methods payment-sessions payment-collections
		shipping-methods shipping-options
		kasa zamowienie zloz-zamowienie skladanie-zamowienia szybkie-zamowienie podsumowanie podsumowanie-zamowienia
		zamow do-kasy`},
	{handing, `shipping delivery dostawa wysylka sposob-dostawy dostawa-i-platnosc`},
	{account, `account accounts my-account myaccount customer customers user users profile identity address addresses
		order-history order-follow order-slip order-detail orders guest-tracking pdf-invoice
		account_edit account_history account_history_info account_password account_newsletters address_book
		address_book_process gv_redeem gv_send
		konto moje-konto twoje-konto mojekonto klient profil dane-osobiste adres adresy zamowienia moje-zamowienia
		historia-zamowien szczegoly-zamowienia sledzenie-zamowienia sledzenie-zamowienia-gosc faktura faktury`},
	{login, `login log-in signin sign-in logoff logout register registration signup sign-up create_account create-account
		authentication auth oauth password password_forgotten lost-password forgot-password reset-password
		logowanie zaloguj zaloguj-sie wyloguj rejestracja zarejestruj haslo odzyskiwanie-hasla`},
	{admin, `admin wp-admin wp-login administrator admin-api admin-dev backend backoffice back-office dashboard
		adminhtml zaplecze`},
	{payment, `payment payments pay paynow payu payu_payment payupl payuapi przelewy24 przelewy p24 tpay tpaycom transferuj
		blik imoje autopay bluemedia bluepayment dotpay hotpay cashbill espago paypal stripe stripe_official adyen mollie
		klarna braintree worldpay paypo twisto googlepay google-pay applepay apple-pay 3ds 3dsecure
		platnosc platnosci zaplac zaplata oplac wc-api ps_checkout`},
	{notify, `notify notification notifications webhook webhooks hooks ipn ipn_handler ipn_main_handler itn wc-api
		urlstatus url-status url_status paymentstatus payment-status payment_status paymentnotification
		payment-notification payment-notify ordernotify dispatchwebhook
		powiadomienie powiadomienia notyfikacja notyfikacje`},
	{ask, `callback callbacks status statuses validation response result report inform hook`},
	{caller, `callback callbacks hook inform`},
	{thanks, `order-received order-confirmation order-confirmed order-complete order-completed order-success order_success
		order-placed checkout_success checkout-success order-thank-you orderconfirmation
		zamowienie-otrzymane zamowienie-przyjete zamowienie-zlozone zamowienie-zakonczone potwierdzenie-zamowienia
		zamowienie-potwierdzenie dziekujemy-za-zamowienie dziekujemy-za-zakupy dziekujemy-za-zakup dziekujemy-za-zlozenie-zamowienia
		podziekowanie-za-zamowienie`},
	{thank, `thank-you thankyou thank_you thanks dziekujemy dziekuje podziekowanie podziekowania`},
	{done, `success complete completed confirmed confirmation finish finished finalize finalized potwierdzenie sukces
		zakonczone after-pay paymentfinished paymentconfirmed paymentsuccessful`},
	{back, `return returnurl return-url return_url back continue continueurl finalize-transaction redirect cancel
		cancelled canceled failure failed error powrot anuluj anulowano blad paymentfailed
		orderfailure orderconfirmationreturn checkoutreturn ecvalidation`},
	{api, `api rest wp-json graphql shop-api store-api admin-ajax ajax`},
	{machine, `xmlrpc wp-cron cron webservice webservices soap wsdl baselinker`},
	{fragment, `widgets esi`},
	{catalogue, `product products category categories product-category product-tag collections collection tag
		produkt produkty kategoria kategorie kategoria-produktu tag-produktu`},
	{files, `static assets media img images image js css font fonts dist build bundles skin theme themes templates
		wp-content wp-includes uploads thumbnail thumbnails _next _nuxt catalog modules pub obrazy obrazki grafika zdjecia`},
	{endpoint, `order-received zamowienie-otrzymane`},
	{form, `complete confirmation finish finalize potwierdzenie continue redirect validation`},
	{outlet, `module modules plugins`},
	{neutral, `sklep shop store index`},
}

// lexicon turns the vocabulary into a map. A word may say several things.
func lexicon() map[string]trait {
	m := make(map[string]trait, 512)
	for _, v := range vocabulary {
		for w := range strings.FieldsSeq(v.words) {
			m[w] |= v.says
		}
	}
	return m
}

// fileEndings are the extensions that a web server hands out from a folder.
// Documents and archives are not among them: an invoice is a file, too.
func fileEndings() map[string]bool {
	m := make(map[string]bool, 64)
	for w := range strings.FieldsSeq(`css js mjs map wasm webmanifest
		png jpg jpeg jpe gif webp avif svg svgz ico bmp tif tiff apng jxl heic
		woff woff2 ttf otf eot
		mp4 m4v webm ogv mov mp3 m4a ogg oga wav flac aac vtt`) {
		m[w] = true
	}
	return m
}
