package preset

// generic is a shop nobody has described: the words alone say what a request is
// for. It has no kinds: what is kept is what the shop itself calls public.
func generic() *Platform {
	return &Platform{Name: GenericName, Title: "a shop nobody has described", Sources: []string{"HTTP (RFC 9110, RFC 9111)"}}
}
