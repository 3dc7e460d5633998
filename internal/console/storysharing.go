package console

import (
	"time"

	"github.com/falochron/falochron"
)

// storySharing is what is known of a shop's pages, field by field as the control
// API writes it.
type storySharing struct {
	falochron.Sharing
	Kinds []storyKind `json:"kinds"`
}

type storyKind struct {
	falochron.SharedKind
	Shared bool   `json:"shared"`
	Reason string `json:"reason,omitempty"`
	Asks   bool   `json:"asks"`
}

func sharingStory(s falochron.Sharing, kinds ...falochron.SharedKind) *storySharing {
	out := &storySharing{Sharing: s, Kinds: []storyKind{}}
	for _, k := range kinds {
		may, why := k.MayShare(storyNow)
		out.Kinds = append(out.Kinds, storyKind{k, may, why, why == "owner-not-asked"})
	}
	return out
}

// openShop forbids little: all is shared without anybody's word, but what a plugin of
// it forbids.
func openShop() *storySharing {
	at := storyNow.Add(-5 * time.Hour)
	return sharingStory(falochron.Sharing{
		Platform: "woocommerce", Title: "WooCommerce", Evidence: "proven",
		Signs: []string{"body has /wp-content/plugins/woocommerce/", "field Link has wp-json"},
	},
		falochron.SharedKind{Name: "page", Checked: at, Passed: true, Why: "3 pages of this kind were compared: what two strangers get differs in nothing that matters", Spans: []falochron.Span{
			{Page: "/product/raspberry/", Where: "attribute id of input", Harmless: true, A: "quantity_674600aa1c", B: "quantity_674600b02f"},
		}},
		falochron.SharedKind{Name: "fragments", Forbidden: true, Seen: true, Exempt: true, Checked: at, Passed: true, Why: "the same"},
		falochron.SharedKind{Name: "products", Forbidden: true, Seen: true, Checked: at, Passed: true, Why: "the same"},
	)
}

// askingShop forbids to store everything; one kind waits for the owner's word.
func askingShop() *storySharing {
	at := storyNow.Add(-3 * time.Hour)
	cart := falochron.Span{Page: "/index.php?route=product/product&product_id=40", Where: "cart in div#header-cart", Harmless: true, A: "0 items - 0,00 zł", B: "1 item - 39,00 zł", WithCart: true}
	return sharingStory(falochron.Sharing{
		Platform: "opencart", Title: "OpenCart", Evidence: "read", Signs: []string{"cookie OCSESSID", "body has catalog/view/javascript/"},
	},
		falochron.SharedKind{Name: "home", Forbidden: true, Checked: at, Passed: true, Why: "the same", Spans: []falochron.Span{cart}, Confirmed: at.Add(time.Hour)},
		falochron.SharedKind{Name: "product", Forbidden: true, Checked: at, Passed: true, Why: "the same", Spans: []falochron.Span{
			{Page: cart.Page, Where: "known review_token in script", Harmless: true, A: "…review_token=5bd2f1", B: "…review_token=9c07aa"}, cart,
		}},
		falochron.SharedKind{Name: "category", Forbidden: true, Checked: storyNow.Add(-30 * time.Hour), Passed: true, Why: "the same", Confirmed: at},
		falochron.SharedKind{Name: "seo", Forbidden: true, Why: "no page of this kind was compared"},
	)
}

// freshShop has just been compared: all that passed waits for the owner's word.
func freshShop() *storySharing {
	at := storyNow.Add(-time.Minute)
	return sharingStory(falochron.Sharing{
		Platform: "opencart", Title: "OpenCart", Evidence: "read", Signs: []string{"cookie OCSESSID"}, Asked: at,
	},
		falochron.SharedKind{Name: "home", Forbidden: true, Checked: at, Passed: true, Why: "the same"},
		falochron.SharedKind{Name: "category", Forbidden: true, Checked: at, Passed: true, Why: "the same"},
		falochron.SharedKind{Name: "product", Forbidden: true, Checked: at, Passed: true, Why: "the same"},
		falochron.SharedKind{Name: "seo", Forbidden: true, Why: "no page of this kind was compared"},
	)
}

// closedShop has pages that belong to one visitor each.
func closedShop() *storySharing {
	at := storyNow.Add(-time.Hour)
	page := "/index.php?main_page=product_info&products_id=7"
	return sharingStory(falochron.Sharing{
		Platform: "zencart", Title: "Zen Cart", Evidence: "read", Set: true,
		Refused: "look at perfumy.example: the shop answers 429 Too Many Requests; it counts requests by address: tell it to trust X-Forwarded-For from Falochron",
	},
		falochron.SharedKind{Name: "product", Forbidden: true, Checked: at, Harm: true, Why: "a form is made for one visitor", Spans: []falochron.Span{
			{Page: page, Where: "form field securityToken value", A: "82d0f1c5e7", B: "1f67ab03cc"},
			{Page: page, Where: "comment", Harmless: true, A: "Parse time 0.181", B: "Parse time 0.164"},
		}},
	)
}

// unknownShop is one that nobody has described. Its pages were compared.
func unknownShop() *storySharing {
	return sharingStory(falochron.Sharing{Platform: "generic", Title: "a shop nobody has described", Evidence: "read"},
		falochron.SharedKind{Name: "page", Unproven: true, Checked: storyNow.Add(-time.Hour), Passed: true, Why: "the same"})
}
