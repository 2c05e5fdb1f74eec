// Package peak measures the most floating-point operations a second that the
// machine can do in float32.
//
//	share := flops / seconds / peak.Measure(pool)
//
// It runs independent fused multiplications and additions on registers, as the
// kernels of the level in force would do at best: nothing is loaded or stored.
package peak

//go:generate go run -C ../gen ./peak -out ../peak/peak_amd64.s -stubs ../peak/stubs_amd64.go -pkg peak
