// Package ical reads and writes the text of calendars, iCalendar (RFC 5545): lines and
// their folding, escaping, parameters, moments and time zones. What an event means is
// decided elsewhere.
//
// It is a pure room: bytes in, values out.
package ical
