package forecast

// What one visitor asks of a shop, and how long a worker takes for a page. All are
// assumptions: no published figures were found; docs/forecast.md lists them.
const (
	filesEach                = 70       // pictures, scripts, styles
	pagesLow, pagesHigh      = 1.5, 2.5 // in the first minute
	callsLow, callsHigh      = 1, 3     // of each page, by scripts
	pageSeconds              = 0.3      // of one worker, for a page or a call
	pagesMiddle, callsMiddle = 2, 2
)

// Uncached is what a shop without a cache would be asked at the busiest moment: requests
// a second for files, and for pages and calls, that its workers have to make.
func (a *Answer) Uncached() (files, made Range) {
	p := a.Peak
	files = Range{Low: p.Low * filesEach, Mid: p.Mid * filesEach, High: p.High * filesEach}
	made = Range{Low: p.Low * pagesLow * (1 + callsLow), Mid: p.Mid * pagesMiddle * (1 + callsMiddle), High: p.High * pagesHigh * (1 + callsHigh)}
	return files, made
}

// Makes is how many pages and calls a second the shop's workers make without a cache; 0
// is not known, also where replicas are counted.
func (a *Answer) Makes() float64 {
	if a.Line == nil || a.Line.Replicas {
		return 0
	}
	return float64(a.Line.Have) / pageSeconds
}
