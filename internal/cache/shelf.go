package cache

// shelf decides which object leaves when room is needed. It is S3-FIFO (Yang
// and others, "FIFO queues are all you need for cache eviction", SOSP 2023),
// counted in bytes:
//
//  1. A new object enters the small queue, a tenth of the room.
//  2. At its end, an object that was hit meanwhile moves to the main queue; one
//     that was not leaves, and its hash is remembered in ghosts.
//  3. An object whose hash is remembered enters the main queue at once.
//  4. At the end of the main queue, an object that was hit goes round once more
//     for each hit, up to three; one that was not leaves.
//
// So a scan of URLs that nobody asks for twice flows through the small queue and
// leaves the rest alone. A hit only raises a counter in the object; it needs no
// lock but the reader's.
//
// Its owner, Cache, guards it with its mutex.
type shelf struct {
	small, main queue
	smallRoom   int64
	ghosts      []uint64 // by hash; a newer one pushes out an older one
}

const ghostBytes = 8

// maxHits is how far an object's counter goes: two bits, as in the paper.
const maxHits = 3

func newShelf(room, ghostBudget int64) *shelf {
	n := int64(16)
	for n*2*ghostBytes <= ghostBudget {
		n *= 2
	}
	return &shelf{smallRoom: room / 10, ghosts: make([]uint64, n)}
}

func (s *shelf) bytes() int64 { return int64(len(s.ghosts)) * ghostBytes }

func (s *shelf) add(o *object) {
	if g := s.ghost(o.hash); *g == o.hash {
		*g = 0
		s.main.push(o)
		return
	}
	s.small.push(o)
}

func (s *shelf) remove(o *object) {
	if o.queue != nil {
		o.queue.cut(o)
	}
}

// victim takes the object that should leave off the shelf, or returns nil when
// the shelf is empty.
func (s *shelf) victim() *object {
	for {
		if s.small.last != nil && (s.small.size > s.smallRoom || s.main.last == nil) {
			o := s.small.last
			s.small.cut(o)
			if o.hits.Load() == 0 {
				*s.ghost(o.hash) = o.hash
				return o
			}
			o.hits.Store(0)
			s.main.push(o)
			continue
		}
		o := s.main.last
		if o == nil {
			return nil
		}
		s.main.cut(o)
		hits := o.hits.Load()
		if hits == 0 {
			return o
		}
		o.hits.Store(hits - 1)
		s.main.push(o)
	}
}

func (s *shelf) ghost(hash uint64) *uint64 { return &s.ghosts[hash&uint64(len(s.ghosts)-1)] }

// queue is a first-in, first-out list through the objects themselves.
type queue struct {
	first, last *object
	size        int64 // bytes
}

func (q *queue) push(o *object) {
	o.queue, o.before, o.after = q, nil, q.first
	if q.first != nil {
		q.first.before = o
	} else {
		q.last = o
	}
	q.first = o
	q.size += o.size
}

func (q *queue) cut(o *object) {
	if o.before != nil {
		o.before.after = o.after
	} else {
		q.first = o.after
	}
	if o.after != nil {
		o.after.before = o.before
	} else {
		q.last = o.before
	}
	o.queue, o.before, o.after = nil, nil, nil
	q.size -= o.size
}
