//go:build race

package tally

const clients = 300_000 // ten million take minutes under the race detector
