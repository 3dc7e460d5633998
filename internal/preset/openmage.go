package preset

import "github.com/falochron/falochron"

// openmage is Magento 1, kept alive. Everybody gets a session, which forbids to
// store any page. Whatever fills the cart, links included, holds a key of the
// session: pages with one are for one visitor only.
func openmage() *Platform {
	return &Platform{
		Name: "openmage", Title: "OpenMage",
		Sources: []string{
			"OpenMage: Mage_Core_Controller_Front_Action, Mage_Core_Model_App, Mage_Core_Model_Store, template page/html/head.phtml",
			"Nexcess Turpentine: the VCL",
		},
		Signs: []Sign{
			{In: InCookie, Name: "om_frontend", Strong: true},
			{In: InBody, Text: "Mage.Cookies.path", Strong: true},
			{In: InBody, Text: "/skin/frontend/"},
		},
		Routes: []Route{
			{Pattern: "/directory/currency/**", Class: falochron.ClassCart}, // chooses one, by GET
			{Pattern: "/**?___store=*", Class: falochron.ClassCart},         // the same for the store
		},
		Kinds: []Kind{{
			Name: "page", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
			Marks: []string{` cms-index-index `, ` cms-page-view `, ` catalog-category-view `},
			Never: []string{"form_key"},
		}},
		Cookies: Cookies{
			Opaque: []string{"om_frontend", "frontend"}, // the latter of Magento 1
			Form:   []string{"store"},                   // the currency is in the session: the cookie of that name chooses nothing
		},
		Params: []string{"SID"},
	}
}
