//go:build !race

package tally

const raced = false
