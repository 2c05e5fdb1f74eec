package peak

import "github.com/hocsau/hocsau/internal/kernels/cpu"

// lanes returns the numbers that a step of the level in force computes with: two
// vectors of four; 0 where that is plain Go.
func lanes() int {
	if cpu.Level() == cpu.NEON {
		return 8
	}
	return 0
}

func run(n int) { fma256(n) }

func read(p *byte, blocks int) { read256(p, blocks) }
