//go:build !race

package tally

const clients = 10_000_000
