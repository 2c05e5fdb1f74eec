package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// normalising has normalisations and losses.
var normalising = map[string]operator{
	"BatchNormalization": batchNorm, "InstanceNormalization": instanceNorm, "GroupNormalization": groupNorm,
	"LayerNormalization": layerNorm, "RMSNormalization": rmsNorm, "MeanVarianceNormalization": meanVariance,
	"LpNormalization": lpNorm, "LRN": lrn,
	"NegativeLogLikelihoodLoss": nll, "SoftmaxCrossEntropyLoss": crossEntropy,
}

// moments returns the mean and biased variance of some elements.
func moments(x []float64, begin int, offsets []int) (mean, variance float64) {
	for _, o := range offsets {
		mean += x[begin+o]
	}
	mean /= float64(len(offsets))
	for _, o := range offsets {
		d := x[begin+o] - mean
		variance += d * d
	}
	return mean, variance / float64(len(offsets))
}

func batchNorm(c *call) []*Array {
	x, scale, bias, mean, variance := c.in(0), c.in(1), c.in(2), c.in(3), c.in(4)
	eps, momentum := c.float("epsilon", 1e-5), c.float("momentum", 0.9)
	if len(x.Shape) < 1 || len(scale.Shape) != 1 {
		return c.fail("expected x [N, C, …] and parameters [C]")
	}
	ch := scale.Len()
	area := 1
	if len(x.Shape) > 1 {
		if x.Shape[1] != ch {
			return c.fail("%d channels, parameters for %d", x.Shape[1], ch)
		}
		area = prod(x.Shape[2:])
	}
	y := New(x.Type, x.Shape)
	training := c.int("training_mode", 0) != 0
	newMean, newVar := mean.clone(), variance.clone()
	n := x.Len() / max(1, ch*area)
	for k := range ch {
		m, v := mean.F[k], variance.F[k]
		if training {
			offsets := walk([]int{n, area}, []int{ch * area, 1}, 0)
			m, v = moments(x.F, k*area, offsets)
			newMean.F[k] = mean.F[k]*momentum + m*(1-momentum)
			newVar.F[k] = variance.F[k]*momentum + v*(1-momentum)
		}
		s := scale.F[k] / math.Sqrt(v+eps)
		for b := range n {
			for i := (b*ch + k) * area; i < (b*ch+k+1)*area; i++ {
				y.F[i] = (x.F[i]-m)*s + bias.F[k]
			}
		}
	}
	if training {
		return []*Array{y.rounded(), newMean.rounded(), newVar.rounded()}
	}
	return one(y.rounded())
}

// groups normalises blocks of the given number of neighbouring elements; f
// gives the scale and bias of an element.
func (c *call) groups(x *Array, size int, eps float64, f func(i int) (scale, bias float64)) []*Array {
	y := New(x.Type, x.Shape)
	if size == 0 {
		return one(y)
	}
	offsets := sequence(size)
	for begin := 0; begin < x.Len(); begin += size {
		m, v := moments(x.F, begin, offsets)
		r := 1 / math.Sqrt(v+eps)
		for i := begin; i < begin+size; i++ {
			s, b := f(i)
			y.F[i] = (x.F[i]-m)*r*s + b
		}
	}
	return one(y.rounded())
}

func instanceNorm(c *call) []*Array {
	x, scale, bias := c.in(0), c.in(1), c.in(2)
	if len(x.Shape) < 3 {
		return c.fail("expected x [N, C, …]")
	}
	area := prod(x.Shape[2:])
	return c.groups(x, area, c.float("epsilon", 1e-5), func(i int) (float64, float64) {
		k := i / area % x.Shape[1]
		return scale.F[k], bias.F[k]
	})
}

func groupNorm(c *call) []*Array {
	x, scale, bias, groups := c.in(0), c.in(1), c.in(2), c.int("num_groups", 1)
	if len(x.Shape) < 3 || groups < 1 || x.Shape[1]%groups != 0 {
		return c.fail("%d groups, expected x [N, C, …] with C a multiple", groups)
	}
	area, ch := prod(x.Shape[2:]), x.Shape[1]
	return c.groups(x, ch/groups*area, c.float("epsilon", 1e-5), func(i int) (float64, float64) {
		k := i / area % ch
		if scale.Len() == groups && groups != ch {
			k /= ch / groups
		}
		return scale.F[k], bias.F[k]
	})
}

func layerNorm(c *call) []*Array {
	x, scale, bias := c.in(0), c.in(1), c.maybe(2)
	axis := c.axis(c.int("axis", -1), len(x.Shape))
	if c.err != nil {
		return nil
	}
	eps := c.float("epsilon", 1e-5)
	at, shift := spread(scale.Shape, x.Shape[axis:]), []int(nil)
	if bias != nil {
		shift = spread(bias.Shape, x.Shape[axis:])
	}
	size := prod(x.Shape[axis:])
	out := c.groups(x, size, eps, func(i int) (float64, float64) {
		s, b := scale.F[pos(at, i%size)], 0.0
		if bias != nil {
			b = bias.F[pos(shift, i%size)]
		}
		return s, b
	})
	stat := slices.Concat(x.Shape[:axis], slices.Repeat([]int{1}, len(x.Shape)-axis))
	t := onnxfile.DType(c.int("stash_type", 1))
	mean, inv := New(t, stat), New(t, stat)
	offsets := sequence(size)
	for i := range mean.F {
		m, v := moments(x.F, i*size, offsets)
		mean.F[i], inv.F[i] = m, 1/math.Sqrt(v+eps)
	}
	return []*Array{out[0], mean.rounded(), inv.rounded()}
}

func pos(index []int, i int) int {
	if index == nil {
		return i
	}
	return index[i]
}

func rmsNorm(c *call) []*Array {
	x, scale := c.in(0), c.in(1)
	axis := c.axis(c.int("axis", -1), len(x.Shape))
	if c.err != nil {
		return nil
	}
	size := prod(x.Shape[axis:])
	at := spread(scale.Shape, x.Shape[axis:])
	y := New(x.Type, x.Shape)
	for begin := 0; begin < x.Len(); begin += size {
		s := 0.0
		for _, v := range x.F[begin : begin+size] {
			s += v * v
		}
		r := 1 / math.Sqrt(s/float64(size)+c.float("epsilon", 1e-5))
		for i := begin; i < begin+size; i++ {
			y.F[i] = x.F[i] * r * scale.F[pos(at, i-begin)]
		}
	}
	return one(y.rounded())
}

func meanVariance(c *call) []*Array {
	x := c.in(0)
	axes := []int{0, 2, 3}
	if c.has("axes") {
		axes = c.ints("axes")
	}
	keep := &call{Call: Call{Node: &onnxfile.Node{}, Inputs: []*Array{x, Ints(axes...)}}}
	r := keep.folded(x)
	if keep.err != nil {
		c.err = keep.err
		return nil
	}
	y := New(x.Type, x.Shape)
	for _, b := range r.begins {
		m, v := moments(x.F, b, r.offsets)
		for _, o := range r.offsets {
			y.F[b+o] = (x.F[b+o] - m) / (math.Sqrt(v) + 1e-9)
		}
	}
	return one(y.rounded())
}

func lpNorm(c *call) []*Array {
	x := c.in(0)
	axis, p := c.axis(c.int("axis", -1), len(x.Shape)), c.int("p", 2)
	if c.err != nil {
		return nil
	}
	outer, n, inner := axes3(x.Shape, axis)
	y := New(x.Type, x.Shape)
	for o := range outer {
		for i := range inner {
			s := 0.0
			for k := range n {
				s += math.Pow(math.Abs(x.F[(o*n+k)*inner+i]), float64(p))
			}
			s = math.Pow(s, 1/float64(p))
			for k := range n {
				at := (o*n+k)*inner + i
				if s != 0 {
					y.F[at] = x.F[at] / s
				}
			}
		}
	}
	return one(y.rounded())
}

func lrn(c *call) []*Array {
	x, size := c.in(0), c.int("size", 1)
	alpha, beta, bias := c.float("alpha", 1e-4), c.float("beta", 0.75), c.float("bias", 1)
	if len(x.Shape) < 3 {
		return c.fail("expected x [N, C, …]")
	}
	n, ch, area := x.Shape[0], x.Shape[1], prod(x.Shape[2:])
	y := New(x.Type, x.Shape)
	for b := range n {
		for k := range ch {
			lo, hi := max(0, k-(size-1)/2), min(ch-1, k+size/2)
			for i := range area {
				s := 0.0
				for j := lo; j <= hi; j++ {
					v := x.F[(b*ch+j)*area+i]
					s += v * v
				}
				at := (b*ch+k)*area + i
				y.F[at] = x.F[at] / math.Pow(bias+alpha/float64(size)*s, beta)
			}
		}
	}
	return one(y.rounded())
}

func nll(c *call) []*Array {
	x := c.in(0)
	loss := c.pickLoss(x, c.in(1), c.maybe(2))
	if c.err != nil {
		return nil
	}
	return one(loss.rounded())
}

// pickLoss is −w_y·x[y] for each place, folded as the attribute reduction says.
func (c *call) pickLoss(x, labels, weight *Array) *Array {
	if len(x.Shape) < 2 || len(labels.Shape) != len(x.Shape)-1 {
		c.fail("expected x [N, C, …] and labels [N, …]")
		return nil
	}
	n, ch, area := x.Shape[0], x.Shape[1], prod(x.Shape[2:])
	each := New(x.Type, labels.Shape)
	total, weights := 0.0, 0.0
	ignoring, ignore := c.has("ignore_index"), int64(c.int("ignore_index", 0))
	for b := range n {
		for i := range area {
			at := b*area + i
			label := labels.I[at]
			if ignoring && label == ignore {
				continue
			}
			k, w := c.index(label, ch), 1.0
			if weight != nil {
				w = weight.F[k]
			}
			each.F[at] = -w * x.F[(b*ch+k)*area+i]
			total += each.F[at]
			weights += w
		}
	}
	scalar := New(x.Type, nil)
	switch c.text("reduction", "mean") {
	case "none":
		return each
	case "sum":
		scalar.F[0] = total
	default:
		scalar.F[0] = total / weights
	}
	return scalar
}

func crossEntropy(c *call) []*Array {
	x := c.in(0)
	if len(x.Shape) < 2 {
		return c.fail("expected x [N, C, …]")
	}
	n, ch, area := x.Shape[0], x.Shape[1], prod(x.Shape[2:])
	logp := New(x.Type, x.Shape)
	for b := range n {
		for i := range area {
			top, sum := math.Inf(-1), 0.0
			for k := range ch {
				top = math.Max(top, x.F[(b*ch+k)*area+i])
			}
			for k := range ch {
				sum += math.Exp(x.F[(b*ch+k)*area+i] - top)
			}
			for k := range ch {
				at := (b*ch+k)*area + i
				logp.F[at] = x.F[at] - top - math.Log(sum)
			}
		}
	}
	loss := c.pickLoss(logp, c.in(1), c.maybe(2))
	if c.err != nil {
		return nil
	}
	return []*Array{loss.rounded(), logp.rounded()}
}
