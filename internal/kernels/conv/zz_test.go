package conv

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"golang.org/x/sys/unix"
)

func cpuNow() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

func bestCPU(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
	best := time.Hour
	for total := time.Duration(0); total < 150*time.Millisecond; {
		n := 0
		s := cpuNow()
		var e time.Duration
		for {
			f()
			n++
			e = cpuNow() - s
			if e > 2*time.Millisecond {
				break
			}
		}
		total += e
		best = min(best, e/time.Duration(n))
	}
	return best
}

func peak() float64 {
	a, in, c := make([]float32, 6*2000), make([]float32, 64), make([]float32, 6*16)
	tab := make([]int32, 2000)
	segs := []segment{{0, 0, &maskTable[0]}, {32, 32, &maskTable[0]}}
	_ = unsafe.Pointer(nil)
	return 6 * 16 * 2 * 2000 * 10 / float64(bestCPU(func() {
		for range 10 {
			t := tileArgs{a: address(a, 0), tab: &tab[0], terms: 2000, in: address(in, 0), segments: &segs[0], count: 1, out: address(c, 0), row: 64}
			tile6x2(&t)
		}
	}).Nanoseconds())
}

func TestZZ(t *testing.T) {
	want := os.Getenv("ZZ")
	if want == "" {
		t.Skip()
	}
	for _, tt := range shapes {
		if !strings.Contains(tt.name, want) && want != "all" {
			continue
		}
	  for _, force := range []int{0, 1, 8} {
		if force > 0 && os.Getenv("FORCE") == "" { continue }
		s := tt.shape
		x, w, y := s.operands()
		pk := peak()
		fmt.Printf("%-16s peak %5.1f ", tt.name, pk)
		for _, f := range []func(){
			func() { Forward(nil, &s, x, w, nil, y, gemm.ReLU, 0) },
			func() { BackwardInput(nil, &s, w, y, x) },
			func() { BackwardWeight(nil, &s, x, y, w) },
		} {
			d := bestCPU(f)
			r := float64(s.Flops()) / float64(d.Nanoseconds())
			fmt.Printf(" %5.1f (%3.0f%%)", r, 100*r/102.5)
		}
		fmt.Println()
	}
	}
}
