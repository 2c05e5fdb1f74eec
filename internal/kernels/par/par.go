// Package par runs a loop on several cores with a fork-join that costs well
// under a microsecond.
//
// A [Pool] splits [0, n) into one contiguous part a thread, always the same
// for the same n, grain and thread count: what a loop computes never depends
// on timing. Workers start when first needed, spin for a few microseconds
// between loops, then park, and end by themselves when idle for a while: a
// pool that is forgotten leaves no goroutine behind.
//
//	type fill struct{ x []float32 }
//
//	func (f *fill) Range(worker, lo, hi int) { clear(f.x[lo:hi]) }
//
//	pool.For(len(x), 4096, &fill{x})
//
// Where the pieces take long, [Pool.Deal] lets a thread that is through take
// over pieces of a slower one. Each is still computed once and in one way.
package par

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// spinFor bounds the time a thread waits without giving its core up.
	spinFor = 20 * time.Microsecond
	// idleFor is how long a parked worker waits before it ends.
	idleFor = 100 * time.Millisecond
)

// Body is the work of one loop. Range does the iterations lo ≤ i < hi; worker
// is the number of the thread, from 0 to Threads()−1, for private scratch.
type Body interface {
	Range(worker, lo, hi int)
}

// Pool is a set of worker threads. The zero value and nil run serially.
// One loop runs at a time; further callers wait. A Body must not call For.
type Pool struct {
	mu      sync.Mutex
	workers []*worker
	body    Body
	n       int
	parts   int
	dealt   bool
	hands   []hand // of each thread, in a loop that is dealt

	pending  atomic.Int32 // workers still at work in this loop
	waiting  atomic.Bool  // the caller is parked
	finished chan struct{}
	failure  atomic.Pointer[Panic]
}

// Panic is what a worker's Range panicked with. For panics with it again in
// the caller's goroutine, where it can be recovered.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// New returns a pool of the given number of threads, the caller's included.
// threads ≤ 0 means GOMAXPROCS.
func New(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{finished: make(chan struct{}, 1), hands: make([]hand, threads)}
	for i := 1; i < threads; i++ {
		p.workers = append(p.workers, &worker{pool: p, index: i, wake: make(chan struct{}, 1)})
	}
	return p
}

// Threads returns the number of threads that a large loop uses, at least 1.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return len(p.workers) + 1
}

// Parts returns into how many parts For splits n iterations at this grain.
func (p *Pool) Parts(n, grain int) int {
	if p == nil || n <= 0 {
		return 1
	}
	return max(1, min(p.Threads(), n/max(grain, 1)))
}

// For runs body over [0, n). At least grain iterations go to a thread, so a
// small loop runs on the caller's alone. It returns when all are done.
func (p *Pool) For(n, grain int, body Body) {
	if n <= 0 {
		return
	}
	parts := p.Parts(n, grain)
	if parts == 1 {
		body.Range(0, 0, n)
		return
	}
	p.fork(n, parts, false, body)
}

// Deal runs body over [0, n), one iteration at a time and in any order: each
// thread takes those of its part as [Pool.For] divides them, from the first
// on, then the last ones of threads that are behind. body must not depend on
// which thread does what.
func (p *Pool) Deal(n, grain int, body Body) {
	parts := p.Parts(n, grain)
	if parts == 1 {
		for i := range n {
			body.Range(0, i, i+1)
		}
		return
	}
	p.fork(n, parts, true, body)
}

func (p *Pool) fork(n, parts int, dealt bool, body Body) {
	p.mu.Lock()
	p.body, p.n, p.parts, p.dealt = body, n, parts, dealt
	if dealt {
		for i := range p.hands[:parts] {
			p.hands[i].fill(i*n/parts, (i+1)*n/parts)
		}
	}
	p.pending.Store(int32(parts - 1))
	for _, w := range p.workers[:parts-1] {
		w.start()
	}
	p.runCaller()
	p.join()
	p.body = nil
	failure := p.failure.Swap(nil)
	p.mu.Unlock()
	if failure != nil {
		panic(failure)
	}
}

// runCaller does the caller's own part; its panic waits until all have ended.
func (p *Pool) runCaller() {
	defer p.caught()
	p.part(0)
}

// part does what is for thread i.
func (p *Pool) part(i int) {
	if !p.dealt {
		p.body.Range(i, i*p.n/p.parts, (i+1)*p.n/p.parts)
		return
	}
	for at := p.hands[i].first(); at >= 0; at = p.hands[i].first() {
		p.body.Range(i, at, at+1)
	}
	for other := (i + 1) % p.parts; other != i; other = (other + 1) % p.parts {
		for at := p.hands[other].last(); at >= 0; at = p.hands[other].last() {
			p.body.Range(i, at, at+1)
		}
	}
}

func (p *Pool) caught() {
	if v := recover(); v != nil {
		p.failure.CompareAndSwap(nil, &Panic{Value: v, Stack: debug.Stack()})
	}
}

// join waits for the workers: briefly spinning, then parked. A worker that was
// held up at the end of an earlier loop may wake it too soon, hence the loop.
func (p *Pool) join() {
	done := func() bool { return p.pending.Load() == 0 }
	for !spin(done) {
		p.waiting.Store(true)
		if done() && p.waiting.CompareAndSwap(true, false) {
			return
		}
		<-p.finished
	}
}

// Close ends the workers at once rather than when they have been idle. The
// pool stays usable.
func (p *Pool) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.workers {
		w.stop()
	}
}

// The states of a worker.
const (
	absent  int32 = iota // no goroutine
	running              // at work or spinning
	parked               // blocked on wake
)

type worker struct {
	pool  *Pool
	index int
	state atomic.Int32
	ticks atomic.Uint32 // counts the loops given to this worker
	seen  uint32        // the last one it took
	quit  atomic.Bool
	wake  chan struct{}
	_     [64]byte // keeps two workers' counters off one cache line
}

// start gives the worker the pool's present loop.
func (w *worker) start() {
	w.ticks.Add(1)
	for {
		switch w.state.Load() {
		case running:
			return
		case parked:
			if w.state.CompareAndSwap(parked, running) {
				w.wake <- struct{}{}
				return
			}
		case absent:
			if w.state.CompareAndSwap(absent, running) {
				go w.loop()
				return
			}
		}
	}
}

// stop ends the worker's goroutine and waits until it is gone.
func (w *worker) stop() {
	w.quit.Store(true)
	for w.state.Load() != absent {
		if w.state.CompareAndSwap(parked, running) {
			w.wake <- struct{}{}
		}
		runtime.Gosched()
	}
	w.quit.Store(false)
}

func (w *worker) loop() {
	idle := time.NewTimer(idleFor)
	defer idle.Stop()
	for {
		if !w.await(idle) {
			return
		}
		w.seen++
		w.run()
		p := w.pool
		if p.pending.Add(-1) == 0 && p.waiting.CompareAndSwap(true, false) {
			p.finished <- struct{}{}
		}
	}
}

func (w *worker) run() {
	p := w.pool
	defer p.caught()
	p.part(w.index)
}

// await returns true when there is a loop to take, false when the goroutine
// is to end; then the worker is absent.
func (w *worker) await(idle *time.Timer) bool {
	given := func() bool { return w.ticks.Load() != w.seen }
	for {
		if spin(func() bool { return given() || w.quit.Load() }) && given() {
			return true
		}
		if !w.state.CompareAndSwap(running, parked) {
			continue
		}
		if (given() || w.quit.Load()) && w.state.CompareAndSwap(parked, running) {
			if given() {
				return true
			}
			w.state.Store(absent)
			return false
		}
		idle.Reset(idleFor)
		select {
		case <-w.wake:
		case <-idle.C:
			if w.state.CompareAndSwap(parked, absent) {
				return false
			}
			<-w.wake // woken at the same moment
		}
	}
}

// spin polls done for spinFor at most and returns its last answer. It yields
// the processor now and then, so that spinning starves nobody.
func spin(done func() bool) bool {
	begin := time.Time{}
	for {
		for range 64 {
			if done() {
				return true
			}
		}
		switch {
		case begin.IsZero():
			begin = time.Now()
		case time.Since(begin) > spinFor:
			return done()
		}
		runtime.Gosched()
	}
}
