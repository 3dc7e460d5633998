//go:build race

package e2e

// raceSuffix keeps the program that looks for races apart from the other.
const raceSuffix = "-race"

var raceFlags = []string{"-race"}
