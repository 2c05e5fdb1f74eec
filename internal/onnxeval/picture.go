package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// Sizes returns the sizes and scales of Resize for each axis of x.
func Sizes(n *onnxfile.Node, shape []int, scales []float64, sizes []int) (out []int, scale []float64, ok bool) {
	c := &call{Call: Call{Node: n}}
	rank := len(shape)
	axes := sequence(rank)
	if c.has("axes") {
		axes = c.ints("axes")
	}
	out, scale = slices.Clone(shape), make([]float64, rank)
	for i := range scale {
		scale[i] = 1
	}
	for k, a := range axes {
		if a < 0 {
			a += rank
		}
		switch {
		case a < 0 || a >= rank:
			return nil, nil, false
		case len(sizes) == len(axes):
			out[a], scale[a] = sizes[k], float64(sizes[k])/float64(shape[a])
		case len(scales) == len(axes):
			out[a], scale[a] = int(math.Floor(float64(shape[a])*scales[k])), scales[k]
		default:
			return nil, nil, false
		}
	}
	if policy := c.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch" && len(sizes) > 0 {
		all := math.Inf(1)
		if policy == "not_smaller" {
			all = 0
		}
		for _, a := range axes {
			a = (a + rank) % rank
			if policy == "not_larger" {
				all = min(all, scale[a])
			} else {
				all = max(all, scale[a])
			}
		}
		for _, a := range axes {
			a = (a + rank) % rank
			scale[a], out[a] = all, int(math.Floor(all*float64(shape[a])+0.5))
		}
	}
	return out, scale, true
}

func upsample(c *call) []*Array {
	var scales []float64
	if a := c.maybe(1); a != nil {
		scales = a.F
	} else if a := c.attr("scales"); a != nil {
		for _, v := range a.Floats {
			scales = append(scales, float64(v))
		}
	} else {
		scales = []float64{1, 1, c.float("height_scale", 1), c.float("width_scale", 1)}
	}
	out, scale, ok := Sizes(&onnxfile.Node{}, c.in(0).Shape, scales, nil)
	if !ok || !c.room(out) {
		return c.fail("scales %v", scales)
	}
	r := resizer{mode: c.text("mode", "nearest"), coordinates: "asymmetric", nearest: "floor"}
	return c.resized(r, out, scale, nil)
}

// resizer is the settings of a resize.
type resizer struct {
	mode, coordinates, nearest string
	cubic, outside             float64
	exclude, antialias         bool
}

func resize(c *call) []*Array {
	x := c.in(0)
	r := resizer{
		mode: c.text("mode", "nearest"), coordinates: c.text("coordinate_transformation_mode", "half_pixel"),
		nearest: c.text("nearest_mode", "round_prefer_floor"), cubic: c.float("cubic_coeff_a", -0.75),
		outside: c.float("extrapolation_value", 0), exclude: c.int("exclude_outside", 0) != 0, antialias: c.int("antialias", 0) != 0,
	}
	var roi, scales []float64
	var sizes []int
	i := 2
	if c.Opset < 11 {
		i, r.coordinates, r.nearest = 1, "asymmetric", "floor"
	} else if a := c.maybe(1); a != nil {
		roi = a.F
	}
	if a := c.maybe(i); a != nil {
		scales = a.F
	}
	if a := c.maybe(3); a != nil && a.Len() > 0 {
		sizes = a.Ints()
	}
	out, scale, ok := Sizes(c.Node, x.Shape, scales, sizes)
	if !ok || !c.room(out) {
		return c.fail("scales %v, sizes %v", scales, sizes)
	}
	if c.has("axes") && len(roi) > 0 { // roi is of those axes alone
		axes := c.ints("axes")
		full := make([]float64, 2*len(x.Shape))
		for a := range x.Shape {
			full[len(x.Shape)+a] = 1
		}
		for k, a := range axes {
			a = c.axis(a, len(x.Shape))
			full[a], full[len(x.Shape)+a] = roi[k], roi[len(axes)+k]
		}
		roi = full
	}
	return c.resized(r, out, scale, roi)
}

// tap is an input place with its weight; outside the input it is −1.
type tap struct {
	at     int
	weight float64
}

// resized interpolates axis by axis.
func (c *call) resized(r resizer, out []int, scale, roi []float64) []*Array {
	x := c.in(0)
	y := &Array{Type: onnxfile.Float64, Shape: x.Shape}
	if c.collect == nil {
		y.F = make([]float64, x.Len())
	}
	for i := range y.F {
		y.F[i] = x.Float(i)
	}
	rank := len(x.Shape)
	outside := make([][]bool, rank)
	for a := range rank {
		if out[a] == x.Shape[a] && scale[a] == 1 && (r.coordinates != "tf_crop_and_resize" || len(roi) == 0) {
			continue
		}
		taps, beyond := r.taps(x.Shape[a], out[a], scale[a], a, rank, roi)
		if taps == nil {
			return c.unsupported("Resize with mode " + r.mode + ", " + r.coordinates + ", " + r.nearest)
		}
		outside[a] = beyond
		if c.collect != nil {
			c.collect(a, taps)
			continue
		}
		outer, n, inner := axes3(y.Shape, a)
		shape := slices.Clone(y.Shape)
		shape[a] = out[a]
		z := New(onnxfile.Float64, shape)
		for o := range outer {
			for k, list := range taps {
				to := z.F[(o*out[a]+k)*inner:][:inner]
				for _, t := range list {
					for i, v := range y.F[(o*n+t.at)*inner:][:inner] {
						to[i] += t.weight * v
					}
				}
			}
		}
		y = z
	}
	if c.collect != nil {
		return nil
	}
	result := New(x.Type, out)
	index := make([]int, rank)
	for i, v := range y.F {
		for a, p := range index {
			if outside[a] != nil && outside[a][p] {
				v = r.outside
			}
		}
		if result.IsFloat() {
			result.F[i] = v
		} else {
			result.I[i] = saturated(x.Type, math.Trunc(v))
		}
		next(index, out)
	}
	return one(result.rounded())
}

// source returns where output i lies in the input.
func (r resizer) source(i, n, out int, scale float64, axis, rank int, roi []float64) (float64, bool) {
	v, width := float64(i), scale*float64(n)
	switch r.coordinates {
	case "half_pixel":
		return (v+0.5)/scale - 0.5, true
	case "half_pixel_symmetric":
		adjust := float64(out) / width
		centre := float64(n) / 2
		return centre*(1-adjust) + (v+0.5)/scale - 0.5, true
	case "pytorch_half_pixel":
		if out > 1 {
			return (v+0.5)/scale - 0.5, true
		}
		return 0, true
	case "align_corners":
		if width == 1 || out == 1 {
			return 0, true
		}
		return v * float64(n-1) / (width - 1), true
	case "asymmetric":
		return v / scale, true
	case "tf_half_pixel_for_nn":
		return (v + 0.5) / scale, true
	case "tf_crop_and_resize":
		if len(roi) != 2*rank {
			return 0, false
		}
		lo, hi := roi[axis], roi[rank+axis]
		if out > 1 {
			return lo*float64(n-1) + v*(hi-lo)*float64(n-1)/float64(out-1), true
		}
		return 0.5 * (lo + hi) * float64(n-1), true
	}
	return 0, false
}

func (r resizer) taps(n, out int, scale float64, axis, rank int, roi []float64) (taps [][]tap, beyond []bool) {
	taps = make([][]tap, out)
	beyond = make([]bool, out)
	for i := range out {
		p, ok := r.source(i, n, out, scale, axis, rank, roi)
		if !ok {
			return nil, nil
		}
		beyond[i] = r.coordinates == "tf_crop_and_resize" && (p < 0 || p > float64(n-1))
		var list []tap
		switch r.mode {
		case "nearest":
			var q float64
			switch r.nearest {
			case "round_prefer_floor":
				q = math.Ceil(p - 0.5)
			case "round_prefer_ceil":
				q = math.Floor(p + 0.5)
			case "floor":
				q = math.Floor(p)
			case "ceil":
				q = math.Ceil(p)
			default:
				return nil, nil
			}
			list = []tap{{int(q), 1}}
		case "linear", "cubic":
			list = r.kernel(p, scale)
		default:
			return nil, nil
		}
		sum := 0.0
		var kept []tap
		for _, t := range list {
			if r.exclude && (t.at < 0 || t.at >= n) {
				continue
			}
			sum += t.weight
			kept = append(kept, tap{min(max(t.at, 0), n-1), t.weight})
		}
		for k := range kept {
			kept[k].weight /= sum
		}
		taps[i] = kept
	}
	return taps, beyond
}

// kernel returns the places around p with their weights; scaled down with
// antialias set, the kernel is as much wider.
func (r resizer) kernel(p, scale float64) []tap {
	reach, stretch := 1.0, 1.0
	if r.mode == "cubic" {
		reach = 2
	}
	if r.antialias && scale < 1 {
		stretch = scale
	}
	var list []tap
	for q := math.Floor(p-reach/stretch) + 1; q < p+reach/stretch; q++ {
		d := math.Abs(q-p) * stretch
		var w float64
		a := r.cubic
		switch {
		case r.mode == "linear":
			w = max(0, 1-d)
		case d <= 1:
			w = (a+2)*d*d*d - (a+3)*d*d + 1
		case d < 2:
			w = a*d*d*d - 5*a*d*d + 8*a*d - 4*a
		}
		list = append(list, tap{int(q), w})
	}
	return list
}

func roiAlign(c *call) []*Array {
	x, rois, of := c.in(0), c.in(1), c.in(2).Ints()
	height, width := c.int("output_height", 1), c.int("output_width", 1)
	ratio, scale := c.int("sampling_ratio", 0), c.float("spatial_scale", 1)
	half := 0.0
	if c.Opset >= 16 && c.text("coordinate_transformation_mode", "half_pixel") == "half_pixel" {
		half = 0.5
	}
	maximum := c.text("mode", "avg") == "max"
	if len(x.Shape) != 4 || len(rois.Shape) != 2 || rois.Shape[1] != 4 || len(of) != rois.Shape[0] || !c.room([]int{height, width}) {
		return c.fail("expected maps [N, C, H, W], regions [R, 4], their pictures [R]")
	}
	ch, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	y := New(x.Type, []int{rois.Shape[0], ch, height, width})
	for r := range of {
		b := c.index(int64(of[r]), x.Shape[0])
		box := rois.F[4*r:]
		left, top := box[0]*scale-half, box[1]*scale-half
		rw, rh := box[2]*scale-half-left, box[3]*scale-half-top
		if half == 0 {
			rw, rh = max(rw, 1), max(rh, 1)
		}
		bh, bw := rh/float64(height), rw/float64(width)
		nh, nw := ratio, ratio
		if ratio <= 0 {
			nh, nw = int(math.Ceil(bh)), int(math.Ceil(bw))
		}
		for i := range height {
			for j := range width {
				for k := range ch {
					plane := x.F[(b*ch+k)*h*w:][:h*w]
					sum, top1 := 0.0, math.Inf(-1)
					for p := range nh {
						for q := range nw {
							py := top + float64(i)*bh + (float64(p)+0.5)*bh/float64(nh)
							px := left + float64(j)*bw + (float64(q)+0.5)*bw/float64(nw)
							v, most := between(plane, h, w, py, px)
							sum += v
							top1 = max(top1, most)
						}
					}
					to := &y.F[((r*ch+k)*height+i)*width+j]
					if maximum {
						*to = top1
					} else {
						*to = sum / float64(max(1, nh*nw))
					}
				}
			}
		}
	}
	return one(y.rounded())
}

// between interpolates a plane at a place, 0 where it lies a pixel or more outside; most is
// the largest of the weighted neighbours.
func between(plane []float64, h, w int, y, x float64) (v, most float64) {
	if y < -1 || y > float64(h) || x < -1 || x > float64(w) {
		return 0, 0
	}
	y, x = max(y, 0), max(x, 0)
	y0, x0 := int(y), int(x)
	y1, x1 := y0+1, x0+1
	if y0 >= h-1 {
		y0, y1, y = h-1, h-1, float64(h-1)
	}
	if x0 >= w-1 {
		x0, x1, x = w-1, w-1, float64(w-1)
	}
	ly, lx := y-float64(y0), x-float64(x0)
	a, b := (1-ly)*(1-lx)*plane[y0*w+x0], (1-ly)*lx*plane[y0*w+x1]
	d, e := ly*(1-lx)*plane[y1*w+x0], ly*lx*plane[y1*w+x1]
	return a + b + d + e, max(a, b, d, e)
}

func affineGrid(c *call) []*Array {
	theta, size := c.in(0), c.in(1).Ints()
	rank := len(size) - 2
	align := c.int("align_corners", 0) != 0
	if rank != 2 && rank != 3 || !c.room(append(size, rank)) {
		return c.fail("size %v, expected [N, C, H, W] or [N, C, D, H, W]", size)
	}
	shape := slices.Concat(size[:1], size[2:], []int{rank})
	y := New(theta.Type, shape)
	index := make([]int, rank)
	for p := range prod(shape[:len(shape)-1]) {
		n := p / prod(size[2:])
		place := make([]float64, rank+1) // x, y, z, 1
		place[rank] = 1
		for a := range rank {
			s, i := float64(size[2+a]), float64(index[a])
			v := (2*i+1)/s - 1
			if align {
				v = 0
				if s > 1 {
					v = 2*i/(s-1) - 1
				}
			}
			place[rank-1-a] = v
		}
		for k := range rank {
			s := 0.0
			for j, v := range place {
				s += theta.F[(n*rank+k)*(rank+1)+j] * v
			}
			y.F[p*rank+k] = s
		}
		next(index, size[2:])
	}
	return one(y.rounded())
}

func gridSample(c *call) []*Array {
	x, grid := c.in(0), c.in(1)
	rank := len(x.Shape) - 2
	if rank < 1 || len(grid.Shape) != len(x.Shape) || grid.Shape[rank+1] != rank {
		return c.fail("expected x [N, C, …] and a grid [N, …, %d]", rank)
	}
	mode, padding, align := c.text("mode", "linear"), c.text("padding_mode", "zeros"), c.int("align_corners", 0) != 0
	n, ch, in, out := x.Shape[0], x.Shape[1], x.Shape[2:], grid.Shape[1:rank+1]
	y := New(x.Type, slices.Concat([]int{n, ch}, out))
	step, area, places := strides(in), prod(in), prod(out)
	for b := range n {
		for p := range places {
			lists := make([][]tap, rank)
			for a := range rank {
				v := grid.F[(b*places+p)*rank+rank-1-a]
				size := float64(in[a])
				lo, hi := -0.5, size-0.5
				if align {
					v = (v + 1) / 2 * (size - 1)
					lo, hi = 0, size-1
				} else {
					v = ((v+1)*size - 1) / 2
				}
				lists[a] = sampleTaps(mode, padding, v, lo, hi, in[a])
			}
			index := make([]int, rank)
			var counts []int
			for _, l := range lists {
				counts = append(counts, len(l))
			}
			for range prod(counts) {
				from, weight := 0, 1.0
				for a, k := range index {
					t := lists[a][k]
					if t.at < 0 {
						weight = 0
						continue
					}
					weight *= t.weight
					from += t.at * step[a]
				}
				if weight != 0 {
					for k := range ch {
						y.F[(b*ch+k)*places+p] += weight * x.F[(b*ch+k)*area+from]
					}
				}
				next(index, counts)
			}
		}
	}
	return one(y.rounded())
}

// sampleTaps returns the places around v along an axis; −1 is outside.
func sampleTaps(mode, padding string, v, lo, hi float64, n int) []tap {
	if padding == "border" && mode != "cubic" && mode != "bicubic" {
		v = min(max(v, 0), float64(n-1))
	}
	if padding == "reflection" && mode != "cubic" && mode != "bicubic" {
		v = reflected(v, lo, hi)
	}
	r := resizer{mode: "linear", cubic: -0.75}
	var list []tap
	switch mode {
	case "nearest":
		list = []tap{{int(math.RoundToEven(v)), 1}}
	case "cubic", "bicubic":
		r.mode = "cubic"
		list = r.kernel(v, 1)
	default:
		list = r.kernel(v, 1)
	}
	for i, t := range list {
		if t.at >= 0 && t.at < n {
			continue
		}
		switch padding {
		case "border":
			list[i].at = min(max(t.at, 0), n-1)
		case "reflection":
			list[i].at = min(max(int(reflected(float64(t.at), lo, hi)), 0), n-1)
		default:
			list[i].at = -1
		}
	}
	return list
}

// reflected folds v back between lo and hi.
func reflected(v, lo, hi float64) float64 {
	if hi <= lo {
		return lo
	}
	span := hi - lo
	v = math.Mod(v-lo, 2*span)
	if v < 0 {
		v += 2 * span
	}
	if v > span {
		v = 2*span - v
	}
	return v + lo
}

// deformConv is a convolution whose every tap has its own offset and weight.
func deformConv(c *call) []*Array {
	x, w, offset, bias, mask := c.in(0), c.in(1), c.in(2), c.maybe(3), c.maybe(4)
	if len(x.Shape) != 4 || len(w.Shape) != 4 {
		return c.unsupported("DeformConv of other than two spatial axes")
	}
	g, ok := NewWindow(c.Node, x.Shape[2:], w.Shape[2:])
	groups, sets := c.int("group", 1), c.int("offset_group", 1)
	n, ch, h, wd, k := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], w.Shape[0]
	if !ok || ch != w.Shape[1]*groups || k%groups != 0 || ch%sets != 0 {
		return c.fail("%d groups, %d sets of offsets", groups, sets)
	}
	y := New(x.Type, slices.Concat([]int{n, k}, g.Out))
	taps, out := prod(g.Kernel), prod(g.Out)
	per := w.Shape[1]
	for b := range n {
		for o := range out {
			oy, ox := o/g.Out[1], o%g.Out[1]
			for f := range k {
				sum := 0.0
				if bias != nil {
					sum = bias.F[f]
				}
				for i := range per {
					cIn := f/(k/groups)*per + i
					set := cIn / (ch / sets)
					for t := range taps {
						ky, kx := t/g.Kernel[1], t%g.Kernel[1]
						at := ((b*sets+set)*taps+t)*2*out + o
						py := float64(oy*g.Stride[0]+ky*g.Dilation[0]-g.Before[0]) + offset.F[at]
						px := float64(ox*g.Stride[1]+kx*g.Dilation[1]-g.Before[1]) + offset.F[at+out]
						v := 0.0
						for _, ty := range sampleTaps("linear", "zeros", py, 0, 0, h) {
							for _, tx := range sampleTaps("linear", "zeros", px, 0, 0, wd) {
								if ty.at >= 0 && tx.at >= 0 {
									v += ty.weight * tx.weight * x.F[((b*ch+cIn)*h+ty.at)*wd+tx.at]
								}
							}
						}
						if mask != nil {
							v *= mask.F[((b*sets+set)*taps+t)*out+o]
						}
						sum += v * w.F[(f*per+i)*taps+t]
					}
				}
				y.F[(b*k+f)*out+o] = sum
			}
		}
	}
	return one(y.rounded())
}

// Tap is an input place with its weight.
type Tap struct {
	At     int
	Weight float64
}

// ResizeTaps returns, for each axis that Resize or Upsample changes, the places
// and weights that each output is the sum of.
func ResizeTaps(n *onnxfile.Node, opset int64, shape []int, in []*Array) (taps [][][]Tap, ok bool) {
	x := New(onnxfile.Float32, make([]int, len(shape)))
	c := &call{Call: Call{Node: n, Opset: opset, Inputs: append([]*Array{x}, in[1:]...)}}
	x.Shape = shape
	c.collect = func(axis int, lists [][]tap) {
		out := make([][]Tap, len(lists))
		for i, list := range lists {
			for _, t := range list {
				out[i] = append(out[i], Tap{t.at, t.weight})
			}
		}
		taps[axis] = out
	}
	taps = make([][][]Tap, len(shape))
	if n.OpType == "Upsample" {
		upsample(c)
	} else {
		resize(c)
	}
	return taps, c.err == nil
}
