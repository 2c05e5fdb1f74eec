//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm"

const (
	// patchPlaces is the most places of a batch for which the gradient of the
	// weight goes by patches, patchPlanes the planes that repay copying them.
	patchPlaces = 1600
	patchPlanes = 128
	// patchBytes bounds the patches that are made at a time.
	patchBytes = 1 << 20
)

// patched reports whether the gradient of the weight is best computed as a
// product of matrices: so few places that sums over them are short, so many
// planes that each patch is used often.
func (s *Shape) patched() bool {
	return s.N*s.outArea() <= patchPlaces && s.kg() >= patchPlanes && s.cg()*s.taps() >= patchPlanes
}

// patchChannels returns how many channels of x make a block of patches.
func (p *plan) patchChannels() int {
	s := &p.s
	most := patchBytes / (4 * s.taps() * s.N * s.outArea())
	fair := (s.cg() + 2*p.threads - 1) / (2 * p.threads)
	return max(1, min(most, fair))
}

// runPatches computes, for each group and block of channels c of x,
//
//	dw[k, (c, t)] = Σ_(n, o) dy[k, (n, o)] · patch[(c, t), (n, o)]
//
// where patch[(c, t), (n, o)] = x[n, c, o·stride + t·dilation − padStart].
func (p *plan) runPatches() {
	s := &p.s
	places, per := s.N*s.outArea(), p.patchChannels()
	defer p.borrow(places * (s.K + p.threads*per*s.taps())).Release()
	if s.N > 1 {
		p.loop(stageTurn, s.K)
	}
	p.loop(stagePatches, s.Groups*((s.cg()+per-1)/per))
}

// turnPlanes copies the planes lo to hi of all samples of dy [N, K, area] to
// [K, N, area].
func (p *plan) turnPlanes(lo, hi int) {
	s := &p.s
	area := s.outArea()
	for k := lo; k < hi; k++ {
		for n := range s.N {
			copy(p.mem[(k*s.N+n)*area:][:area], p.y[(n*s.K+k)*area:])
		}
	}
}

// patchBlocks computes the blocks of channels lo to hi.
func (p *plan) patchBlocks(worker, lo, hi int) {
	s := &p.s
	cg, kg, taps, places := s.cg(), s.kg(), s.taps(), s.N*s.outArea()
	per := p.patchChannels()
	blocks := (cg + per - 1) / per
	dy := p.mem[:s.K*places]
	if s.N == 1 {
		dy = p.y
	}
	patches := p.mem[s.K*places+worker*per*taps*places:][:per*taps*places]
	for u := lo; u < hi; u++ {
		g, c0 := u/blocks, u%blocks*per
		channels := min(per, cg-c0)
		for c := range channels {
			p.patch(patches[c*taps*places:], g*cg+c0+c)
		}
		dw := p.w[(g*kg*cg+c0)*taps:]
		gemm.Gemm(nil, false, true, kg, channels*taps, places, dy[g*kg*places:], places, patches, places,
			0, dw, cg*taps, gemm.Epilogue[float32]{})
	}
}

// patch copies what each tap reads of channel c: [taps, N, area].
func (p *plan) patch(dst []float32, c int) {
	s := &p.s
	area, in := s.outArea(), s.inArea()
	for t := range s.taps() {
		at := s.tapAt(t)
		lo, hi := s.inside(2, at[2])
		for n := range s.N {
			x := p.x[(n*s.C+c)*in:][:in]
			for z := range s.Out[0] {
				iz := z*s.Stride[0] + at[0]*s.Dilation[0] - s.PadStart[0]
				for y := range s.Out[1] {
					iy := y*s.Stride[1] + at[1]*s.Dilation[1] - s.PadStart[1]
					row := dst[((t*s.N+n)*area + (z*s.Out[1]+y)*s.Out[2]):][:s.Out[2]]
					if iz < 0 || iz >= s.In[0] || iy < 0 || iy >= s.In[1] || lo >= hi {
						clear(row)
						continue
					}
					clear(row[:lo])
					clear(row[hi:])
					from := (iz*s.In[1]+iy)*s.In[2] + lo*s.Stride[2] + at[2]*s.Dilation[2] - s.PadStart[2]
					if s.Stride[2] == 1 {
						copy(row[lo:hi], x[from:])
					} else {
						takeEvery(row[lo:hi], x[from:], s.Stride[2])
					}
				}
			}
		}
	}
}

// inside returns the places of an axis, lo to hi, whose operand for a tap lies
// in the data.
func (s *Shape) inside(axis, tap int) (lo, hi int) {
	off := s.PadStart[axis] - tap*s.Dilation[axis]
	stride := s.Stride[axis]
	if off > 0 {
		lo = (off + stride - 1) / stride
	}
	if last := s.In[axis] - 1 + off; last >= 0 {
		hi = last/stride + 1
	}
	hi = min(hi, s.Out[axis])
	return min(lo, hi), hi
}
