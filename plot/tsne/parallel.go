package tsne

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// grain is how many iterations a goroutine takes at a time.
const grain = 64

// workers returns how many goroutines parallel uses for n iterations.
func workers(n, threads int) int {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return max(1, min(threads, (n+grain-1)/grain))
}

// parallel calls f for 0 ≤ i < n on several goroutines, 0 for one a core. f writes only what belongs to i, so that the
// result does not depend on them; worker tells them apart.
func parallel(n, threads int, f func(worker, i int)) {
	threads = workers(n, threads)
	if threads == 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var wait sync.WaitGroup
	var next atomic.Int64
	for w := range threads {
		wait.Go(func() {
			for {
				from := int(next.Add(grain)) - grain
				if from >= n {
					return
				}
				for i := from; i < min(from+grain, n); i++ {
					f(w, i)
				}
			}
		})
	}
	wait.Wait()
}
