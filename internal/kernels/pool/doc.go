// Package pool reduces windows of images or volumes to one number each.
//
// It also has the gradients of that, the enlargement of maps and theirs.
//
// Planes are [N, C, D, H, W]; for images D is 1, for sequences H too. The
// caller gives the output size, so that rounding down or up is its choice;
// windows are cut at the edge of the input.
//
//	s := &pool.Shape{N: 8, C: 3, In: [3]int{1, 28, 28}, Kernel: [3]int{1, 2, 2},
//		Stride: [3]int{1, 2, 2}, Out: [3]int{1, 14, 14}}
//	pool.Max(threads, s, x, y, idx)
//	pool.MaxGrad(threads, s, idx, dy, dx)
//
// The plain Go form is generic; float32 on amd64 with AVX2 and on arm64 runs
// generated assembly over rows of windows. Results do not depend on the threads, and
// nothing is allocated once warm.
package pool

//go:generate go -C ../gen run ./vec -for pool -out ../pool/pool_amd64.s -stubs ../pool/stubs_amd64.go -pkg pool
//go:generate go -C ../gen run ./neon -in ../pool/pool_amd64.s -out ../pool/pool_arm64.s -stubs ../pool/stubs_arm64.go -pkg pool
