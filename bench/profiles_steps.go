package main

import (
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// step is one purpose that an answer's costs are put down to.
type step struct {
	name string
	what string   // for people
	is   []string // functions, files and folders; see [frame.is]
	// under, if set: only when a function of this name is further out. It tells the
	// shop's connections from the visitors'.
	under string
}

// fromTheTransport is where all work on connections to the shop begins.
const fromTheTransport = "net/http.(*persistConn)"

// costSteps is the map from code to purpose: first what is done for a request, about in
// the order of its way, then what the connection, the system and Go's runtime do. A
// sample goes to the innermost of its functions that any step claims, and of the steps
// that claim it to the first. So what has no purpose by itself (a map, a string, a hash,
// a lock) is counted to whoever asked for it.
func costSteps() []step {
	return []step{
		{name: "reading the request", what: "parsing it, and whether it can be read in one way only", is: []string{
			"net/http.(*conn).readRequest", "net/http.readRequest", "net/http.(*body)", "internal/edge/accept/guard.go", "internal/edge/accept/limits.go", "internal/edge/accept/host.go"}},
		{name: "beginning", what: "the request's own state, its id, which shop and which address", is: []string{
			"internal/edge.(*Server).ServeHTTP", "internal/edge.(*Server).begin", "internal/edge.(*Server).shopFor", "internal/edge/dice.go", "internal/edge/accept.Trust", "internal/edge/accept/forwarded.go", "internal/edge/accept/proxy.go"}},
		{name: "ticket", what: "finding tickets in cookies, their seals, new ones", is: []string{
			"internal/ticket/", "internal/edge.(*exchange).findTicket", "internal/edge.(*exchange).dropOurs"}},
		{name: "whose and what for", what: "the request's class by its words, and what the visitor's cookies say", is: []string{
			"internal/preset/", "internal/edge/identify.go", "internal/edge/marks.go", "internal/edge/altered.go", "internal/edge/landing.go", "internal/edge/platform.go",
			"internal/edge/untrue.go", "internal/edge/thanks.go", "internal/edge.navigation"}},
		{name: "cache", what: "may it be shared, the key, the look-up, the stored answer's header", is: []string{
			"internal/cache/", "internal/fresh/", "internal/edge/cached.go", "internal/edge/policy.go", "internal/edge/says.go", "internal/edge/pause.go", "internal/edge/gather.go"}},
		{name: "place in line", what: "the room, and the visitor's standing in it", is: []string{
			"internal/room/", "internal/edge/enter.go", "internal/edge/line.go", "internal/edge/own.go", "internal/edge/gate.go", "internal/edge/mint.go"}},
		{name: "reloads", what: "is the same page being made for this visitor already", is: []string{"internal/edge/reload.go"}},
		{name: "admission", what: "the limit, the lanes, the slot at the shop, who is inside", is: []string{
			"internal/admit/", "internal/edge/admit.go", "internal/edge/slot.go", "internal/edge/alone.go", "internal/edge/sessions.go"}},
		{name: "proxy", what: "which replica, the headers there and back, copying the body, deciding whether to flush", is: []string{
			"net/http/httputil.", "internal/origin/", "internal/edge/forward.go", "internal/edge/ordered.go", "internal/edge/limited.go"}},
		{name: "shop's connection", what: "net/http's client: writing the request to the shop, reading the answer's header, the pool of connections", is: []string{
			"net/http.(*Transport)", fromTheTransport, "net/http.persistConnWriter", "net/http.ReadResponse", "net/http.(*bodyEOFSignal)", "net/http.(*Request).write",
			"net/http.(*transferWriter)", "net/http.newTransferWriter"}},
		{name: "script and compression", what: "putting the script into a page, compressing it", is: []string{
			"internal/edge/page/inject.go", "internal/edge/page/scan.go", "internal/edge/page/caninject.go", "internal/edge/script.go", "compress/"}},
		{name: "waiting page and status", what: "the edge's own answers, their words and header", is: []string{"internal/edge/page/"}},
		{name: "writing the answer", what: "header and body as bytes, buffers", is: []string{
			"net/http.(*response)", "net/http.(*chunkWriter)", "net/http.checkConnErrorWriter", "net/http.(*ResponseController)",
			"internal/edge/accept.(*conn).Write", "internal/edge.(*answer)"}},
		{name: "journal and counters", what: "the record of what was decided, and the counters of the metrics", is: []string{
			"internal/edge.(*exchange).explain", "internal/edge/eyes.go", "internal/edge/vitals.go", "internal/edge/accept.Shorten", "internal/journal/"}},
		{name: "connection", what: "what is kept of an open connection: its state, its place in the list, whether the visitor has gone", is: []string{
			"net/http.(*conn)", "net/http.(*connReader)", "net/http.serverHandler", "net/http.(*Server)", "internal/edge/accept/door.go", "internal/edge/accept/server.go"}},
		{name: "shop's connection, system", what: "system calls that read from the shop and write to it, with the runtime's part", under: fromTheTransport, is: []string{
			"internal/poll.(*FD).Read", "internal/poll.(*FD).Write", "internal/poll.setDeadlineImpl"}},
		{name: "receiving, system", what: "system calls that read from visitors, with the runtime's part", is: []string{"internal/poll.(*FD).Read"}},
		{name: "sending, system", what: "system calls that write to visitors, with the runtime's part", is: []string{"internal/poll.(*FD).Write"}},
		{name: "deadlines", what: "setting how long a connection may take", is: []string{
			"internal/poll.setDeadlineImpl", "internal/edge/accept/guard_patience.go"}},
		{name: "scheduler", what: "finding what to run next, waking and parking; starting goroutines and growing their stacks; channels between them; waiting for the network; timers", is: []string{
			"runtime.schedule", "runtime.findRunnable", "runtime.park_m", "runtime.mcall", "runtime.mstart", "runtime.goexit0", "runtime.gdestroy", "runtime.newproc",
			"runtime.newstack", "runtime.morestack", "runtime.goready", "runtime.ready", "runtime.wakep", "runtime.startm", "runtime.gopark", "runtime.goparkunlock", "runtime.sysmon",
			"runtime.netpoll", "runtime.selectgo", "runtime.selectnb", "runtime.chansend", "runtime.chanrecv", "runtime.closechan", "runtime.semacquire", "runtime.semrelease",
			"runtime.(*timer"}},
		{name: "memory", what: "giving out memory and collecting garbage", is: []string{
			"runtime.mallocgc", "runtime.gc", "runtime.bgsweep", "runtime.bgscavenge", "runtime.wbBuf", "runtime.(*gcWork)", "runtime.deductSweepCredit"}},
		{name: "beside the requests", what: "what runs by the clock: calls from the line, saving, the live page's figures, metrics", is: []string{
			"internal/edge/shop.go", "internal/edge/persist.go", "internal/edge/server.go", "internal/control/", "internal/state/", "internal/twins/", "github.com/prometheus/", "cmd/falochron/"}},
		{name: "other", what: "what none of these claims"},
	}
}

// measuring are functions of which one anywhere in a sample makes it the
// measurement's own.
func measuring() []string { return []string{"net/http/pprof.", "runtime/pprof."} }

// frame is one function of a sample.
type frame struct{ function, file string }

// frames are a sample's functions, innermost first, inlined ones too.
func frames(s *profile.Sample) (out []frame) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			if line.Function != nil {
				out = append(out, frame{line.Function.Name, line.Function.Filename})
			}
		}
	}
	return out
}

// ownModule begins the names of the program's own functions.
const ownModule = "github.com/falochron/falochron/"

// is reports whether a pattern names this function. One that ends with ".go" or "/"
// is a file or a folder, in whatever folder the program was built; another is how a
// function's name begins, of our own without the module's.
func (f frame) is(pattern string) bool {
	switch file := "/" + f.file; {
	case strings.HasSuffix(pattern, "/"):
		return strings.Contains(file, "/"+pattern)
	case strings.HasSuffix(pattern, ".go"):
		return strings.HasSuffix(file, "/"+pattern)
	}
	return strings.HasPrefix(strings.TrimPrefix(f.function, ownModule), pattern)
}

// stepOf puts a sample down to a step: its index, or -1 for the measurement itself.
func stepOf(steps []step, stack []frame) int {
	named := func(patterns []string, f frame) bool { return slices.ContainsFunc(patterns, f.is) }
	if slices.ContainsFunc(stack, func(f frame) bool { return named(measuring(), f) }) {
		return -1
	}
	for i, f := range stack {
		for k, s := range steps {
			if named(s.is, f) && (s.under == "" || slices.ContainsFunc(stack[i:], func(o frame) bool { return o.is(s.under) })) {
				return k
			}
		}
	}
	return len(steps) - 1 // other
}
