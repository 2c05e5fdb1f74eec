package peak

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// lanes returns the numbers in a vector of the level in force, 0 where that is
// plain Go.
func lanes() int {
	switch cpu.Level() {
	case cpu.AVX512:
		return 16
	case cpu.AVX2:
		return 8
	}
	return 0
}

func run(n int) {
	if lanes() == 16 {
		fma512(n)
	} else {
		fma256(n)
	}
}

func read(p *byte, blocks int) {
	if lanes() == 16 {
		read512(p, blocks)
	} else {
		read256(p, blocks)
	}
}
