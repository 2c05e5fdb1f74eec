// Package peak measures the most that the machine can do in a second: operations
// on float32, bytes read.
//
//	share := flops / seconds / peak.Measure(pool)
//	bound := min(peak.Measure(pool), flops/bytes*peak.Bandwidth(pool, operands))
//
// [Measure] runs independent fused multiplications and additions on registers, as
// the kernels of the level in force would do at best: nothing is loaded or stored.
package peak

//go:generate go run -C ../gen ./peak -out ../peak/peak_amd64.s -stubs ../peak/stubs_amd64.go -pkg peak
//go:generate go run -C ../gen ./neon -in ../peak/peak_amd64.s -out ../peak/peak_arm64.s -stubs ../peak/stubs_arm64.go -pkg peak
