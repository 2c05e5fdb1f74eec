package onnxeval

import (
	"math"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// sequences has recurrent layers and attention.
var sequences = map[string]operator{
	"RNN": recurrent, "GRU": recurrent, "LSTM": recurrent,
	"Attention": attention, "RotaryEmbedding": rotary, "CausalConvWithState": causalConv, "LinearAttention": linearAttention,
}

// activation is a function of a recurrent layer with its constants.
func (c *call) activation(name string, alpha, beta float64) func(float64) float64 {
	switch strings.ToLower(name) {
	case "sigmoid":
		return sigmoid
	case "tanh":
		return math.Tanh
	case "relu":
		return func(v float64) float64 { return max(v, 0) }
	case "affine":
		return func(v float64) float64 { return alpha*v + beta }
	case "leakyrelu":
		return func(v float64) float64 {
			if v >= 0 {
				return v
			}
			return alpha * v
		}
	case "thresholdedrelu":
		return func(v float64) float64 {
			if v > alpha {
				return v
			}
			return 0
		}
	case "scaledtanh":
		return func(v float64) float64 { return alpha * math.Tanh(beta*v) }
	case "hardsigmoid":
		return func(v float64) float64 { return min(max(alpha*v+beta, 0), 1) }
	case "elu":
		return func(v float64) float64 {
			if v >= 0 {
				return v
			}
			return alpha * math.Expm1(v)
		}
	case "softsign":
		return func(v float64) float64 { return v / (1 + math.Abs(v)) }
	case "softplus":
		return softplus
	}
	c.unsupported("activation " + name)
	return sigmoid
}

// recurrent runs a layer of one or two directions over a sequence.
func recurrent(c *call) []*Array {
	gates, names := 1, []string{"Tanh"}
	switch c.Node.OpType {
	case "GRU":
		gates, names = 3, []string{"Sigmoid", "Tanh"}
	case "LSTM":
		gates, names = 4, []string{"Sigmoid", "Tanh", "Tanh"}
	}
	x, w, r := c.in(0), c.in(1), c.in(2)
	batchFirst := c.int("layout", 0) != 0
	if len(x.Shape) != 3 || len(w.Shape) != 3 || len(r.Shape) != 3 {
		return c.fail("expected x [T, N, in], W [D, gates·H, in], R [D, gates·H, H]")
	}
	if batchFirst {
		x = x.transposed(1, 0, 2)
	}
	steps, batch, in := x.Shape[0], x.Shape[1], x.Shape[2]
	dirs, hidden := w.Shape[0], r.Shape[2]
	direction := c.text("direction", "forward")
	if (direction == "bidirectional") != (dirs == 2) || w.Shape[1] != gates*hidden || w.Shape[2] != in {
		return c.fail("direction %s, expected W [D, %d, %d]", direction, gates*hidden, in)
	}
	given := c.attr("activations")
	var fs []func(float64) float64
	var alphas, betas []float32
	if a := c.attr("activation_alpha"); a != nil {
		alphas = a.Floats
	}
	if a := c.attr("activation_beta"); a != nil {
		betas = a.Floats
	}
	for i := range dirs * len(names) {
		name := names[i%len(names)]
		if given != nil && i < len(given.Strings) {
			name = given.Strings[i]
		}
		alpha, beta := defaults(name)
		if i < len(alphas) {
			alpha = float64(alphas[i])
		}
		if i < len(betas) {
			beta = float64(betas[i])
		}
		fs = append(fs, c.activation(name, alpha, beta))
	}
	if c.err != nil {
		return nil
	}
	y := New(x.Type, []int{steps, dirs, batch, hidden})
	yh, yc := New(x.Type, []int{dirs, batch, hidden}), New(x.Type, []int{dirs, batch, hidden})
	lengths := slices.Repeat([]int{steps}, batch)
	if l := c.maybe(4); l != nil {
		lengths = l.Ints()
	}
	for d := range dirs {
		cell := cellOf(c, d, gates, hidden, fs[d*len(names):(d+1)*len(names)])
		for b := range batch {
			h, s := make([]float64, hidden), make([]float64, hidden)
			load := func(a *Array, to []float64) {
				if a == nil {
					return
				}
				at := (d*batch + b) * hidden
				if batchFirst {
					at = (b*dirs + d) * hidden
				}
				copy(to, a.F[at:at+hidden])
			}
			load(c.maybe(5), h)
			if gates == 4 {
				load(c.maybe(6), s)
			}
			n := lengths[b]
			for k := range n {
				t := k
				if d == 1 || direction == "reverse" {
					t = n - 1 - k
				}
				cell(x.F[(t*batch+b)*in:][:in], h, s)
				copy(y.F[((t*dirs+d)*batch+b)*hidden:], h)
			}
			copy(yh.F[(d*batch+b)*hidden:], h)
			copy(yc.F[(d*batch+b)*hidden:], s)
		}
	}
	if batchFirst {
		y, yh, yc = y.transposed(2, 0, 1, 3), yh.transposed(1, 0, 2), yc.transposed(1, 0, 2)
	}
	if gates == 4 {
		return []*Array{y.rounded(), yh.rounded(), yc.rounded()}
	}
	return []*Array{y.rounded(), yh.rounded()}
}

// defaults are the constants of an activation where none are given.
func defaults(name string) (alpha, beta float64) {
	switch strings.ToLower(name) {
	case "leakyrelu":
		return 0.01, 0
	case "hardsigmoid":
		return 0.2, 0.5
	case "elu", "thresholdedrelu", "affine":
		return 1, 0
	case "scaledtanh":
		return 1, 1
	}
	return 0, 0
}

// cellOf returns the step of direction d, which changes h and the cell state s.
func cellOf(c *call, d, gates, hidden int, f []func(float64) float64) func(x, h, s []float64) {
	w, r, bias, peep := c.in(1), c.in(2), c.maybe(3), c.maybe(7)
	in := w.Shape[2]
	limit := c.float("clip", 0)
	clip := func(v float64) float64 {
		if limit > 0 {
			return min(max(v, -limit), limit)
		}
		return v
	}
	rows := gates * hidden
	fromX := func(g, j int, x []float64) float64 {
		row := w.F[(d*rows+g*hidden+j)*in:][:in]
		sum := 0.0
		for i, v := range row {
			sum += v * x[i]
		}
		if bias != nil {
			sum += bias.F[d*2*rows+g*hidden+j]
		}
		return sum
	}
	recurrentBias := func(g, j int) float64 {
		if bias == nil {
			return 0
		}
		return bias.F[d*2*rows+rows+g*hidden+j]
	}
	fromH := func(g, j int, h []float64) float64 {
		sum := 0.0
		for i, v := range r.F[(d*rows+g*hidden+j)*hidden:][:hidden] {
			sum += v * h[i]
		}
		return sum
	}
	p := func(k, j int) float64 {
		if peep == nil {
			return 0
		}
		return peep.F[(d*3+k)*hidden+j]
	}
	before, old := make([]float64, hidden), make([]float64, hidden)
	switch gates {
	case 1:
		return func(x, h, _ []float64) {
			copy(before, h)
			for j := range h {
				h[j] = f[0](clip(fromX(0, j, x) + fromH(0, j, before) + recurrentBias(0, j)))
			}
		}
	case 3: // z, r, h
		after := c.int("linear_before_reset", 0) != 0
		reset := make([]float64, hidden)
		return func(x, h, _ []float64) {
			copy(before, h)
			for j := range h {
				reset[j] = f[0](clip(fromX(1, j, x) + fromH(1, j, before) + recurrentBias(1, j)))
			}
			gated := make([]float64, hidden)
			for j := range gated {
				gated[j] = reset[j] * before[j]
			}
			for j := range h {
				z := f[0](clip(fromX(0, j, x) + fromH(0, j, before) + recurrentBias(0, j)))
				var n float64
				if after {
					n = f[1](clip(fromX(2, j, x) + reset[j]*(fromH(2, j, before)+recurrentBias(2, j))))
				} else {
					n = f[1](clip(fromX(2, j, x) + fromH(2, j, gated) + recurrentBias(2, j)))
				}
				h[j] = (1-z)*n + z*before[j]
			}
		}
	}
	coupled := c.int("input_forget", 0) != 0
	return func(x, h, s []float64) { // i, o, f, c
		copy(before, h)
		copy(old, s)
		for j := range h {
			sum := func(g int) float64 { return fromX(g, j, x) + fromH(g, j, before) + recurrentBias(g, j) }
			i := f[0](clip(sum(0) + p(0, j)*old[j]))
			forget := 1 - i
			if !coupled {
				forget = f[0](clip(sum(2) + p(2, j)*old[j]))
			}
			s[j] = forget*old[j] + i*f[1](clip(sum(3)))
			h[j] = f[0](clip(sum(1)+p(1, j)*s[j])) * f[2](s[j])
		}
	}
}

// heads returns [N, T, heads·D] as [N, heads, T, D]; what has four axes is so already.
func heads(a *Array, n int) *Array {
	if len(a.Shape) != 3 || n < 1 {
		return a
	}
	return a.as(a.Shape[0], a.Shape[1], n, a.Shape[2]/n).transposed(0, 2, 1, 3)
}

// attention is softmax(scale·Q·Kᵀ + bias)·V, with a cache of keys and values.
func attention(c *call) []*Array {
	q, k, v, mask := c.in(0), c.in(1), c.in(2), c.maybe(3)
	rank3 := len(q.Shape) == 3
	q, k, v = heads(q, c.int("q_num_heads", 0)), heads(k, c.int("kv_num_heads", 0)), heads(v, c.int("kv_num_heads", 0))
	if len(q.Shape) != 4 || len(k.Shape) != 4 || len(v.Shape) != 4 {
		return c.fail("expected [N, heads, T, D], or [N, T, heads·D] with the number of heads")
	}
	past := 0
	if pk, pv := c.maybe(4), c.maybe(5); pk != nil && pv != nil {
		past = pk.Shape[2]
		k, v = joined([]*Array{pk, k}, 2), joined([]*Array{pv, v}, 2)
	}
	n, hq, tq, d := q.Shape[0], q.Shape[1], q.Shape[2], q.Shape[3]
	hk, tk, dv := k.Shape[1], k.Shape[2], v.Shape[3]
	if hk == 0 || hq%hk != 0 || k.Shape[3] != d || v.Shape[2] != tk {
		return c.fail("%d heads of queries, %d of keys", hq, hk)
	}
	scale := c.float("scale", 1/math.Sqrt(float64(d)))
	root := onnxfile.Round(q.Type, math.Sqrt(scale), false)
	softcap, mode := c.float("softcap", 0), c.int("qk_matmul_output_mode", 0)
	left, right := c.int("left_window_size", -1), c.int("right_window_size", -1)
	causal := c.int("is_causal", 0) != 0
	var maskAt []int
	maskWidth := 0
	if mask != nil {
		maskWidth = mask.Shape[len(mask.Shape)-1]
		full := slices.Concat([]int{n, hq, tq}, []int{maskWidth})
		shape, err := broadcast(mask.Shape, full)
		if err != nil || !slices.Equal(shape, full) && maskWidth != 1 {
			return c.fail("mask %v for scores %v", mask.Shape, full)
		}
		if maskAt = spread(mask.Shape, full); maskAt == nil {
			maskAt = sequence(prod(full))
		}
	}
	y, scores := New(q.Type, []int{n, hq, tq, dv}), New(q.Type, []int{n, hq, tq, tk})
	lengths := c.maybe(6)
	row, bias := make([]float64, tk), make([]float64, tk)
	round := func(v float64) float64 { return onnxfile.Round(q.Type, v, false) }
	for b := range n {
		offset, valid := past, tk
		if lengths != nil {
			valid = int(lengths.I[b])
			if past == 0 {
				offset = valid - tq
			}
		}
		for h := range hq {
			hk0 := h / (hq / hk)
			for i := range tq {
				at := (b*hq + h) * tq
				blind := true
				for j := range tk {
					s := 0.0
					for e := range d {
						s += round(q.F[(at+i)*d+e]*root) * round(k.F[((b*hk+hk0)*tk+j)*d+e]*root)
					}
					s = round(s)
					shown := s
					if softcap > 0 {
						s = round(softcap * math.Tanh(s/softcap))
						if mode < 2 {
							shown = s
						}
					}
					bias[j] = 0
					if mask != nil {
						switch {
						case j >= maskWidth:
							bias[j] = math.Inf(-1)
						case mask.IsFloat():
							bias[j] = mask.F[maskAt[(at+i)*maskWidth+j]]
						case mask.I[maskAt[(at+i)*maskWidth+j]] == 0:
							bias[j] = math.Inf(-1)
						}
					}
					p := i + offset
					if causal && j > p || left >= 0 && p-j > left || right >= 0 && j-p > right || j >= valid {
						bias[j] = math.Inf(-1)
					}
					blind = blind && math.IsInf(bias[j], -1)
					row[j] = round(s + bias[j])
					if mode == 2 {
						shown = row[j]
					}
					scores.F[(at+i)*tk+j] = shown
				}
				softmaxRow(row, blind, round)
				for j, p := range row {
					row[j] = round(p)
					if mode == 3 {
						scores.F[(at+i)*tk+j] = row[j]
					}
				}
				for e := range dv {
					s := 0.0
					for j, p := range row {
						if p != 0 {
							s += p * v.F[((b*hk+hk0)*tk+j)*dv+e]
						}
					}
					y.F[(at+i)*dv+e] = s
				}
			}
		}
	}
	if rank3 {
		y = y.transposed(0, 2, 1, 3).as(n, tq, hq*dv)
	}
	return []*Array{y.rounded(), k, v, scores.rounded()}
}

// softmaxRow normalises a row; one without any key to look at is 0.
// Half precision is rounded at each step, as the definition by primitives does.
func softmaxRow(row []float64, blind bool, round func(float64) float64) {
	top, sum := math.Inf(-1), 0.0
	for _, v := range row {
		top = math.Max(top, v)
	}
	if blind || math.IsInf(top, -1) {
		clear(row)
		return
	}
	for j, v := range row {
		row[j] = round(math.Exp(round(v - top)))
		sum += row[j]
	}
	for j := range row {
		row[j] = round(row[j] / round(sum))
	}
}

func rotary(c *call) []*Array {
	x, cos, sin, ids := c.in(0), c.in(1), c.in(2), c.maybe(3)
	four := len(x.Shape) == 4
	n, t := x.Shape[0], x.Shape[1]
	var h, d int
	if four {
		t, h, d = x.Shape[2], x.Shape[1], x.Shape[3]
	} else {
		h = c.int("num_heads", 0)
		if h < 1 {
			return c.fail("expected num_heads")
		}
		d = x.Shape[2] / h
	}
	turned := c.int("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = d
	}
	half := turned / 2
	interleaved := c.int("interleaved", 0) != 0
	y := x.clone()
	for b := range n {
		for i := range t {
			row := b*t + i
			if ids != nil {
				row = int(ids.I[row])
			}
			for k := range h {
				at := ((b*t+i)*h + k) * d
				if four {
					at = ((b*h+k)*t + i) * d
				}
				for e := range half {
					p, q := at+e, at+half+e
					if interleaved {
						p, q = at+2*e, at+2*e+1
					}
					co, si := cos.F[row*half+e], sin.F[row*half+e]
					y.F[p], y.F[q] = co*x.F[p]-si*x.F[q], si*x.F[p]+co*x.F[q]
				}
			}
		}
	}
	return one(y.rounded())
}

// causalConv is a depthwise convolution over time that reads only the past.
func causalConv(c *call) []*Array {
	x, w, bias, past := c.in(0), c.in(1), c.maybe(2), c.maybe(3)
	if len(x.Shape) != 3 || len(w.Shape) != 3 || w.Shape[1] != 1 || w.Shape[0] != x.Shape[1] {
		return c.fail("expected x [N, C, T] and weight [C, 1, K]")
	}
	n, ch, k := x.Shape[0], x.Shape[1], w.Shape[2]
	if past == nil {
		past = New(x.Type, []int{n, ch, k - 1})
	}
	padded := joined([]*Array{past, x}, 2)
	t := x.Shape[2]
	y := New(x.Type, x.Shape)
	act := c.text("activation", "none")
	for i := range y.F {
		row, f := i/t, i/t%ch
		s := 0.0
		if bias != nil {
			s = bias.F[f]
		}
		for j := range k {
			s += padded.F[row*(t+k-1)+i%t+j] * w.F[f*k+j]
		}
		if act == "silu" || act == "swish" {
			s = onnxfile.Round(x.Type, s, false)
			s *= sigmoid(s)
		}
		y.F[i] = s
	}
	return []*Array{y.rounded(), padded.part(2, t, t+k-1)}
}

// linearAttention keeps a state of keys by values and reads it with queries.
func linearAttention(c *call) []*Array {
	q, k, v, past, decay, beta := c.in(0), c.in(1), c.in(2), c.maybe(3), c.maybe(4), c.maybe(5)
	hq, hk := c.int("q_num_heads", 0), c.int("kv_num_heads", 0)
	if hq < 1 || hk < 1 || hq%hk != 0 || len(q.Shape) != 3 {
		return c.fail("%d heads of queries, %d of keys", hq, hk)
	}
	n, t := q.Shape[0], q.Shape[1]
	dk, dv := q.Shape[2]/hq, v.Shape[2]/hk
	scale := c.float("scale", 0)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(dk))
	}
	rule := c.text("update_rule", "gated_delta")
	gated, delta := strings.HasPrefix(rule, "gated"), strings.HasSuffix(rule, "delta")
	stateType := q.Type
	state := New(q.Type, []int{n, hk, dk, dv})
	if past != nil {
		state, stateType = past.clone(), past.Type
	}
	y := New(q.Type, []int{n, t, hq * dv})
	value := make([]float64, dv)
	for b := range n {
		for i := range t {
			for h := range hk {
				s := state.F[(b*hk+h)*dk*dv:][:dk*dv]
				key := k.F[(b*t+i)*hk*dk+h*dk:][:dk]
				copy(value, v.F[(b*t+i)*hk*dv+h*dv:])
				for e := range dk {
					if gated {
						g := decay.F[(b*t+i)*decay.Shape[2]+h*(decay.Shape[2]/hk)+e%(decay.Shape[2]/hk)]
						for m := range dv {
							s[e*dv+m] *= math.Exp(g)
						}
					}
				}
				if delta {
					w := beta.F[(b*t+i)*beta.Shape[2]+h%beta.Shape[2]]
					for m := range dv {
						got := 0.0
						for e := range dk {
							got += s[e*dv+m] * key[e]
						}
						value[m] = w * (value[m] - got)
					}
				}
				for e := range dk {
					for m := range dv {
						s[e*dv+m] += key[e] * value[m]
					}
				}
			}
			for h := range hq {
				s := state.F[(b*hk+h/(hq/hk))*dk*dv:]
				for m := range dv {
					sum := 0.0
					for e := range dk {
						sum += q.F[(b*t+i)*hq*dk+h*dk+e] * s[e*dv+m]
					}
					y.F[(b*t+i)*hq*dv+h*dv+m] = scale * sum
				}
			}
		}
	}
	state.Type = stateType
	return []*Array{y.rounded(), state.rounded()}
}
