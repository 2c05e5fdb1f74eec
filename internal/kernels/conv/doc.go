// Package conv convolves batches of images, sequences or volumes.
//
// One [Shape] describes a cross-correlation with zero padding in one, two or
// three dimensions, and four functions compute it on slices in [N, C, …]
// order: [Forward] (with bias and activation), [BackwardInput] (which is also
// the transposed convolution), [BackwardWeight], [BackwardBias].
//
//	s := conv.Shape2D(64, 3, 16, [2]int{32, 32}, [2]int{3, 3}, 1, 1)
//	conv.Forward(pool, &s, x, w, bias, y, gemm.ReLU, 0)
//
// No matrix of patches is made. float32 runs on generated assembly where the
// processor has AVX2 and FMA, or NEON, all else on portable Go: 3×3 kernels at stride 1 and
// kernels of up to 4×4 at stride 2 by Winograd's algorithm, given a dozen
// channels, others by the definition. The work is split by the shape and the
// number of threads alone, so that the same call gives the same bits.
package conv
