//go:build amd64 || arm64

package conv

import (
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// pointwise reports whether the convolution is a product of matrices: kernel
// 1, stride 1, no padding.
func (s *Shape) pointwise() bool {
	return s.taps() == 1 && s.inArea() == s.outArea() && s.PadStart == [3]int{} &&
		s.PadEnd == [3]int{} && s.cg() >= 4 && s.kg() >= 4
}

// runPointwise computes a 1×1 convolution as products of matrices, one for
// each sample and group.
func (p *plan) runPointwise() {
	p.blocks, p.strips = p.s.N, 1
	if p.byItems() {
		p.loop(stagePoint, p.s.N)
		return
	}
	for n := range p.s.N {
		p.point(p.pool, n)
	}
}

// point computes sample n on the given pool.
func (p *plan) point(pool *par.Pool, n int) {
	s := &p.s
	cg, kg, area := s.cg(), s.kg(), s.outArea()
	for g := range s.Groups {
		w := p.w[g*kg*cg:][:kg*cg]
		x := p.x[(n*s.C+g*cg)*area:][:cg*area]
		y := p.y[(n*s.K+g*kg)*area:][:kg*area]
		switch p.pass {
		case forward:
			ep := gemm.Epilogue[float32]{BiasRows: true, Act: p.act, Slope: p.slope}
			if p.bias != nil {
				ep.Bias = p.bias[g*kg:][:kg]
			}
			gemm.Gemm(pool, false, false, kg, area, cg, w, cg, x, area, 0, y, area, ep)
			for k := range kg {
				p.norm.apply(g*kg+k, y[k*area:][:area])
			}
		case backwardInput:
			gemm.Gemm(pool, true, false, cg, area, kg, w, cg, y, area, 0, x, area, gemm.Epilogue[float32]{})
		}
	}
}

// reshape gives the images of a 1×1 convolution rows of whole vectors where
// their size allows that; the weight's gradient does not mind.
func (s *Shape) reshape() {
	area := s.outArea()
	for width := 128; width >= 8 && s.Out[2]%8 != 0; width -= 8 {
		if area%width == 0 {
			s.In = [3]int{1, area / width, width}
			s.Out = s.In
		}
	}
}
