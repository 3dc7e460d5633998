// Package page holds everything a fan sees from Falochron itself: the waiting
// page, the error pages, their JSON twins for scripts, and the small script that
// keeps a line from being silent together with the reader that puts it into a
// shop's pages.
//
// It decides words and looks only: the state of a place, the numbers and the
// addresses come in as a [View] or [ErrorView]; nothing here knows the room, the
// tickets or the shop.
//
// Invariant: whatever text comes in (article, path, shop's name), it leaves
// escaped, the page stays under 14 KB with its header fields, names no other host,
// and works without JavaScript. Nothing here sets a cookie, reads a clock or keeps state between
// requests; a [Pages] is safe for concurrent use.
//
// Read [Pages.Waiting] first, then [View]; [NewInjector] stands by itself.
package page
