package crowd

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
)

// Attack is requests that no fan sends: their bytes are made before the first is sent,
// and they come at a rate that does not depend on the answers. It is there to try what
// stands before a shop, and goes to loopback addresses only.
type Attack struct {
	Name   string
	What   string // in words
	Seed   uint64 // of all chances
	Target Target // its From is not used
	// Senders is how many there are, 1 to MaxSenders; sender i comes from From(i), a
	// loopback address.
	Senders int
	From    func(i int) netip.Addr
	Rate    float64       // requests a second of all senders together, up to MaxAttackRate
	At      time.Duration // when it begins, after Run
	Length  time.Duration // up to MaxAttackLength
	Steady  bool          // at even intervals, as machines do; else at random ones
	Cookies Cookies
	// KeepAlive is that senders keep their connections; else each request has its own.
	KeepAlive bool
	// Shots are what each sender sends, one after the other and over again.
	Shots []Shot
	// Offset is how many shots further each sender begins than the one before.
	Offset int
}

// Shot is one request of an attack.
type Shot struct {
	Method string // GET or POST
	// Target is the path and query. Once {nonce} may stand in it, which becomes 16 hex
	// digits, others each time, or {click}: the click id of a phone's channel with such
	// digits, as fans have it.
	Target string
	Form   string // body of a POST, encoded
	As     Dress
}

// Dress is what a request of an attack looks like.
type Dress uint8

// The dresses.
const (
	AsTool    Dress = iota // a script that does not hide
	AsBrowser              // a desktop browser's name and few of its header fields
	AsPhone                // byte for byte what this crowd's phones send who come from an app
)

// Cookies is what the senders of an attack do with cookies.
type Cookies uint8

// What is done with cookies.
const (
	NoCookies     Cookies = iota // none are kept
	KeepCookies                  // each sender keeps its own
	StolenCookies                // one comes first, honestly, and all send its cookies
)

// Bounds of an attack: far more than a small shop can bear, and few enough for a machine
// that is measured on beside it.
const (
	MaxSenders      = 20_000
	MaxAttackRate   = 5000.0
	MaxAttackLength = 10 * time.Minute

	// attackers is how many requests may be under way; those due beyond are held back,
	// and counted.
	attackers = 1000
	shotWait  = 10 * time.Second // for an answer
	thiefAsks = time.Second      // how often a thief tries to get in
)

// AttackReport is what became of an attack.
type AttackReport struct {
	Name    string
	Planned int // requests that were due
	Sent    int // of these: written to the end; what the machine could not do is missing
	// Answered are those that got an answer in time, by its status; States are the states
	// of the line among them, and Treated the words of their Falochron-Treatment field.
	Answered int
	Statuses map[int]int
	States   map[string]int
	Treated  map[string]int
	// Inside is how many senders held the cookie of those inside at the end, or, of stolen
	// ones, whether the thief got it.
	Inside int
	Length time.Duration
}

// Delivered is the rate at which requests were sent, per second.
func (r *AttackReport) Delivered() float64 {
	if r.Length <= 0 {
		return 0
	}
	return float64(r.Sent) / r.Length.Seconds()
}

func (a *Attack) check() (host string, err error) {
	bad := func(hint, format string, args ...any) error {
		return &falochron.Error{Kind: falochron.Invalid, Op: "attack " + a.Name, Public: fmt.Sprintf(format, args...), Hint: hint}
	}
	host, err = a.Target.host()
	if err != nil {
		return "", err
	}
	// By address, not by name: a name may lead anywhere.
	if to, err := netip.ParseAddrPort(host); err != nil || !to.Addr().Unmap().IsLoopback() {
		return "", &falochron.Error{Kind: falochron.Denied, Op: "attack " + a.Name, Public: host + " is not an address of this machine",
			Hint: "attacks go to loopback only, as http://127.0.0.1:8080", Err: err}
	}
	switch {
	case a.Senders < 1 || a.Senders > MaxSenders || a.From == nil:
		return "", bad(fmt.Sprintf("1 to %d, each with an address", MaxSenders), "%d senders", a.Senders)
	case !(a.Rate > 0 && a.Rate <= MaxAttackRate):
		return "", bad(fmt.Sprintf("above 0, up to %g", MaxAttackRate), "%g requests a second", a.Rate)
	case a.At < 0 || a.Length <= 0 || a.Length > MaxAttackLength:
		return "", bad(fmt.Sprintf("up to %v", MaxAttackLength), "an attack of %v after %v", a.Length, a.At)
	case len(a.Shots) == 0:
		return "", bad("give it shots", "an attack without requests")
	}
	for _, s := range a.Shots {
		if s.Method != "GET" && s.Method != "POST" || !strings.HasPrefix(s.Target, "/") {
			return "", bad("use GET or POST and a path from the root", "%q %q is no request", s.Method, s.Target)
		}
	}
	for i := range a.Senders {
		if from := a.From(i); !from.IsLoopback() {
			return "", bad("give senders loopback addresses", "sender %d would come from %v", i, from)
		}
	}
	return host, nil
}

// assault is an attack that runs.
type assault struct {
	*Attack
	pool    *pool
	rounds  [][]round // by phone, by shot
	senders []sender
	thief   sender // only of stolen cookies
	refused atomic.Pointer[falochron.Error]

	mu     sync.Mutex // guards the report's counters
	report AttackReport
}

// sender is one of them.
type sender struct {
	from netip.Addr
	n    int // requests that were due to it; the schedule's alone

	mu  sync.Mutex // guards jar
	jar jar
}

// Run sends the attack and waits until it is over. A cancelled context ends it early.
// With a target that is no loopback address nothing is sent.
func (a Attack) Run(ctx context.Context) (*AttackReport, error) {
	host, err := a.check()
	if err != nil {
		return nil, err
	}
	r := &assault{Attack: &a, senders: make([]sender, a.Senders), rounds: a.load(host)}
	r.report = AttackReport{Name: a.Name, Length: a.Length, Statuses: map[int]int{}, States: map[string]int{}, Treated: map[string]int{}}
	r.pool = newPool(ctx, r.guarded(a.Target.dialer(host)))
	for i := range r.senders {
		r.senders[i].from = a.From(i)
	}
	r.thief.from = a.From(0)
	r.run(ctx)
	if e := r.refused.Load(); e != nil {
		return nil, e
	}
	return r.end(), nil
}

// guarded refuses a connection that leads off this machine, whatever was dialled.
func (r *assault) guarded(dial func(context.Context, netip.Addr) (net.Conn, error)) func(context.Context, netip.Addr) (net.Conn, error) {
	return func(ctx context.Context, from netip.Addr) (net.Conn, error) {
		c, err := dial(ctx, from)
		if err != nil {
			return nil, err
		}
		if to, ok := c.RemoteAddr().(*net.TCPAddr); !ok || !to.IP.IsLoopback() {
			r.refused.Store(&falochron.Error{Kind: falochron.Denied, Op: "attack " + r.Name,
				Public: c.RemoteAddr().String() + " is not an address of this machine", Hint: "attacks go to loopback only"})
			_ = c.Close()
			return nil, errClosed
		}
		return c, nil
	}
}

// due is a request whose moment has come.
type due struct {
	from *sender
	what round
	dice uint64
}

// run keeps the schedule.
func (r *assault) run(ctx context.Context) {
	over, end := context.WithCancel(ctx)
	defer end()
	start := time.Now().Add(r.At)
	queue := make(chan due, attackers)
	var firing, stealing sync.WaitGroup
	for range attackers {
		firing.Go(func() {
			for d := range queue {
				r.fire(d)
			}
		})
	}
	if r.Cookies == StolenCookies {
		stealing.Go(func() { r.steal(over) })
	}
	r.schedule(over, start, queue)
	close(queue)
	end()
	stealing.Wait()
	drained := make(chan struct{})
	go func() { firing.Wait(); close(drained) }()
	t := time.NewTimer(shotWait)
	defer t.Stop()
	select {
	case <-drained:
	case <-t.C:
	case <-ctx.Done():
	}
	r.pool.close()
	<-drained
}

// schedule sends every request into the queue at its moment, whatever became of those
// before. One that finds the queue full has been planned, and is not sent.
func (r *assault) schedule(ctx context.Context, start time.Time, queue chan<- due) {
	t := time.NewTimer(0)
	defer t.Stop()
	at := time.Duration(0)
	for n := uint64(0); r.refused.Load() == nil; n++ {
		gap := 1.0
		if !r.Steady {
			gap = exponential(unit(roll(r.Seed, n, 1)))
		}
		at += time.Duration(gap / r.Rate * float64(time.Second))
		if at > r.Length {
			return
		}
		if d := time.Until(start.Add(at)); d > 0 {
			t.Reset(d)
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
		} else if ctx.Err() != nil {
			return
		}
		i := int(n % uint64(r.Senders))
		if !r.Steady {
			i = int(roll(r.Seed, n, 2) % uint64(r.Senders))
		}
		s := &r.senders[i]
		rounds := r.rounds[i%len(r.rounds)]
		d := due{from: s, what: rounds[(s.n+i*r.Offset)%len(rounds)], dice: r.nonce(roll(r.Seed, n, 3))}
		s.n++
		r.mu.Lock()
		r.report.Planned++
		r.mu.Unlock()
		select {
		case queue <- d:
		default:
		}
	}
}

// Sent says whether a request with this target can be one of this attack: whether chance
// of its own stands in it. Nobody else can tell, who does not know the seed; another's
// digits pass once in 65,536.
func (a *Attack) Sent(target string) bool {
	for len(target) >= len(nonceHole) {
		if x, ok := readNonce(target[:len(nonceHole)]); ok && a.nonce(x) == x {
			return true
		}
		target = target[1:]
	}
	return false
}

// nonce makes the chance of one request: the last 16 bits follow from the others and the
// seed.
func (a *Attack) nonce(dice uint64) uint64 {
	return dice&^0xffff | roll(a.Seed, dice>>16, 5)&0xffff
}

// end is the report, once nothing runs any more.
func (r *assault) end() *AttackReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.senders {
		if r.senders[i].jar.has(insideCookies) {
			r.report.Inside++
		}
	}
	if r.thief.jar.has(insideCookies) {
		r.report.Inside++
	}
	rep := r.report
	return &rep
}
