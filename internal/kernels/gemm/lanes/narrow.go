//go:build !amd64

package lanes

// Where there is no AVX-512 these are never called.

func hasAVX512() bool { return false }

func interleave16(dst *float32, step int, src *float32, rows *[16]int, n int) {}

func strip32(dst *float32, dstStep int, src *float32, srcStep int, n int) {}
