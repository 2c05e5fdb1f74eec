//go:build amd64 || arm64

package gemm

import (
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// A team is as large as it may be, for an odd number of pieces too, and never
// larger: each thread has room of its own.
func TestAtMost(t *testing.T) {
	for most := 2; most <= 9; most++ {
		p := par.New(16)
		defer p.Close()
		for n := 1; n < 600; n++ {
			got := p.Parts(n, atMost(n, most))
			if got > most || n >= most*most && got < most {
				t.Fatalf("%d pieces, %d threads: %d parts", n, most, got)
			}
		}
	}
}
