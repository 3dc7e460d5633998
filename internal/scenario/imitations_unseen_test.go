package scenario

// unseen are the beginnings of rules that nobody can feel at an imitation, by the
// reason why not.
// What is written down about each software in the tests of its preset misses them.
func unseen(as string) map[string][]string {
	const (
		absent = "the imitation has nothing of the kind"
		wider  = "without its pattern the kind is of more pages, and none of those is anybody's own without a mark"
		silent = "the imitation shares nothing that it could be about"
	)
	switch as {
	case "evershop":
		return map[string][]string{
			wider: {"pattern of page-data: /**?ajax=true"},
			"the order reaches the shop as one that fills a cart does": {"route: /api/orders"},
			absent: {
				"route: /paypal/proccessing/*", "route: /images?src=*", "parameter: changeset",
			},
		}
	case "hydrogen":
		return map[string][]string{
			absent: {"route: /discount/*", "harmless cookie: _shopify_y", "harmless cookie: _shopify_s", "graphql: /api/*/graphql.json"},
			silent: {"route: /cart.data"},
		}
	case "magento2":
		return map[string][]string{
			"the imitation calls its pages public, and is taken at its word": {
				`mark of page:  class="catalog-product-view `, "mark of page:  catalog-category-view page-layout-",
				"mark of page:  cms-index-index page-layout-", "mark of page:  cms-page-view page-layout-",
			},
			absent: {
				"field: Store", "field: Content-Currency", "field: X-Magento-Cache-Id", "order: POST /graphql ", "graphql: /graphql",
			},
		}
	case "medusa":
		return map[string][]string{
			absent: {
				"personal cookie: connect.sid", "parameter: cart_id",
			},
			wider: {"pattern of products: /store/products/**"},
		}
	case "vendure":
		return map[string][]string{
			absent: {"route: /payments/mollie/**", `order: POST /shop-api "state":"PaymentSettled"`},
			silent: {"personal cookie: session", "graphql: /shop-api"},
		}
	}
	return nil
}
