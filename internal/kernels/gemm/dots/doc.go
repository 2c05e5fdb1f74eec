// Package dots computes many scalar products of float32 vectors at a time, by
// AVX2, AVX-512 or NEON assembly.
//
//	t := dots.Args{Tab: &offsets[0], Groups: n / 3, …}
//	dots.Run(level, &t, 3, dots.Planes(level))
//
// It is the form of product whose operands both run along the sum, as in the
// gradient of a convolution's weight and in A·Bᵀ with few rows.
package dots
