package preset

import (
	"net/http"

	"github.com/falochron/falochron"
)

// The classifier as most tests ask it: without a host.

// Classify is Class for a caller that does not know the shop's name: the form
// of a bank's page is then known by fetch metadata only.
func (c *Classifier) Classify(method, escapedPath, rawQuery string, h http.Header) falochron.Class {
	return c.Class(Request{Method: method, Path: escapedPath, Query: rawQuery, Header: h})
}

// IsOrderPage is OrderPage for a caller without the request's header: GET only.
func (c *Classifier) IsOrderPage(method, escapedPath, rawQuery string, status int) bool {
	return c.OrderPage(Request{Method: method, Path: escapedPath, Query: rawQuery}, status)
}

// IsReturn is Return for a caller without the request's header: of the POSTs it
// knows only those that the owner's rules name.
func (c *Classifier) IsReturn(method, escapedPath, rawQuery string) bool {
	return c.Return(Request{Method: method, Path: escapedPath, Query: rawQuery})
}
