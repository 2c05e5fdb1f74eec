package par

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type count struct {
	hits    []int
	workers []int
}

func (c *count) Range(worker, lo, hi int) {
	for i := lo; i < hi; i++ {
		c.hits[i]++
		c.workers[i] = worker
	}
}

func TestFor_visitsEachOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 7} {
		p := New(threads)
		defer p.Close()
		for _, n := range []int{0, 1, 2, 6, 7, 8, 100, 1001} {
			c := &count{make([]int, n), make([]int, n)}
			p.For(n, 1, c)
			last := 0
			for i, h := range c.hits {
				if h != 1 {
					t.Fatalf("threads %d, n %d: iteration %d ran %d times", threads, n, i, h)
				}
				if c.workers[i] < last {
					t.Fatalf("threads %d, n %d: parts are not in order", threads, n)
				}
				last = c.workers[i]
			}
		}
	}
}

type tally struct {
	hits []atomic.Int32
	slow int // the thread that takes its time
}

func (c *tally) Range(worker, lo, hi int) {
	if hi != lo+1 {
		panic("not one iteration")
	}
	if worker == c.slow {
		time.Sleep(time.Millisecond)
	}
	c.hits[lo].Add(1)
}

func TestDeal_visitsEachOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 7} {
		p := New(threads)
		defer p.Close()
		for _, n := range []int{0, 1, 2, 6, 7, 8, 100} {
			for slow := range min(threads, 2) {
				c := &tally{make([]atomic.Int32, n), slow}
				p.Deal(n, 1, c)
				for i := range c.hits {
					if h := c.hits[i].Load(); h != 1 {
						t.Fatalf("threads %d, n %d: iteration %d ran %d times", threads, n, i, h)
					}
				}
			}
		}
	}
}

func TestFor_nilAndZeroPoolRunSerially(t *testing.T) {
	for _, p := range []*Pool{nil, {}} {
		c := &count{make([]int, 100), make([]int, 100)}
		p.For(100, 1, c)
		for i := range c.hits {
			if c.hits[i] != 1 || c.workers[i] != 0 {
				t.Fatalf("iteration %d ran %d times on worker %d", i, c.hits[i], c.workers[i])
			}
		}
	}
}

func TestFor_grainKeepsSmallLoopsOnTheCaller(t *testing.T) {
	p := New(4)
	defer p.Close()
	if got := p.Parts(100, 60); got != 1 {
		t.Errorf("Parts(100, 60) = %d, want 1", got)
	}
	if got := p.Parts(100, 50); got != 2 {
		t.Errorf("Parts(100, 50) = %d, want 2", got)
	}
}

type boom struct{ at int }

func (b *boom) Range(worker, lo, hi int) {
	if lo <= b.at && b.at < hi {
		panic("boom")
	}
}

func TestFor_panicReachesTheCaller(t *testing.T) {
	p := New(3)
	defer p.Close()
	for _, at := range []int{0, 50, 99} {
		func() {
			defer func() {
				v, ok := recover().(*Panic)
				if !ok || v.Value != "boom" {
					t.Errorf("recovered %v, want boom", v)
				}
			}()
			p.For(100, 1, &boom{at})
			t.Error("For returned")
		}()
	}
	c := &count{make([]int, 100), make([]int, 100)}
	p.For(100, 1, c) // still works
	if c.hits[99] != 1 {
		t.Error("the pool is broken after a panic")
	}
}

func TestFor_manyCallersAndPauses(t *testing.T) {
	p := New(3)
	defer p.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 300 {
				c := &count{make([]int, 64), make([]int, 64)}
				p.For(64, 1, c)
				for _, h := range c.hits {
					if h != 1 {
						t.Error("an iteration was lost")
						return
					}
				}
				if i%100 == 0 {
					time.Sleep(time.Millisecond) // lets the workers park
				}
			}
		})
	}
	wg.Wait()
}

// late takes long in the worker's part.
type late struct{ done atomic.Bool }

func (l *late) Range(worker, lo, hi int) {
	if worker > 0 {
		time.Sleep(2 * time.Millisecond)
		l.done.Store(true)
	}
}

// A worker that was held up between finishing one loop and saying so wakes the
// caller of the next one too soon. That must not end the next one.
func TestFor_survivesALateWake(t *testing.T) {
	p := New(2)
	defer p.Close()
	for round := range 20 {
		p.finished <- struct{}{} // what the late worker sends
		l := &late{}
		p.For(2, 1, l)
		if !l.done.Load() {
			t.Fatalf("round %d: For returned before the worker's part was done", round)
		}
	}
}

func TestWorkersEndWhenIdle(t *testing.T) {
	before := runtime.NumGoroutine()
	p := New(4)
	c := &count{make([]int, 100), make([]int, 100)}
	p.For(100, 1, c)
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.For(100, 1, c)
	if c.hits[99] != 2 {
		t.Error("the pool does not start again")
	}
	p.Close()
}

func TestFor_allocatesNothing(t *testing.T) {
	p := New(2)
	defer p.Close()
	c := &count{make([]int, 1000), make([]int, 1000)}
	if got := testing.AllocsPerRun(1000, func() { p.For(1000, 1, c) }); got != 0 {
		t.Errorf("%v allocations a loop, want 0", got)
	}
}

func BenchmarkFor(b *testing.B) {
	p := New(0)
	defer p.Close()
	c := &count{make([]int, 8), make([]int, 8)}
	for b.Loop() {
		p.For(8, 1, c)
	}
}
