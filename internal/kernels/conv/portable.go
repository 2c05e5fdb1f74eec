package conv

import (
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/gemm/scratch"
)

// padded is some planes of one sample with their zero padding, and for each
// tap of a kernel the offset of its first operand.
type padded[T gemm.Float] struct {
	size [3]int // of a plane
	data []T
	tab  []int64 // [planes · taps]
	buf  *scratch.Buffer
}

func newPadded[T gemm.Float](s *Shape, planes int) padded[T] {
	var p padded[T]
	for i := range p.size {
		p.size[i] = s.In[i] + s.PadStart[i] + s.PadEnd[i]
	}
	var zero T
	n := planes * p.area()
	off := scratch.Round(n * int(unsafe.Sizeof(zero)))
	p.buf = scratch.Take(off + 8*planes*s.taps())
	p.data = scratch.Of[T](p.buf, 0, n)
	p.tab = scratch.Of[int64](p.buf, off, planes*s.taps())
	clear(p.data)
	i := 0
	for c := range planes {
		for z := range s.Kernel[0] {
			for y := range s.Kernel[1] {
				for x := range s.Kernel[2] {
					p.tab[i] = int64(c*p.area() + p.at(z*s.Dilation[0], y*s.Dilation[1], x*s.Dilation[2]))
					i++
				}
			}
		}
	}
	return p
}

func (p *padded[T]) area() int          { return p.size[0] * p.size[1] * p.size[2] }
func (p *padded[T]) at(z, y, x int) int { return (z*p.size[1]+y)*p.size[2] + x }

// exchange copies planes between the padded form and x [planes, In…], which
// it reads with in true and writes with in false.
func (p *padded[T]) exchange(s *Shape, x []T, planes int, in bool) {
	for c := range planes {
		for z := range s.In[0] {
			for y := range s.In[1] {
				row := x[((c*s.In[0]+z)*s.In[1]+y)*s.In[2]:][:s.In[2]]
				mine := p.data[c*p.area()+p.at(z+s.PadStart[0], y+s.PadStart[1], s.PadStart[2]):][:s.In[2]]
				if in {
					copy(mine, row)
				} else {
					copy(row, mine)
				}
			}
		}
	}
}

// rows calls f for each row of a plane of y: its offset there and that of its
// first operand in a padded plane.
func (p *padded[T]) rows(s *Shape, f func(out, in int)) {
	for z := range s.Out[0] {
		for y := range s.Out[1] {
			f((z*s.Out[1]+y)*s.Out[2], p.at(z*s.Stride[0], y*s.Stride[1], 0))
		}
	}
}

// forward computes the planes lo to hi of y [N·K].
func (j *job[T]) forward(lo, hi int) {
	s := &j.s
	cg, taps, stride := s.cg(), s.taps(), s.Stride[2]
	p := newPadded[T](s, cg)
	defer p.buf.Release()
	last := -1
	for u := lo; u < hi; u++ {
		n, k := u/s.K, u%s.K
		if group := n*s.Groups + k/s.kg(); group != last {
			last = group
			p.exchange(s, j.x[group*cg*s.inArea():], cg, true)
		}
		y := j.y[u*s.outArea():][:s.outArea()]
		var bias T
		if j.bias != nil {
			bias = j.bias[k]
		}
		w := j.w[k*cg*taps:][:cg*taps]
		p.rows(s, func(out, in int) {
			row := y[out:][:s.Out[2]]
			for i := range row {
				row[i] = bias
			}
			t := 0
			for ; t+4 <= len(w); t += 4 {
				o := p.tab[t:][:4]
				gather4(row, p.data[in:], int(o[0]), int(o[1]), int(o[2]), int(o[3]), stride, w[t], w[t+1], w[t+2], w[t+3])
			}
			for ; t < len(w); t++ {
				gather1(row, p.data[in+int(p.tab[t]):], stride, w[t])
			}
			gemm.Activate(j.act, j.slope, row)
		})
		j.norm.apply(k, y)
	}
}

// gather4 adds the products of four weights to a row of y.
func gather4[T gemm.Float](y, x []T, o0, o1, o2, o3, stride int, w0, w1, w2, w3 T) {
	if stride == 1 {
		x0, x1, x2, x3 := x[o0:][:len(y)], x[o1:][:len(y)], x[o2:][:len(y)], x[o3:][:len(y)]
		for i := range y {
			y[i] += w0*x0[i] + w1*x1[i] + (w2*x2[i] + w3*x3[i])
		}
		return
	}
	at := 0
	for i := range y {
		y[i] += w0*x[o0+at] + w1*x[o1+at] + (w2*x[o2+at] + w3*x[o3+at])
		at += stride
	}
}

func gather1[T gemm.Float](y, x []T, stride int, w T) {
	at := 0
	for i := range y {
		y[i] += w * x[at]
		at += stride
	}
}

// backwardInput computes the planes lo to hi of dx [N·C].
func (j *job[T]) backwardInput(lo, hi int) {
	s := &j.s
	cg, kg, taps, area := s.cg(), s.kg(), s.taps(), s.outArea()
	p := newPadded[T](s, 1)
	defer p.buf.Release()
	for u := lo; u < hi; u++ {
		n, c := u/s.C, u%s.C
		group := c / cg
		clear(p.data)
		dy := j.y[(n*s.K+group*kg)*area:][:kg*area]
		w := j.w[(group*kg*cg+c%cg)*taps:]
		for k := 0; k < kg; k += 4 {
			for t := range taps {
				in0 := int(p.tab[t])
				p.rows(s, func(out, in int) {
					dx := p.data[in0+in:]
					if k+4 <= kg {
						spread4(dx, dy[k*area+out:], area, s.Out[2], s.Stride[2],
							w[k*cg*taps+t], w[(k+1)*cg*taps+t], w[(k+2)*cg*taps+t], w[(k+3)*cg*taps+t])
						return
					}
					for r := k; r < kg; r++ {
						spread1(dx, dy[r*area+out:][:s.Out[2]], s.Stride[2], w[r*cg*taps+t])
					}
				})
			}
		}
		p.exchange(s, j.x[u*s.inArea():], 1, false)
	}
}

// spread4 adds the products of a row of four planes of dy to a row of dx.
func spread4[T gemm.Float](dx, dy []T, area, n, stride int, w0, w1, w2, w3 T) {
	d0, d1, d2, d3 := dy[:n], dy[area:][:n], dy[2*area:][:n], dy[3*area:][:n]
	at := 0
	for i := range d0 {
		dx[at] += w0*d0[i] + w1*d1[i] + (w2*d2[i] + w3*d3[i])
		at += stride
	}
}

func spread1[T gemm.Float](dx, dy []T, stride int, w T) {
	at := 0
	for _, d := range dy {
		dx[at] += w * d
		at += stride
	}
}

// backwardWeight computes the kernels lo to hi of dw [C/Groups · K].
func (j *job[T]) backwardWeight(lo, hi int) {
	s := &j.s
	cg, kg, taps, area := s.cg(), s.kg(), s.taps(), s.outArea()
	p := newPadded[T](s, 1)
	defer p.buf.Release()
	for n := range s.N {
		last := -1
		for u := lo; u < hi; u++ {
			c, k := u/s.K, u%s.K
			if plane := n*s.C + k/kg*cg + c; plane != last {
				last = plane
				p.exchange(s, j.x[plane*s.inArea():], 1, true)
			}
			dw := j.w[(k*cg+c)*taps:][:taps]
			if n == 0 {
				clear(dw)
			}
			dy := j.y[(n*s.K+k)*area:][:area]
			p.rows(s, func(out, in int) {
				row := dy[out:][:s.Out[2]]
				t := 0
				for ; t+2 <= taps; t += 2 {
					d0, d1 := dot2(row, p.data[in+int(p.tab[t]):], p.data[in+int(p.tab[t+1]):], s.Stride[2])
					dw[t] += d0
					dw[t+1] += d1
				}
				if t < taps {
					dw[t] += dot1(row, p.data[in+int(p.tab[t]):], s.Stride[2])
				}
			})
		}
	}
}

// dot2 returns the products of a row of dy with two of x.
func dot2[T gemm.Float](dy, x0, x1 []T, stride int) (T, T) {
	var a0, a1, b0, b1 T
	at := 0
	for ; len(dy) >= 2; dy = dy[2:] {
		a0 += dy[0] * x0[at]
		b0 += dy[0] * x1[at]
		a1 += dy[1] * x0[at+stride]
		b1 += dy[1] * x1[at+stride]
		at += 2 * stride
	}
	if len(dy) == 1 {
		a0 += dy[0] * x0[at]
		b0 += dy[0] * x1[at]
	}
	return a0 + a1, b0 + b1
}

func dot1[T gemm.Float](dy, x []T, stride int) T {
	var a T
	at := 0
	for _, d := range dy {
		a += d * x[at]
		at += stride
	}
	return a
}
