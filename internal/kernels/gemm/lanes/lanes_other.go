//go:build !amd64 && !arm64

package lanes

func hasVectors() bool { return false }

func interleave(dst *float32, step int, src *float32, rows *[8]int, n int) {}

func deinterleave(dst *float32, rows *[8]int, src *float32, n int) {}

func strip8(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int) {}

func strip16(dst *float32, dstStep int, src *float32, srcStep int, mask *int32, n int) {}
