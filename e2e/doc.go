// Package e2e tests Falochron where a fan meets it: in a real browser.
//
// It is a module of its own, so that the browser's driver never becomes a
// dependency of the program. It holds the start of Chromium, of axe-core (the
// accessibility checker) and of the built program; it decides nothing. Its one
// rule: where CI=true, a missing browser or tool fails a test, never skips it.
// Read [Browser] first.
package e2e
