package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// An open page hears that somebody has done something which it shows, and looks again: so
// it has it within a second, whoever did it. What is said is a number that grows, and
// nothing else: what has happened stands on the page.

// newsPath is where pages hear it.
const newsPath = "/plan/news"

// How streams of news are bounded. All but the heartbeat, which keeps proxies from
// closing a silent connection, are guesses.
const (
	newsStreams = 256                    // at once, half of planConns; the other pages look now and then
	newsOfOne   = 16                     // of one link: a party with a few people, each with a page open
	newsGap     = 250 * time.Millisecond // between two news: a file of posts is many acts, and one look
	newsBeat    = 15 * time.Second       // a sign of life, and a look whether the link is still good
	newsLasts   = 5 * time.Minute        // then the browser comes again and is asked who it is, since operators sign out
	newsWithin  = 5 * time.Second        // a write that takes longer ends the stream
)

// newsDesk counts the streams that are open. It is safe for many at once.
type newsDesk struct {
	over chan struct{} // closed when there is no more news

	mu  sync.Mutex
	of  map[plan.ID]int // by link; of operators under no link
	all int
}

func newNewsDesk() *newsDesk {
	return &newsDesk{over: make(chan struct{}), of: make(map[plan.ID]int)}
}

// sit takes a place for a stream, and reports whether there was one.
func (d *newsDesk) sit(link plan.ID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all >= newsStreams || d.of[link] >= newsOfOne {
		return false
	}
	d.all++
	d.of[link]++
	return true
}

// leave gives the place back.
func (d *newsDesk) leave(link plan.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.of[link]--; d.of[link] == 0 {
		delete(d.of, link)
	}
}

// end ends all streams: who drains waits for no page that somebody has open.
func (d *newsDesk) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.over:
	default:
		close(d.over)
	}
}

// newsOf is the address at which a page that shows so much hears of more.
func newsOf(known int) console.Path {
	return console.Path(newsPath + "?since=" + strconv.Itoa(known))
}

// hearNews streams server-sent events: one whenever there is more that the reader may
// know of than the page had that asks.
func (p *planPages) hearNews(w http.ResponseWriter, r *http.Request) {
	v, err := p.enter(r)
	if err != nil {
		p.turnAway(w, r, err)
		return
	}
	known := r.Header.Get("Last-Event-ID") // of a browser that comes again by itself
	if known == "" {
		known = v.query.Get("since")
	}
	last, err := strconv.Atoi(known)
	if err != nil {
		http.Error(w, "since is the number that stands on the page", http.StatusBadRequest)
		return
	}
	if !p.news.sit(v.who.Grant) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many pages are open; they look by themselves now and then", http.StatusServiceUnavailable)
		return
	}
	defer p.news.leave(v.who.Grant)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx in between must not hold events back
	p.tellNews(w, r, v.who, last)
}

// tellNews writes events until the reader leaves, may hear no more, or has heard for
// [newsLasts].
func (p *planPages) tellNews(w http.ResponseWriter, r *http.Request, who plan.Actor, last int) {
	out := http.NewResponseController(w)
	write := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(newsWithin)) // not every writer knows deadlines
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	if !write("retry: 2000\n\n") {
		return
	}
	lasts, beat := time.NewTimer(newsLasts), time.NewTicker(newsBeat)
	defer lasts.Stop()
	defer beat.Stop()
	for {
		changed := p.plan.Changed()
		var now int
		var err error
		p.plan.Read(func(b *plan.Book) { now, err = b.News(p.now(), who) })
		var gap <-chan time.Time
		if now != last || err != nil {
			if !write(fmt.Sprintf("id: %d\ndata: %d\n\n", now, now)) || err != nil {
				return // the page looks, and is told why it may not
			}
			last, changed, gap = now, nil, time.After(newsGap)
		}
		select {
		case <-r.Context().Done():
			return
		case <-p.news.over:
			return
		case <-lasts.C:
			return
		case <-changed:
		case <-gap:
		case <-beat.C:
			if !write(": still here\n\n") {
				return
			}
		}
	}
}
