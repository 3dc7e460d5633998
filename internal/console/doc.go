// Package console holds the pages for people who run a shop: the live page, the
// login page, and a storybook of both with canned data.
//
// It decides what an operator sees and in which words, Polish or English. The
// pages get their data from the control API in the browser; this package serves
// committed files and templates and knows neither shops nor tokens.
//
// Its one invariant: a page loads nothing from anywhere else, and runs no script
// and no style that is not one of the files here (the policy says so to the
// browser). Each number is also a text, each chart also a table.
//
// It refuses to decide who may look (control does that before it calls) and to
// show what is not known: then it says "not known".
//
// Read [Handler] first, then assets/live.js.
package console
