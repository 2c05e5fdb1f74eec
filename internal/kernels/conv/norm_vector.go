//go:build amd64 || arm64

package conv

import "unsafe"

// normalise applies the normalisation to a task's places of the rows from row k
// on: at off in the result, or where they are staged.
func (p *plan) normalise(worker int, res []float32, ph *phase, off, k, rows, begin int) {
	w := &p.walk
	count := ph.segs / w.group
	if !w.whole {
		count = min(w.count, count-begin)
	}
	segs := w.segs[ph.seg+w.group*begin:][:w.group*count]
	if w.staged {
		from := segs[0].out/4 - 8*w.group*begin
		for r := range rows {
			p.norm.apply(k+r, p.stageOf(worker)[r*w.stageRow+from:][:8*len(segs)])
		}
		return
	}
	for len(segs) > 0 {
		// Neighbours in memory as one.
		from, n := segs[0].out/4, segs[0].width()
		for segs = segs[1:]; len(segs) > 0 && segs[0].out/4 == from+n; segs = segs[1:] {
			n += segs[0].width()
		}
		for r := range rows {
			p.norm.apply(k+r, res[off+r*w.area+from:][:n])
		}
	}
}

// width returns how many places of a segment are wanted.
func (s *segment) width() int {
	n := 0
	for _, m := range unsafe.Slice(s.mask, 8) {
		n -= int(m)
	}
	return n
}
