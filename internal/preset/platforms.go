package preset

// GenericName is the platform of a shop nobody has described.
const GenericName = "generic"

// Platforms returns all presets, sorted by name, generic last.
func Platforms() []*Platform {
	return []*Platform{
		drupalcommerce(), evershop(), hydrogen(), magento2(), medusa(), opencart(), openmage(), prestashop(),
		saleor(), shopware6(), sylius(), vendure(), woocommerce(), zencart(), generic(),
	}
}

// Named returns the preset of that name; false if there is none.
func Named(name string) (*Platform, bool) {
	for _, p := range Platforms() {
		if p.Name == name {
			return p, true
		}
	}
	return nil, false
}

// Asks returns what to ask a shop whose front page does not tell whose software it
// runs: paths with their queries, for [Recognise].
func Asks() []string {
	var paths []string
	for _, p := range Platforms() {
		if p.Ask != "" {
			paths = append(paths, p.Ask)
		}
	}
	return paths
}
