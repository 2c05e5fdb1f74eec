//go:build !amd64

package lanes

func hasAVX2() bool   { return false }
func hasAVX512() bool { return false }

func interleave(dst *float32, step int, src *float32, rows *[8]int, n int) {}

func interleave16(dst *float32, step int, src *float32, rows *[16]int, n int) {}

func deinterleave(dst *float32, rows *[8]int, src *float32, n int) {}

func strip8(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int) {}

func strip16(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int) {}

func strip32(dst *float32, dstStep int, src *float32, srcStep int, n int) {}
