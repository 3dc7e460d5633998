//go:build !race

package e2e

const raceSuffix = ""

var raceFlags []string
