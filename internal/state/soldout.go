package state

// SoldOut are the paths of articles that are known to be sold out in a shop, as the data
// folder dir has them; nil if nothing is known. It takes nothing into use and locks
// nothing, so that it can be asked beside the program that has the folder.
func SoldOut(dir, shop string) map[string]bool {
	s := &Shop{name: shop, dir: shopFolder(dir, shop)}
	f, err := s.readOrders()
	if err != nil || f == nil {
		return nil
	}
	out := make(map[string]bool, len(f.SoldOut))
	for _, path := range f.SoldOut {
		out[path] = true
	}
	return out
}
