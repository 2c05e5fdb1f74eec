package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// sliding has the operators that move a window over spatial axes.
var sliding = map[string]operator{
	"Conv": conv, "ConvInteger": convInteger, "QLinearConv": qLinearConv, "ConvTranspose": convTranspose,
	"MaxPool": maxPool, "AveragePool": averagePool, "LpPool": lpPool,
	"GlobalAveragePool": global(func(v []float64) float64 {
		s := 0.0
		for _, x := range v {
			s += x
		}
		return s / float64(len(v))
	}),
	"GlobalMaxPool": global(slices.Max[[]float64]), "GlobalLpPool": globalLp,
	"MaxUnpool": maxUnpool, "MaxRoiPool": maxRoiPool, "RoiAlign": roiAlign,
	"Col2Im": col2Im, "DeformConv": deformConv,
	"Resize": resize, "Upsample": upsample, "GridSample": gridSample, "AffineGrid": affineGrid,
}

// Window is the geometry of a sliding window over spatial axes.
type Window struct {
	In, Kernel, Stride, Dilation, Before, After, Out []int
}

func filled(list []int, rank, none int) []int {
	if list == nil {
		return slices.Repeat([]int{none}, rank)
	}
	return list
}

// NewWindow reads the settings that convolutions and poolings share.
func NewWindow(n *onnxfile.Node, in, kernel []int) (Window, bool) {
	c := &call{Call: Call{Node: n}}
	rank := len(in)
	w := Window{
		In: in, Kernel: kernel, Stride: filled(c.ints("strides"), rank, 1), Dilation: filled(c.ints("dilations"), rank, 1),
		Before: make([]int, rank), After: make([]int, rank), Out: make([]int, rank),
	}
	pads := filled(c.ints("pads"), 2*rank, 0)
	if len(kernel) != rank || len(w.Stride) != rank || len(w.Dilation) != rank || len(pads) != 2*rank {
		return w, false
	}
	for i := range rank {
		if w.Stride[i] < 1 || w.Dilation[i] < 1 || kernel[i] < 1 {
			return w, false
		}
		reach := w.Dilation[i]*(kernel[i]-1) + 1
		switch mode := c.text("auto_pad", "NOTSET"); mode {
		case "SAME_UPPER", "SAME_LOWER":
			w.Out[i] = (in[i] + w.Stride[i] - 1) / w.Stride[i]
			total := max(0, (w.Out[i]-1)*w.Stride[i]+reach-in[i])
			w.Before[i] = total / 2
			if mode == "SAME_LOWER" {
				w.Before[i] = total - total/2
			}
			w.After[i] = total - w.Before[i]
		case "VALID", "NOTSET", "":
			if mode != "VALID" {
				w.Before[i], w.After[i] = pads[i], pads[rank+i]
			}
			span := in[i] + w.Before[i] + w.After[i] - reach
			if span < 0 {
				return w, false
			}
			w.Out[i] = span/w.Stride[i] + 1
			if c.int("ceil_mode", 0) != 0 {
				w.Out[i] = (span+w.Stride[i]-1)/w.Stride[i] + 1
				if (w.Out[i]-1)*w.Stride[i] >= in[i]+w.Before[i] {
					w.Out[i]--
				}
			}
		default:
			return w, false
		}
	}
	return w, true
}

// taps calls f for each output place, with the kernel places and input places
// that it reads; what lies in the padding is left out.
func (w Window) taps(f func(out int, kernel, in []int)) {
	step := strides(w.In)
	o, k := make([]int, len(w.In)), make([]int, len(w.In))
	var ks, is []int
	for p := range prod(w.Out) {
		ks, is = ks[:0], is[:0]
		clear(k)
		for q := range prod(w.Kernel) {
			from, inside := 0, true
			for a := range w.In {
				i := o[a]*w.Stride[a] + k[a]*w.Dilation[a] - w.Before[a]
				if i < 0 || i >= w.In[a] {
					inside = false
					break
				}
				from += i * step[a]
			}
			if inside {
				ks, is = append(ks, q), append(is, from)
			}
			next(k, w.Kernel)
		}
		f(p, ks, is)
		next(o, w.Out)
	}
}

func conv(c *call) []*Array {
	y := c.convolve(c.in(0), c.in(1), c.maybe(2))
	if c.err != nil {
		return nil
	}
	return one(y.rounded())
}

func (c *call) convolve(x, w, bias *Array) *Array {
	if len(x.Shape) < 3 || len(w.Shape) != len(x.Shape) || !x.IsFloat() {
		c.fail("expected x [N, C, …] and weight [K, C/groups, …]")
		return nil
	}
	groups := c.int("group", 1)
	n, ch, k := x.Shape[0], x.Shape[1], w.Shape[0]
	g, ok := NewWindow(c.Node, x.Shape[2:], w.Shape[2:])
	if !ok || groups < 1 || ch != w.Shape[1]*groups || k%groups != 0 {
		c.fail("%d groups, kernel %v, strides %v, pads %v", groups, w.Shape[2:], c.ints("strides"), c.ints("pads"))
		return nil
	}
	y := New(x.Type, slices.Concat([]int{n, k}, g.Out))
	inArea, outArea, taps := prod(g.In), prod(g.Out), prod(g.Kernel)
	perGroup := w.Shape[1]
	g.taps(func(o int, ks, is []int) {
		for b := range n {
			for f := range k {
				first := f / (k / groups) * perGroup
				sum := 0.0
				if bias != nil {
					sum = bias.Float(f)
				}
				for i := range perGroup {
					plane, kernel := x.F[(b*ch+first+i)*inArea:], w.F[(f*perGroup+i)*taps:]
					for t, q := range ks {
						sum += plane[is[t]] * kernel[q]
					}
				}
				y.F[(b*k+f)*outArea+o] = sum
			}
		}
	})
	return y
}

func convInteger(c *call) []*Array {
	y := c.convolve(shifted(c.in(0), c.maybe(2), 1), shifted(c.in(1), c.maybe(3), 0), nil)
	if c.err != nil {
		return nil
	}
	return one(sums32(y))
}

func qLinearConv(c *call) []*Array {
	y := c.convolve(shifted(c.in(0), c.in(2), 1), shifted(c.in(3), c.in(5), 0), c.maybe(8))
	if c.err != nil {
		return nil
	}
	var scale []float64
	for _, s := range c.in(4).F {
		scale = append(scale, c.in(1).F[0]*s/c.in(6).F[0])
	}
	return one(requantized(y, scale, 1, c.in(7)))
}

// Transposed is the geometry of a transposed convolution: Window of the
// convolution from its output to its input.
func Transposed(n *onnxfile.Node, in, kernel []int) (w Window, outputPad []int, ok bool) {
	c := &call{Call: Call{Node: n}}
	rank := len(in)
	w = Window{
		Kernel: kernel, Stride: filled(c.ints("strides"), rank, 1), Dilation: filled(c.ints("dilations"), rank, 1),
		Before: make([]int, rank), After: make([]int, rank), In: make([]int, rank), Out: in,
	}
	pads, want := filled(c.ints("pads"), 2*rank, 0), c.ints("output_shape")
	outputPad = filled(c.ints("output_padding"), rank, 0)
	if len(kernel) != rank || len(w.Stride) != rank || len(w.Dilation) != rank || len(pads) != 2*rank || len(outputPad) != rank {
		return w, nil, false
	}
	if len(want) > rank {
		want = want[len(want)-rank:]
	}
	for i := range rank {
		full := w.Stride[i]*(in[i]-1) + outputPad[i] + (kernel[i]-1)*w.Dilation[i] + 1
		mode := c.text("auto_pad", "NOTSET")
		same := mode == "SAME_UPPER" || mode == "SAME_LOWER"
		if want == nil && !same {
			if mode != "VALID" {
				w.Before[i], w.After[i] = pads[i], pads[rank+i]
			}
			w.In[i] = full - w.Before[i] - w.After[i]
			continue
		}
		size := in[i] * w.Stride[i]
		if want != nil {
			size = want[i]
		}
		total := max(0, full-size)
		w.Before[i] = total / 2
		if mode != "SAME_UPPER" && same || !same {
			w.Before[i] = total - total/2
		}
		if !same {
			w.Before[i] = total / 2
		}
		w.After[i] = total - w.Before[i]
		w.In[i] = size
		if extra := size - (full - total); extra > 0 {
			outputPad[i] += extra
		}
	}
	for _, s := range w.In {
		if s < 1 {
			return w, nil, false
		}
	}
	return w, outputPad, true
}

func convTranspose(c *call) []*Array {
	x, w, bias := c.in(0), c.in(1), c.maybe(2)
	if len(x.Shape) < 3 || len(w.Shape) != len(x.Shape) {
		return c.fail("expected x [N, C, …] and weight [C, K/groups, …]")
	}
	groups := c.int("group", 1)
	n, ch, perGroup := x.Shape[0], x.Shape[1], w.Shape[1]
	g, _, ok := Transposed(c.Node, x.Shape[2:], w.Shape[2:])
	if !ok || w.Shape[0] != ch || groups < 1 || ch%groups != 0 || !c.room(g.In) {
		return c.fail("%d groups, strides %v, pads %v", groups, c.ints("strides"), c.ints("pads"))
	}
	k := perGroup * groups
	y := New(x.Type, slices.Concat([]int{n, k}, g.In))
	area, from, taps := prod(g.In), prod(g.Out), prod(g.Kernel)
	g.taps(func(o int, ks, is []int) {
		for b := range n {
			for i := range ch {
				v := x.F[(b*ch+i)*from+o]
				first := i / (ch / groups) * perGroup
				for f := range perGroup {
					plane, kernel := y.F[(b*k+first+f)*area:], w.F[(i*perGroup+f)*taps:]
					for t, q := range ks {
						plane[is[t]] += v * kernel[q]
					}
				}
			}
		}
	})
	if bias != nil {
		for i := range y.F {
			y.F[i] += bias.F[i/area%k]
		}
	}
	return one(y.rounded())
}

// pool folds each window of x.
func (c *call) pool(f func(b int, values []float64, w Window, ks, is []int) float64) []*Array {
	x := c.in(0)
	if len(x.Shape) < 3 {
		return c.fail("expected x [N, C, …]")
	}
	w, ok := NewWindow(c.Node, x.Shape[2:], c.ints("kernel_shape"))
	if !ok {
		return c.fail("kernel %v, strides %v, pads %v", c.ints("kernel_shape"), c.ints("strides"), c.ints("pads"))
	}
	y := New(x.Type, slices.Concat(x.Shape[:2], w.Out))
	area, out := prod(w.In), prod(w.Out)
	var values []float64
	w.taps(func(o int, ks, is []int) {
		for b := range x.Shape[0] * x.Shape[1] {
			values = values[:0]
			for _, i := range is {
				values = append(values, x.Float(b*area+i))
			}
			v := f(b*out+o, values, w, ks, is)
			if y.IsFloat() {
				y.F[b*out+o] = v
			} else {
				y.I[b*out+o] = int64(v)
			}
		}
	})
	return one(y.rounded())
}

func maxPool(c *call) []*Array {
	var at []int
	out := c.pool(func(o int, values []float64, w Window, _, is []int) float64 {
		best := -1
		for i, v := range values {
			if best < 0 || v > values[best] || math.IsNaN(v) && !math.IsNaN(values[best]) {
				best = i
			}
		}
		if len(at) <= o {
			at = append(at, make([]int, o+1-len(at))...)
		}
		if best < 0 {
			return math.Inf(-1)
		}
		plane := o / prod(w.Out)
		p := is[best]
		if c.int("storage_order", 0) == 1 { // column by column
			index, q := make([]int, len(w.In)), p
			for a := len(w.In) - 1; a >= 0; a-- {
				index[a] = q % w.In[a]
				q /= w.In[a]
			}
			p = 0
			for a := len(w.In) - 1; a >= 0; a-- {
				p = p*w.In[a] + index[a]
			}
		}
		at[o] = plane*prod(w.In) + p
		return values[best]
	})
	if c.err != nil {
		return nil
	}
	return []*Array{out[0], Ints(at...).as(out[0].Shape...)}
}

func averagePool(c *call) []*Array {
	counting := c.int("count_include_pad", 0) != 0
	return c.pool(func(o int, values []float64, w Window, _, _ []int) float64 {
		s := 0.0
		for _, v := range values {
			s += v
		}
		n := len(values)
		if counting {
			n = w.counted(o % prod(w.Out))
		}
		return s / float64(n)
	})
}

// counted returns how many places of window o lie within the padded input.
func (w Window) counted(o int) int {
	n := 1
	for a := len(w.Out) - 1; a >= 0; a-- {
		i := o % w.Out[a]
		o /= w.Out[a]
		in := 0
		for k := range w.Kernel[a] {
			if p := i*w.Stride[a] + k*w.Dilation[a]; p < w.In[a]+w.Before[a]+w.After[a] {
				in++
			}
		}
		n *= in
	}
	return n
}

func lpPool(c *call) []*Array {
	p := c.float("p", 2)
	if a := c.attr("p"); a != nil && a.Type == onnxfile.Int {
		p = float64(a.I)
	}
	return c.pool(func(_ int, values []float64, _ Window, _, _ []int) float64 {
		s := 0.0
		for _, v := range values {
			s += math.Pow(math.Abs(v), p)
		}
		return math.Pow(s, 1/p)
	})
}

func global(f func(v []float64) float64) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		if len(x.Shape) < 3 {
			return c.fail("expected x [N, C, …]")
		}
		y := New(x.Type, slices.Concat(x.Shape[:2], slices.Repeat([]int{1}, len(x.Shape)-2)))
		area := prod(x.Shape[2:])
		for i := range y.F {
			y.F[i] = f(x.F[i*area : (i+1)*area])
		}
		return one(y.rounded())
	}
}

func globalLp(c *call) []*Array {
	p := float64(c.int("p", 2))
	return global(func(v []float64) float64 {
		s := 0.0
		for _, x := range v {
			s += math.Pow(math.Abs(x), p)
		}
		return math.Pow(s, 1/p)
	})(c)
}

func maxUnpool(c *call) []*Array {
	x, places := c.in(0), c.in(1)
	rank := len(x.Shape) - 2
	if rank < 1 {
		return c.fail("expected x [N, C, …]")
	}
	kernel, stride, pads := c.ints("kernel_shape"), filled(c.ints("strides"), rank, 1), filled(c.ints("pads"), 2*rank, 0)
	shape := slices.Clone(x.Shape)
	for i := range rank {
		shape[2+i] = (x.Shape[2+i]-1)*stride[i] + kernel[i] - pads[i] - pads[rank+i]
	}
	natural := slices.Clone(shape)
	if s := c.maybe(2); s != nil {
		shape = s.Ints()
	}
	if !c.room(shape) {
		return nil
	}
	y := New(x.Type, shape)
	step, from := strides(shape), strides(natural)
	for i, p := range places.I {
		to, rest := 0, int(p)
		for a := range natural {
			to += rest / from[a] * step[a]
			rest %= from[a]
		}
		y.F[to] = x.F[i]
	}
	return one(y)
}

// maxRoiPool takes maxima over the bins of regions, the last row and column
// included, as Fast R-CNN does.
func maxRoiPool(c *call) []*Array {
	x, rois, size, scale := c.in(0), c.in(1), c.ints("pooled_shape"), c.float("spatial_scale", 1)
	if len(x.Shape) != 4 || len(rois.Shape) != 2 || rois.Shape[1] != 5 || len(size) != 2 || size[0] < 1 || size[1] < 1 || !c.room(size) {
		return c.fail("expected maps [N, C, H, W] and regions [R, 5]")
	}
	ch, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	y := New(x.Type, []int{rois.Shape[0], ch, size[0], size[1]})
	bin := func(i, n, first, length, limit int) (lo, hi int) {
		share := float64(length) / float64(n)
		lo, hi = int(math.Floor(float64(i)*share)), int(math.Ceil(float64(i+1)*share))
		return min(max(lo+first, 0), limit), min(max(hi+first, 0), limit)
	}
	for r := range rois.Shape[0] {
		v := rois.F[5*r:]
		b := c.index(int64(v[0]), x.Shape[0])
		if c.err != nil {
			return nil
		}
		at := func(i int) int { return int(math.Round(v[i] * scale)) }
		left, top, right, bottom := at(1), at(2), at(3), at(4)
		for k := range ch {
			plane := x.F[(b*ch+k)*h*w:][:h*w]
			for i := range size[0] {
				y0, y1 := bin(i, size[0], top, max(bottom-top+1, 1), h)
				for j := range size[1] {
					x0, x1 := bin(j, size[1], left, max(right-left+1, 1), w)
					best := 0.0
					for p := y0; p < y1; p++ {
						for q := x0; q < x1; q++ {
							if value := plane[p*w+q]; p == y0 && q == x0 || value > best {
								best = value
							}
						}
					}
					y.F[((r*ch+k)*size[0]+i)*size[1]+j] = best
				}
			}
		}
	}
	return one(y)
}

func col2Im(c *call) []*Array {
	x, image, block := c.in(0), c.in(1).Ints(), c.in(2).Ints()
	if len(x.Shape) != 3 || prod(block) == 0 || x.Shape[1]%prod(block) != 0 || !c.room(image) {
		return c.fail("expected columns [N, C·block, L]")
	}
	w, ok := NewWindow(c.Node, image, block)
	if !ok || prod(w.Out) != x.Shape[2] {
		return c.fail("%d columns, expected %v", x.Shape[2], w.Out)
	}
	n, ch := x.Shape[0], x.Shape[1]/prod(block)
	y := New(x.Type, slices.Concat([]int{n, ch}, image))
	area, taps, cols := prod(image), prod(block), x.Shape[2]
	w.taps(func(o int, ks, is []int) {
		for b := range n * ch {
			for t, q := range ks {
				y.F[b*area+is[t]] += x.F[(b*taps+q)*cols+o]
			}
		}
	})
	return one(y.rounded())
}
