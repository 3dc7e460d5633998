// Package accept is the front door: the listening socket, TLS, what HTTP a
// visitor may speak, and who he is.
//
// Its one invariant: a request that reaches the handler is unambiguous. Its
// framing has one reading, its Host is a host, and the address it comes from
// is the peer's, or was vouched for by a proxy the operator listed. It refuses
// to decide anything about a request that is fit to be looked at.
//
// Read [Listen] first, then [Trust.Client].
package accept
