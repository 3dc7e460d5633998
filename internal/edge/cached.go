package edge

// answer serves from the cache what need not reach the shop.
func (x *exchange) answer() bool { return false }
