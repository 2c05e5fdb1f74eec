// Package lanes transposes between rows of numbers, the lanes of vectors.
//
//	rows := [8]int{0, n, 2 * n, 3 * n, 4 * n, 5 * n, 6 * n, 7 * n}
//	lanes.Interleave(dst, 8, src, &rows, n)    // dst [n, 8] ← src [8, n]
//	lanes.Deinterleave(src, &rows, dst, n)     // and back
//
// It serves the packing of matrices and the layouts of convolutions.
package lanes

//go:generate go run -C ../../gen ./gemm/lanes -out ../gemm/lanes/lanes_amd64.s
//go:generate go run -C ../../gen ./neon -in ../gemm/lanes/lanes_amd64.s -out ../gemm/lanes/lanes_arm64.s

// Interleave sets dst[i·step + r] = src[rows[r] + i] for i < n and r < 8, in
// the order of i: with step < 8 the lanes from step on are overwritten by the
// next ones, and the last 8 − step stay behind the end.
func Interleave(dst []float32, step int, src []float32, rows *[8]int, n int) {
	if n <= 0 {
		return
	}
	if step < 1 {
		panic("lanes: the step is not positive")
	}
	_ = dst[(n-1)*step+7]
	for _, r := range rows {
		_, _ = src[r], src[r+n-1]
	}
	if hasVectors() {
		interleave(&dst[0], step, &src[0], rows, n)
		return
	}
	for i := range n {
		out := dst[i*step:][:8]
		for r := range out {
			out[r] = src[rows[r]+i]
		}
	}
}

// Interleave16 is [Interleave] for sixteen rows: dst[i·step + r] =
// src[rows[r] + i] for i < n and r < 16, with 16 for 8.
func Interleave16(dst []float32, step int, src []float32, rows *[16]int, n int) {
	if n <= 0 {
		return
	}
	if step < 1 {
		panic("lanes: the step is not positive")
	}
	_ = dst[(n-1)*step+15]
	for _, r := range rows {
		_, _ = src[r], src[r+n-1]
	}
	if hasAVX512() {
		interleave16(&dst[0], step, &src[0], rows, n)
		return
	}
	low, high := [8]int(rows[:8]), [8]int(rows[8:])
	if step >= 8 { // the second half first: the other then overwrites what is too much
		Interleave(dst[8:], step, src, &high, n)
		Interleave(dst, step, src, &low, n)
		return
	}
	for i := range n {
		out := dst[i*step:][:16]
		for r := range out {
			out[r] = src[rows[r]+i]
		}
	}
}

// Turn16 is Interleave16 for the rows of a matrix, that lie stride apart: the
// first height of them, the last of which stands for those that miss.
func Turn16(dst []float32, step int, src []float32, stride, height, n int) {
	if height < 1 || height > 16 || stride < 0 {
		panic("lanes: a matrix has too many rows or runs backwards")
	}
	var rows [16]int
	for r := range rows {
		rows[r] = min(r, height-1) * stride
	}
	if n <= 0 || step < 1 || !hasAVX512() {
		Interleave16(dst, step, src, &rows, n)
		return
	}
	_, _ = dst[(n-1)*step+15], src[(height-1)*stride+n-1]
	interleave16(&dst[0], step, &src[0], &rows, n)
}

// Deinterleave sets dst[rows[r] + i] = src[8·i + r] for i < n and r < 8. Rows
// that are not wanted may share the offset of a later row.
func Deinterleave(dst []float32, rows *[8]int, src []float32, n int) {
	if n <= 0 {
		return
	}
	_ = src[8*n-1]
	for _, r := range rows {
		_, _ = dst[r], dst[r+n-1]
	}
	if hasVectors() {
		deinterleave(&dst[0], rows, &src[0], n)
		return
	}
	for i := range n {
		in := src[8*i:][:8]
		for r, v := range in {
			dst[rows[r]+i] = v
		}
	}
}

// masks holds at [8−w] the mask of w leading lanes.
var masks = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// Strip copies n groups of width ≤ 16 neighbours: for i < n, in this order,
// dst[i·dstStep:] = src[i·srcStep:][:width], followed by zeros up to 8 or, for
// width > 8, up to 16 numbers.
func Strip(dst []float32, dstStep int, src []float32, srcStep, width, n int) {
	if n <= 0 || width <= 0 {
		return
	}
	if width > 16 || dstStep < 0 || srcStep < 0 {
		panic("lanes: a strip is too wide or runs backwards")
	}
	lanes := (width + 7) &^ 7
	_, _ = dst[(n-1)*dstStep+lanes-1], src[(n-1)*srcStep+width-1]
	switch {
	case !hasVectors():
		for i := range n {
			out := dst[i*dstStep:][:lanes]
			clear(out[copy(out, src[i*srcStep:][:width]):])
		}
	case width <= 8:
		strip8(&dst[0], dstStep, &src[0], srcStep, &masks[8-width], n)
	default:
		strip16(&dst[0], dstStep, &src[0], srcStep, &masks[16-width], n)
	}
}

// Strip32 copies n groups of 32 neighbours: for i < n, dst[i·dstStep:] =
// src[i·srcStep:][:32].
func Strip32(dst []float32, dstStep int, src []float32, srcStep, n int) {
	if n <= 0 {
		return
	}
	if dstStep < 0 || srcStep < 0 {
		panic("lanes: a strip runs backwards")
	}
	_, _ = dst[(n-1)*dstStep+31], src[(n-1)*srcStep+31]
	if hasAVX512() {
		strip32(&dst[0], dstStep, &src[0], srcStep, n)
		return
	}
	for i := range n {
		copy(dst[i*dstStep:][:32], src[i*srcStep:])
	}
}
