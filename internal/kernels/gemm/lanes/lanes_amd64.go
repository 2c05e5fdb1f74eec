package lanes

import "github.com/hocsau/hocsau/internal/kernels/cpu"

func hasAVX512() bool { return cpu.Level() >= cpu.AVX512 }

//go:noescape
func interleave16(dst *float32, step int, src *float32, rows *[16]int, n int)

//go:noescape
func strip32(dst *float32, dstStep int, src *float32, srcStep int, n int)
