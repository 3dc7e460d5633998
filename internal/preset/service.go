package preset

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
)

// service is an entry for programs that sell or send for the shop: ERP,
// couriers, marketplaces. Credentials free a request of the line at such an
// entry only, and only in the form that its software knows: at the paths that
// a shop's own pages use, they are just a header that anybody can write.
type service uint8

const (
	noService   service = iota
	wooService          // WooCommerce: /wp-json/wc/v3/orders; not /wp-json/wc/store
	prestaShop          // PrestaShop: /api/orders; storefronts of others may have such a path
	prestaOnly          // PrestaShop: /api/stock_availables
	magentoREST         // Magento: /rest/V1/orders, /rest/pl/async/bulk/V1/products
)

// serviceOf recognises such an entry in a folded path.
func serviceOf(path []byte) service {
	first, path := nextSegment(path)
	for languagePrefix(first) || neutralFirst(first) {
		first, path = nextSegment(path)
	}
	second, path := nextSegment(path)
	third, path := nextSegment(path)
	switch string(first) {
	case "wp-json":
		if string(second) == "wc" && version(third) {
			return wooService
		}
	case "api":
		if !prestaResource(second) {
			return noService
		}
		if bytes.IndexByte(second, '_') >= 0 {
			return prestaOnly
		}
		return prestaShop
	case "rest":
		for range 4 { // after the store's code, async and bulk, if they are there
			if version(second) {
				return magentoREST
			}
			second = third
			third, path = nextSegment(path)
		}
	}
	return noService
}

// neutralFirst recognises the folders and the script a shop may lie below.
func neutralFirst(s []byte) bool {
	switch string(s) {
	case "sklep", "shop", "store", "index.php":
		return true
	}
	return false
}

// nextSegment returns the next segment of a folded path that is not empty, and
// what follows it.
func nextSegment(path []byte) (segment, rest []byte) {
	for len(segment) == 0 && len(path) > 0 {
		segment, path = cutSegment(path)
	}
	return segment, path
}

// version recognises v1, v2...
func version(s []byte) bool {
	if len(s) < 2 || len(s) > 3 || s[0] != 'v' {
		return false
	}
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// prestaResource reports whether PrestaShop's web service has this resource
// (WebserviceRequest::getResources); those of use to a partner of the shop.
func prestaResource(s []byte) bool {
	switch string(s) {
	case "addresses", "carriers", "carts", "categories", "combinations", "customers", "customer_messages",
		"customer_threads", "images", "manufacturers", "messages", "order_carriers", "order_details", "order_histories",
		"order_invoices", "order_payments", "order_slip", "order_states", "orders", "product_features", "product_options",
		"product_option_values", "products", "specific_prices", "stock_availables", "stocks", "stores", "suppliers", "taxes":
		return true
	}
	return false
}

// The keys that a query may carry.
const (
	wooKey uint8 = 1 << iota
	prestaKey
)

// credentials reports whether the request carries what its service asks for.
// It proves nothing here: only the shop can check it. Where the path could be a
// storefront's, too, a link with a key is not enough, and what a buyer would
// write stays in the line.
func (r *reading) credentials(how manner, h http.Header) bool {
	says := r.says
	switch {
	case r.service == noService || r.untidy:
		return false
	case r.service == wooService && r.keys&wooKey != 0, r.service == prestaOnly && r.keys&prestaKey != 0:
		return true
	case r.service == magentoREST && says&(cart|checkout|login) != 0:
		return false
	case r.service == prestaShop && (says&cart != 0 || !how.safe && says&(checkout|account|login) != 0):
		return false
	}
	for _, v := range h["Authorization"] {
		switch r.service {
		case wooService:
			if hasFold(v, "basic ") {
				return true // a key and its secret, or an application password
			}
		case prestaShop, prestaOnly:
			if hasFold(v, "basic ") && prestaLogin(v[len("basic "):]) {
				return true
			}
		case magentoREST:
			if hasFold(v, "oauth ") && strings.Contains(v, "oauth_consumer_key") {
				return true
			}
		}
	}
	return false
}

// prestaLogin recognises a web service key with any password, in base64.
func prestaLogin(credentials string) bool {
	var coded, plain [96]byte
	if len(credentials) > len(coded) {
		return false
	}
	n, err := base64.StdEncoding.Decode(plain[:], coded[:copy(coded[:], credentials)])
	return err == nil && n > prestaKeyLength && plain[prestaKeyLength] == ':' && prestaKeyed(string(plain[:prestaKeyLength]))
}

// prestaKeyLength is the length of a web service key (WebserviceKey::$key).
const prestaKeyLength = 32

func prestaKeyed(s string) bool {
	if len(s) != prestaKeyLength {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
