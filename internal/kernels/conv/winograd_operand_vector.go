//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm/lanes"

// turnOperand transforms the channels lo to hi of a block: [squares, sets,
// channels, tiles].
func (p *plan) turnOperand(m *workspace, b *block, lo, hi int) {
	w := &p.winograd
	x := p.x
	if w.flipped {
		x = p.y
	}
	area, l, line := w.in[0]*w.in[1], w.lanes(), uintptr(4*w.pitch)
	wide := max(w.reach, 6) // places of a row that are cut
	step := uintptr(w.zoom)
	for c := lo; c < hi; c++ {
		for i := range b.n {
			p.padOperand(m.pad[i*w.padPlane:], x[((b.first+i)*w.channels+c)*area:][:area], square*w.zoom*b.row, square*w.zoom*(b.rows-1)+w.reach)
		}
		chunks := chunkArgs{
			tab: &w.tabIn[b.kind*w.pitch], vectors: b.vectors, row: address(m.pad, 0), rowStep: uintptr(4 * w.padRow),
			lanes: address(m.lanes, 0), phase: line, lanesNext: uintptr(4 * l), lanesStep: uintptr(wide) * line, rows: w.reach,
		}
		w.cut(&chunks, w.quads && w.zoom == 1)
		if w.zoom > 1 {
			chunks.row, chunks.lanes, chunks.rows = address(m.pad, 6), address(m.lanes, 6*w.pitch), w.reach
			w.weave(&chunks)
		}
		for set := range w.allSets() {
			down, right := set/w.sets[1], set%w.sets[1]
			w.do(turnInput, &turnArgs{
				src: address(m.lanes, (down*wide+right)*w.pitch), srcRow: step * uintptr(wide) * line, srcCol: step * line, srcStep: uintptr(4 * l),
				dst:    address(m.operand, (set*w.channels+c)*w.pitch),
				dstRow: uintptr(4 * w.window * w.operandPlane), dstCol: uintptr(4 * w.operandPlane), dstStep: uintptr(4 * l),
				n: b.vectors, tmp: address(m.tmp, 0),
			})
		}
	}
}

// padOperand copies count rows of a plane, of which the first is row of the
// padded one. What lies beside them stays zero.
func (p *plan) padOperand(dst, x []float32, row, count int) {
	w := &p.winograd
	first := row - w.lead[0] // in the plane
	top := min(count, max(0, -first))
	n := max(0, min(count, w.in[0]-first)-top)
	clear(dst[:top*w.padRow])
	clear(dst[(top+n)*w.padRow : count*w.padRow])
	if n == 0 {
		return
	}
	width := min(w.in[1], w.padRow-w.lead[1])
	to, from := dst[top*w.padRow+w.lead[1]:], x[(first+top)*w.in[1]:]
	if width > 64 {
		for r := range n {
			copy(to[r*w.padRow:][:width], from[r*w.in[1]:])
		}
		return
	}
	// Zeros behind the last strip may begin the next row, which comes later.
	for c := (width - 1) / 16 * 16; c >= 0; c -= 16 {
		lanes.Strip(to[c:], w.padRow, from[c:], w.in[1], min(16, width-c), n)
	}
}
