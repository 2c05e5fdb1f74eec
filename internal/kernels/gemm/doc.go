// Package gemm multiplies matrices.
//
// [Gemm] computes C = act(op(A)·op(B) + β·C + bias) on slices of float32 or
// float64, [Batched] the same for many problems at once. float32 runs on
// generated assembly where the processor has AVX2 and FMA, or NEON; everything
// else, and every other processor, on portable Go that is blocked the same way.
//
//	// c [m, n] = relu(a [m, k] · w [n, k]ᵀ + bias [n])
//	ep := gemm.Epilogue[float32]{Bias: bias, Act: gemm.ReLU}
//	gemm.Gemm(pool, false, true, m, n, k, a, k, w, k, 0, c, n, ep)
//
// The work is split by the shapes and the number of threads alone, so that
// the same call gives the same bits. A call allocates nothing once its
// scratch memory has been made.
//
// Source: Van Zee & van de Geijn, "BLIS: a framework for rapidly
// instantiating BLAS functionality", doi:10.1145/2764454.
package gemm
