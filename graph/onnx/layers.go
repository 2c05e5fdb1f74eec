package onnx

import (
	"slices"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxeval"
)

// layers has convolutions, poolings, normalisations and what else networks are
// made of.
var layers = map[string]lowering{
	"Conv": conv, "ConvTranspose": convTranspose, "MaxPool": maxPool, "AveragePool": averagePool,
	"GlobalAveragePool": global((*graph.Node).GlobalAvgPool), "GlobalMaxPool": global((*graph.Node).GlobalMaxPool),
	"BatchNormalization": batchNorm, "LayerNormalization": layerNorm, "InstanceNormalization": instanceNorm,
	"GroupNormalization": groupNorm, "RMSNormalization": rmsNorm, "LRN": lrn,
	"Resize": resize, "Upsample": resize, "Attention": attention,
	"RNN": recurrent, "GRU": recurrent, "LSTM": recurrent,
}

func pads(w onnxeval.Window) [][2]int {
	p := make([][2]int, len(w.Before))
	for i := range p {
		p[i] = [2]int{w.Before[i], w.After[i]}
	}
	return p
}

func conv(l *lower) []*graph.Node {
	x, w := l.x(0), l.x(1)
	if l.b.g.Err() != nil {
		return nil
	}
	if x.Rank() < 3 || w.Rank() != x.Rank() {
		return l.skip("x without spatial axes")
	}
	g, ok := onnxeval.NewWindow(l.Node, x.Shape()[2:], w.Shape()[2:])
	if !ok {
		return l.skip("settings that do not fit")
	}
	var bias *graph.Node
	if l.maybe(2) != nil {
		bias = l.x(2)
	}
	return one(x.Conv(w, bias, graph.ConvOpts{Stride: g.Stride, Dilation: g.Dilation, Pad: pads(g), Groups: l.Int("group", 1)}))
}

func convTranspose(l *lower) []*graph.Node {
	x, w := l.x(0), l.x(1)
	if l.b.g.Err() != nil {
		return nil
	}
	if x.Rank() < 3 || w.Rank() != x.Rank() {
		return l.skip("x without spatial axes")
	}
	g, extra, ok := onnxeval.Transposed(l.Node, x.Shape()[2:], w.Shape()[2:])
	if !ok {
		return l.skip("settings that do not fit")
	}
	var bias *graph.Node
	if l.maybe(2) != nil {
		bias = l.x(2)
	}
	return one(x.ConvTranspose(w, bias, graph.ConvOpts{Stride: g.Stride, Dilation: g.Dilation, Pad: pads(g), Groups: l.Int("group", 1), OutputPad: extra}))
}

// pooling reads the settings of a pooling.
func (l *lower) pooling(x *graph.Node) (o graph.PoolOpts, ok bool) {
	if l.b.g.Err() != nil || x.Rank() < 3 {
		l.skip("x without spatial axes")
		return o, false
	}
	g, ok := onnxeval.NewWindow(l.Node, x.Shape()[2:], l.Ints("kernel_shape"))
	if !ok || slices.Max(g.Dilation) > 1 {
		l.skip("dilation, or settings that do not fit")
		return o, false
	}
	return graph.PoolOpts{Kernel: g.Kernel, Stride: g.Stride, Pad: pads(g), Ceil: l.Int("ceil_mode", 0) != 0}, true
}

func maxPool(l *lower) []*graph.Node {
	x := l.x(0)
	o, ok := l.pooling(x)
	if !ok {
		return nil
	}
	return one(x.MaxPool(o))
}

func averagePool(l *lower) []*graph.Node {
	x := l.x(0)
	o, ok := l.pooling(x)
	if !ok {
		return nil
	}
	o.ExcludePad = l.Int("count_include_pad", 0) == 0
	if o.Ceil && !o.ExcludePad {
		return l.skip("padding that counts, and windows that are only partly filled")
	}
	return one(x.AvgPool(o))
}

func global(f func(*graph.Node) *graph.Node) lowering {
	return func(l *lower) []*graph.Node {
		x := l.x(0)
		s := x.Shape()
		if len(s) < 3 {
			return l.skip("x without spatial axes")
		}
		for i := 2; i < len(s); i++ {
			s[i] = 1
		}
		return one(f(x).Reshape(s...))
	}
}

func batchNorm(l *lower) []*graph.Node {
	x := l.x(0)
	scale, bias, mean, variance := l.x(1), l.x(2), l.x(3), l.x(4)
	if x.Rank() < 2 || l.Int("training_mode", 0) != 0 {
		return l.skip("training, or x without channels")
	}
	eps := l.Float("epsilon", 1e-5)
	if l.b.whole && l.b.g.Mode() == graph.Train && l.updates(mean) && l.updates(variance) {
		y, m, v := x.BatchNorm(scale, bias, eps)
		if y.Rank() == 0 {
			return one(y)
		}
		count := float64(x.Len() / x.Dim(1))
		const momentum = 0.1
		l.b.g.Update(mean, l.b.g.Latest(mean).Scale(1-momentum).Add(m.Scale(momentum)))
		l.b.g.Update(variance, l.b.g.Latest(variance).Scale(1-momentum).Add(v.Scale(momentum*count/(count-1))))
		return one(y)
	}
	return one(x.BatchNormWith(mean, variance, scale, bias, eps))
}

// updates reports whether the node is a running statistic that training moves.
func (l *lower) updates(n *graph.Node) bool {
	for _, i := range []int{3, 4} {
		if v := l.maybe(i); v != nil && v.node == n && v.stored != nil && l.b.buffers[v.name] {
			return !l.b.g.Store().Frozen(joinName(l.b.s.Path(), v.name))
		}
	}
	return false
}

// standardised is (x − μ)/√(σ² + ε) over the last axis of [rows, n].
func standardised(x *graph.Node, eps float64) *graph.Node {
	rows := x.Dim(0)
	d := x.Sub(x.Mean(1).Reshape(rows, 1))
	return d.Div(d.Square().Mean(1).Reshape(rows, 1).Shift(eps).Sqrt())
}

// affine is x·scale + bias with broadcasting.
func affine(x, scale, bias *graph.Node) *graph.Node {
	y := x
	if scale != nil {
		y = y.Mul(toRank(scale, x.Rank()))
	}
	if bias != nil {
		y = y.Add(toRank(bias, x.Rank()))
	}
	return y
}

func layerNorm(l *lower) []*graph.Node {
	x := l.x(0)
	axis := l.axis(l.Int("axis", -1), x.Rank())
	s := x.Shape()
	if l.b.g.Err() != nil || len(s) == 0 {
		return nil
	}
	y := standardised(x.Reshape(volume(s[:axis]), volume(s[axis:])), l.Float("epsilon", 1e-5)).Reshape(s...)
	var bias *graph.Node
	if l.maybe(2) != nil {
		bias = l.x(2)
	}
	return one(affine(y, l.x(1), bias))
}

func rmsNorm(l *lower) []*graph.Node {
	x := l.x(0)
	axis := l.axis(l.Int("axis", -1), x.Rank())
	s := x.Shape()
	if l.b.g.Err() != nil || len(s) == 0 {
		return nil
	}
	rows := x.Reshape(volume(s[:axis]), volume(s[axis:]))
	r := rows.Square().Mean(1).Reshape(rows.Dim(0), 1).Shift(l.Float("epsilon", 1e-5)).Sqrt()
	return one(affine(rows.Div(r).Reshape(s...), l.x(1), nil))
}

// channelwise gives parameters [C] the shape [1, C, 1, …].
func channelwise(p *graph.Node, rank int) *graph.Node {
	return p.Reshape(slices.Concat([]int{1, p.Len()}, slices.Repeat([]int{1}, rank-2))...)
}

func instanceNorm(l *lower) []*graph.Node {
	x := l.x(0)
	if x.Rank() < 3 {
		return l.skip("x without spatial axes")
	}
	s := x.Shape()
	y := standardised(x.Reshape(s[0]*s[1], volume(s[2:])), l.Float("epsilon", 1e-5)).Reshape(s...)
	return one(affine(y, channelwise(l.x(1), len(s)), channelwise(l.x(2), len(s))))
}

func groupNorm(l *lower) []*graph.Node {
	x, scale, bias := l.x(0), l.x(1), l.x(2)
	groups := l.Int("num_groups", 1)
	if x.Rank() < 3 || groups < 1 || x.Dim(1)%groups != 0 {
		return l.skip("groups that do not divide the channels")
	}
	s := x.Shape()
	y := standardised(x.Reshape(s[0]*groups, x.Len()/s[0]/groups), l.Float("epsilon", 1e-5)).Reshape(s...)
	if scale.Len() != s[1] { // one a group, before version 21
		var rows []int
		for c := range s[1] {
			rows = append(rows, c/(s[1]/groups))
		}
		scale, bias = take(scale, 0, rows, []int{s[1]}), take(bias, 0, rows, []int{s[1]})
	}
	return one(affine(y, channelwise(scale, len(s)), channelwise(bias, len(s))))
}

func lrn(l *lower) []*graph.Node {
	x := l.x(0)
	size := l.Int("size", 1)
	if x.Rank() < 3 {
		return l.skip("x without spatial axes")
	}
	ch := x.Dim(1)
	taps := make([][]graph.Tap, ch)
	for c := range taps {
		for j := max(0, c-(size-1)/2); j <= min(ch-1, c+size/2); j++ {
			taps[c] = append(taps[c], graph.Tap{At: j, Weight: l.Float("alpha", 1e-4) / float64(size)})
		}
	}
	beta := l.Float("beta", 0.75)
	sum := x.Square().Combine(1, taps).Shift(l.Float("bias", 1))
	return one(x.Mul(sum.PowScalar(-beta)))
}

// resize asks the reference how it weighs elements along each axis: it is linear
// in x, axis by axis.
func resize(l *lower) []*graph.Node {
	x := l.x(0)
	if l.b.g.Err() != nil || x.Rank() == 0 {
		return nil
	}
	in := make([]*Array, len(l.in))
	for i := 1; i < len(l.in); i++ {
		if l.maybe(i) != nil {
			if in[i] = l.known(i); in[i] == nil {
				return nil
			}
		}
	}
	if l.Text("coordinate_transformation_mode", "") == "tf_crop_and_resize" {
		return l.skip("a crop")
	}
	weights, ok := onnxeval.ResizeTaps(l.Node, l.b.opset, x.Shape(), in)
	if !ok {
		return l.skip("settings that do not fit")
	}
	y := x
	for axis, lists := range weights {
		if lists == nil {
			continue
		}
		taps := make([][]graph.Tap, len(lists))
		for i, list := range lists {
			for _, t := range list {
				taps[i] = append(taps[i], graph.Tap{At: t.At, Weight: t.Weight})
			}
		}
		y = y.Combine(axis, taps)
	}
	if y == x {
		y = x.Scale(1)
	}
	return one(y)
}

// attention is softmax(scale·Q·Kᵀ + mask)·V.
func attention(l *lower) []*graph.Node {
	for i := 4; i < 7; i++ {
		if l.maybe(i) != nil {
			return l.skip("a cache of keys and values")
		}
	}
	if l.Float("softcap", 0) != 0 || l.Int("left_window_size", -1) >= 0 || l.Int("right_window_size", -1) >= 0 || l.Attribute("softmax_precision") != nil {
		return l.skip("a cap or window")
	}
	q, k, v := l.x(0), l.x(1), l.x(2)
	if l.b.g.Err() != nil {
		return nil
	}
	flat := q.Rank() == 3
	heads := func(x *graph.Node, n int) *graph.Node {
		if x.Rank() != 3 || n < 1 || x.Dim(2)%n != 0 {
			return x
		}
		s := x.Shape()
		return x.Reshape(s[0], s[1], n, s[2]/n).Transpose(0, 2, 1, 3)
	}
	q, k, v = heads(q, l.Int("q_num_heads", 0)), heads(k, l.Int("kv_num_heads", 0)), heads(v, l.Int("kv_num_heads", 0))
	if q.Rank() != 4 || k.Rank() != 4 || v.Rank() != 4 {
		return l.skip("no heads")
	}
	n, hq, tq, d := q.Dim(0), q.Dim(1), q.Dim(2), q.Dim(3)
	hk, tk, dv := k.Dim(1), k.Dim(2), v.Dim(3)
	if hq%hk != 0 {
		return l.skip("heads that do not fit")
	}
	if hq != hk {
		var rows []int
		for h := range hq {
			rows = append(rows, h/(hq/hk))
		}
		k, v = take(k, 1, rows, []int{hq}), take(v, 1, rows, []int{hq})
	}
	scale := l.Float("scale", 0)
	if l.Attribute("scale") == nil {
		scale = 1 / sqrt(float64(d))
	}
	scores := q.Reshape(n*hq, tq, d).MatMulT(k.Reshape(n*hq, tk, d)).Scale(scale).Reshape(n, hq, tq, tk)
	bias, ok := l.bias(tq, tk)
	if !ok {
		return nil
	}
	if bias != nil {
		scores = (*graph.Node).Add(aligned(scores, bias))
	}
	p := scores.Softmax(-1)
	y := p.Reshape(n*hq, tq, tk).MatMul(v.Reshape(n*hq, tk, dv)).Reshape(n, hq, tq, dv)
	if flat {
		y = y.Transpose(0, 2, 1, 3).Reshape(n, tq, hq*dv)
	}
	return one(y)
}
