// Package console holds the pages for people: the live page and the login page
// of those who run a shop, the pages of the campaign room of all who make a
// campaign together, and a storybook of all of them with canned data.
//
// It decides what is seen and in which words, Polish or English. The live page
// gets its data from the control API in the browser. A page of the campaign room
// is made here from a [View], a plain value that somebody else has filled, and
// works without a script. This package serves committed files and templates and
// knows neither shops nor tokens.
//
// Its one invariant: a page loads nothing from anywhere else, and runs no script
// and no style that is not one of the files here (the policy says so to the
// browser). Each number is also a text, each chart also a table.
//
// It refuses to decide who may look (control does that before it calls) and to
// show what is not known: then it says "not known".
//
// Read [Handler] first, then assets/live.js; for the campaign room [View], then
// [Pages.Show] and vessels.go.
package console
