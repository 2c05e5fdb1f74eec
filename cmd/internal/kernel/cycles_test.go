package kernel

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestKernel_cycles starts and stops kernels, one of them in the middle of an
// endless cell: none of their goroutines stays behind. (A few of the sockets'
// library do, until the process ends.)
func TestKernel_cycles(t *testing.T) {
	for cycle := range 4 {
		t.Run("cycle", func(t *testing.T) {
			f := start(t)
			f.run("1 + 1")
			if cycle == 2 {
				f.send(f.shell, "execute_request", dict{"code": "for {}"})
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	stacks := make([]byte, 1<<20)
	left := ""
	for range 100 {
		left = string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(left, "kernel.(*Kernel)") && !strings.Contains(left, "gomacro") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("goroutines stay behind:\n%s", left)
}
