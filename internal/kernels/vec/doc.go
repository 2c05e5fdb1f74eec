// Package vec computes elementwise loops, reductions, normalisations, losses
// over slices of numbers.
//
// Every function works on row-major slices whose lengths the caller has
// checked, on float32 and float64, and allocates nothing once warm. The plain
// Go form is the definition; float32 on amd64 with AVX2 and FMA and on arm64
// runs generated assembly (internal/kernels/gen/vec) instead, within the accuracy stated
// here. HOCSAU_KERNELS=generic forces the plain form.
//
//	vec.Map(pool, vec.Tanh, x, y, 0)              // y = tanh(x)
//	vec.MapGrad(pool, vec.Tanh, nil, y, dy, dx, 0) // dx = dy·(1 − y²)
//	vec.Softmax(pool, rows, classes, 1, x, y)
//
// # Accuracy
//
// Largest error of the float32 assembly against the exact value, in units in
// the last place, over a dense sample of all numbers: Exp 1, Log 1, Log1p 2,
// Sigmoid 2, Tanh 2, Softplus 2, LogSigmoid 2, ELU 2, ELUMax 2, GELU 10 (far in
// its left tail). Derivatives are within 1e-6 relative; those of ELUMax and
// GELU, which cancel, within 2e-6 absolute. Zeros, infinities, NaN and
// subnormal numbers give what package math gives; only ELUMax with α < 1
// becomes infinite at x = 89 already. The plain form takes these functions in
// float64 and rounds once.
//
// # Determinism
//
// A result depends neither on timing nor on the number of threads: sums are
// taken over blocks of fixed size and joined in order.
package vec

//go:generate go -C ../gen run ./vec -out ../vec/vec_amd64.s -stubs ../vec/stubs_amd64.go -pkg vec
//go:generate go -C ../gen run ./neon -in ../vec/vec_amd64.s -out ../vec/vec_arm64.s -stubs ../vec/stubs_arm64.go -pkg vec
