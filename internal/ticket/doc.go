// Package ticket makes and opens the signed tickets that visitors carry: one
// for waiting, one for being inside. They travel as cookies, or in the URL where
// cookies are refused.
//
// All that a visitor must keep is in the ticket, so that a restart loses no
// place. Its one invariant: what an Open function returns was sealed by us, for
// this shop, for this purpose, in this epoch, and is not past its life.
//
// It refuses to say where a visitor stands (that is the room's business) and to
// carry anything that leads off the shop's own host.
//
// The wire form is base64url without padding of: version(1) key id(2) body
// MAC(16). The MAC is HMAC-SHA256 over all before it, cut to 128 bits, with a
// key derived by HKDF-SHA256 from the ring's key, the shop's name and the
// purpose: a waiting ticket is no inside ticket, and a ticket of one shop is
// worthless at another. Test vectors are in testdata/vectors.json.
//
// Read [Sealer] first.
package ticket
