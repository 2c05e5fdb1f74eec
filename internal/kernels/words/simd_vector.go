//go:build amd64 || arm64

package words

import (
	"sync/atomic"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
)

// known remembers the answer of cpu.Level for inner loops: 0 not asked yet,
// else 1 or 2 for no or yes.
var known atomic.Int32

func haveSIMD() bool {
	if k := known.Load(); k != 0 {
		return k == 2
	}
	return ask()
}

func ask() bool {
	have := cpu.Level() > cpu.Generic
	if have {
		known.Store(2)
	} else {
		known.Store(1)
	}
	return have
}
