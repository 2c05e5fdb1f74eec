//go:build amd64 || arm64

package lanes

import "github.com/hocsau/hocsau/internal/kernels/cpu"

func hasVectors() bool { return cpu.Level() > cpu.Generic }

//go:noescape
func interleave(dst *float32, step int, src *float32, rows *[8]int, n int)

//go:noescape
func deinterleave(dst *float32, rows *[8]int, src *float32, n int)

//go:noescape
func strip8(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int)

//go:noescape
func strip16(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int)
