// Package words has the inner loops of training word vectors.
//
// Rows are Width(dim) long: the dim numbers of a vector, then zeros up to a
// multiple of eight. Every function keeps the zeros. The plain Go form is the
// definition; float32 on amd64 with AVX2 and FMA and on arm64 runs generated assembly
// (internal/kernels/gen/words), which adds in another order and takes σ within
// 2 units in the last place, 1/√s within 2e-7.
//
//	n := words.Width(100)
//	e, theta, sum := make([]float32, n), make([]float32, 5*n), make([]float32, n)
//	…
//	words.Negative(e, sum, theta, []int{0, 3 * n}, 1, 0.025, &scores) // row 0 is right, row 3 wrong
//	words.Add(1, sum, e)
//
// Several goroutines may call Negative or Add on the same rows where Shared
// reports true: whole vectors of numbers are read, changed, written, so that an
// update may be lost, never torn; the race detector does not look into
// assembly.
package words

//go:generate go -C ../gen run ./words -out ../words/words_amd64.s -stubs ../words/stubs_amd64.go -pkg words
//go:generate go -C ../gen run ./neon -in ../words/words_amd64.s -out ../words/words_arm64.s -stubs ../words/stubs_arm64.go -pkg words
