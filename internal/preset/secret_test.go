package preset

import "testing"

// What nobody can guess, and not the number or the name of an article.
func TestSecretPath(t *testing.T) {
	for p, want := range map[string]bool{
		"/20261126-promocja": false, "/12345678-lipstick": false, "/detail/0189fa7c3d2b4e5f9a7c1b2d3e4f5a6b": true,
		"/550e8400-e29b-41d4-a716-446655440000": true, "/p/4006381333931-black": false, "/cafe2026bebe-kolekcja": false,
		"/order/abc-20261126-a1b2c3d4e5f60718": true, "/x/q7w8e9r1t2y3u4i5": true, "/reset/12345678-q7w8e9r1t2y3u4i5": true,
	} {
		if got := secretPath([]byte(p)); got != want {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
}
