package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A dual is a value and its derivative in one direction, both carried through
// a calculation: what the symbolic gradients are held against, found by other
// means.
type dual struct{ v, d float64 }

func (a dual) add(b dual) dual { return dual{a.v + b.v, a.d + b.d} }
func (a dual) mul(b dual) dual { return dual{a.v * b.v, a.d*b.v + a.v*b.d} }
func (a dual) scale(w float64) dual {
	if w == 0 {
		return dual{}
	}
	return dual{w * a.v, w * a.d}
}

// by returns f(a) where f(a.v) is v and f'(a.v) is slope.
func (a dual) by(v, slope float64) dual { return dual{v, slope * a.d} }

func (a dual) inverse() dual { return a.by(1/a.v, -1/(a.v*a.v)) }
func (a dual) exp() dual     { return a.by(math.Exp(a.v), math.Exp(a.v)) }
func (a dual) log() dual     { return a.by(math.Log(a.v), 1/a.v) }

// array is a tensor in row-major order.
type array struct {
	shape []int
	v     []dual
}

func newArray(shape ...int) array {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return array{slices.Clone(shape), make([]dual, n)}
}

// at returns the element of an index.
func (a array) at(index ...int) *dual {
	i := 0
	for axis, s := range a.shape {
		i = i*s + index[axis]
	}
	return &a.v[i]
}

// inside tells whether there is an element of that index; without, padding lies
// there.
func (a array) inside(index ...int) bool {
	for axis, s := range a.shape {
		if index[axis] < 0 || index[axis] >= s {
			return false
		}
	}
	return true
}

// fill sets each element to what f gives for its index.
func (a array) fill(f func(index []int) dual) array {
	index := make([]int, len(a.shape))
	for i := range a.v {
		for axis, rest := len(index)-1, i; axis >= 0; axis-- {
			index[axis], rest = rest%a.shape[axis], rest/a.shape[axis]
		}
		a.v[i] = f(index)
	}
	return a
}

func (a array) each(f func(dual) dual) array {
	y := newArray(a.shape...)
	for i, v := range a.v {
		y.v[i] = f(v)
	}
	return y
}

// with joins two arrays element by element; an axis of b of size 1 is repeated.
func (a array) with(b array, f func(a, b dual) dual) array {
	from := make([]int, len(a.shape))
	return newArray(a.shape...).fill(func(index []int) dual {
		for axis := range from {
			from[axis] = index[axis] % b.shape[axis]
		}
		return f(*a.at(index...), *b.at(from...))
	})
}

func (a array) reshape(shape ...int) array { return array{shape, a.v} }

func (a array) transpose(perm ...int) array {
	shape, from := make([]int, len(perm)), make([]int, len(perm))
	for i, axis := range perm {
		shape[i] = a.shape[axis]
	}
	return newArray(shape...).fill(func(index []int) dual {
		for i, axis := range perm {
			from[axis] = index[i]
		}
		return *a.at(from...)
	})
}

// window returns the elements lo to hi − 1 of an axis, zeros where there are none.
func (a array) window(axis, lo, hi int) array {
	shape := slices.Clone(a.shape)
	shape[axis] = hi - lo
	return newArray(shape...).fill(func(index []int) dual {
		from := slices.Clone(index)
		if from[axis] += lo; !a.inside(from...) {
			return dual{}
		}
		return *a.at(from...)
	})
}

func (a array) concat(axis int, b array) array {
	n := a.shape[axis]
	first, second := a.window(axis, 0, n+b.shape[axis]), b.window(axis, -n, b.shape[axis])
	return first.with(second, dual.add)
}

// reduce folds the axes for which keep is false, in order.
func (a array) reduce(keep func(axis int) bool, f func(sum, v dual, first bool) dual) array {
	var axes, shape []int
	for axis, s := range a.shape {
		if keep(axis) {
			axes, shape = append(axes, axis), append(shape, s)
		}
	}
	y := newArray(shape...)
	seen := make([]bool, len(y.v))
	a.each(func(v dual) dual { return v }).fill(func(index []int) dual {
		to := 0
		for i, axis := range axes {
			to = to*shape[i] + index[axis]
		}
		y.v[to] = f(y.v[to], *a.at(index...), !seen[to])
		seen[to] = true
		return dual{}
	})
	return y
}

func (a array) sum(keep func(axis int) bool) array {
	return a.reduce(keep, func(sum, v dual, _ bool) dual { return sum.add(v) })
}

func (a array) mean(keep func(axis int) bool) array {
	y := a.sum(keep)
	return y.each(func(v dual) dual { return v.scale(float64(len(y.v)) / float64(len(a.v))) })
}

func (a array) max(keep func(axis int) bool) array {
	return a.reduce(keep, func(best, v dual, first bool) dual {
		if first || v.v > best.v {
			return v
		}
		return best
	})
}

func none(int) bool                  { return false }
func only(k int) func(axis int) bool { return func(axis int) bool { return axis == k } }
func but(k int) func(axis int) bool  { return func(axis int) bool { return axis != k } }

// apart gives the reduced axis back, with size 1.
func (a array) apart(axis int) array {
	return a.reshape(slices.Insert(slices.Clone(a.shape), axis, 1)...)
}

// logSoftmax returns x_i − log Σ_j e^x_j along an axis.
func (a array) logSoftmax(axis int) array {
	top := a.max(but(axis)).each(func(v dual) dual { return dual{v: v.v} }).apart(axis)
	a = a.with(top, func(a, m dual) dual { return a.add(m.scale(-1)) })
	total := a.each(dual.exp).sum(but(axis)).each(dual.log).apart(axis)
	return a.with(total, func(a, s dual) dual { return a.add(s.scale(-1)) })
}

// matMul returns a·b of matrices, or of each pair of a batch.
func (a array) matMul(b array) array {
	r := len(a.shape)
	shape := append(slices.Clone(a.shape[:r-1]), b.shape[r-1])
	return newArray(shape...).fill(func(index []int) (sum dual) {
		left, right := slices.Clone(index), slices.Clone(index)
		for k := range a.shape[r-1] {
			left[r-1], right[r-2] = k, k
			sum = sum.add(a.at(left...).mul(*b.at(right...)))
		}
		return sum
	})
}

// conv returns the cross-correlation of a [N, C, H, W] with w [K, C/groups, F, F].
func (a array) conv(w array, stride, dilation, pad, groups int) array {
	c, f := w.shape[1], w.shape[2]
	size := func(axis int) int { return (a.shape[axis]-dilation*(f-1)-1+2*pad)/stride + 1 }
	return newArray(a.shape[0], w.shape[0], size(2), size(3)).fill(func(at []int) (sum dual) {
		first := at[1] / (w.shape[0] / groups) * c // channel of the group
		newArray(w.shape[1:]...).fill(func(k []int) dual {
			from := []int{at[0], first + k[0], at[2]*stride + k[1]*dilation - pad, at[3]*stride + k[2]*dilation - pad}
			if a.inside(from...) {
				sum = sum.add(a.at(from...).mul(*w.at(at[1], k[0], k[1], k[2])))
			}
			return dual{}
		})
		return sum
	})
}

// convTranspose adds each element of a [N, C, H, W] times its filters w
// [C, K, F, F] to where they lie in the result.
func (a array) convTranspose(w array, stride int) array {
	f := w.shape[2]
	y := newArray(a.shape[0], w.shape[1], (a.shape[2]-1)*stride+f, (a.shape[3]-1)*stride+f)
	newArray(a.shape...).fill(func(x []int) dual {
		newArray(w.shape[1:]...).fill(func(k []int) dual {
			to := y.at(x[0], k[0], x[2]*stride+k[1], x[3]*stride+k[2])
			*to = to.add(a.at(x...).mul(*w.at(x[1], k[0], k[1], k[2])))
			return dual{}
		})
		return dual{}
	})
	return y
}

// pool folds windows of 2 × 2 elements, with padding before and after: in
// order, those that exist.
func (a array) pool(stride, before, after int, f func(sum, v dual, first bool) dual) array {
	size := func(axis int) int { return (a.shape[axis]-2+before+after)/stride + 1 }
	return newArray(a.shape[0], a.shape[1], size(2), size(3)).fill(func(at []int) (sum dual) {
		first := true
		for k := range 4 {
			from := []int{at[0], at[1], at[2]*stride + k/2 - before, at[3]*stride + k%2 - before}
			if a.inside(from...) {
				sum, first = f(sum, *a.at(from...), first), false
			}
		}
		return sum
	})
}

// resize reads each element of the result [N, C, h, w] at a place between
// elements of a, given by source for an axis.
func (a array) resize(h, w int, source func(i, in, out int) float64) array {
	return newArray(a.shape[0], a.shape[1], h, w).fill(func(at []int) dual {
		y, x := source(at[2], a.shape[2], h), source(at[3], a.shape[3], w)
		pick := func(y, x float64) dual {
			return *a.at(at[0], at[1], min(int(y), a.shape[2]-1), min(int(x), a.shape[3]-1))
		}
		t, u := y-math.Floor(y), x-math.Floor(x)
		y, x = math.Floor(y), math.Floor(x)
		return pick(y, x).scale((1 - t) * (1 - u)).add(pick(y, x+1).scale((1 - t) * u)).
			add(pick(y+1, x).scale(t * (1 - u))).add(pick(y+1, x+1).scale(t * u))
	})
}

// batchNorm returns γ(x − μ_B)/√(σ_B² + ε) + β, a channel being axis 1.
func (a array) batchNorm(gamma, beta array, eps float64) array {
	channel := func(v array) array {
		shape := slices.Repeat([]int{1}, len(a.shape))
		shape[1] = a.shape[1]
		return v.reshape(shape...)
	}
	centred := a.with(channel(a.mean(only(1))), func(a, m dual) dual { return a.add(m.scale(-1)) })
	deviation := centred.each(func(v dual) dual { return v.mul(v) }).mean(only(1)).each(func(v dual) dual {
		root := math.Sqrt(v.v + eps)
		return v.by(root, 1/(2*root))
	})
	y := centred.with(channel(deviation), func(a, s dual) dual { return a.mul(s.inverse()) })
	return y.with(channel(gamma), dual.mul).with(channel(beta), dual.add)
}

// evaluation computes terms plainly.
type evaluation struct {
	leaves    map[string][]float64 // values of the input and the parameters
	masks     map[string][]float64 // factors of dropout, 0 or 1/(1 − p)
	along     string               // the leaf in whose direction is differentiated
	direction []float64
	// shake gives every result a relative error of about this size, as
	// rounding does; the difference that makes is what rounding may make.
	shake float64
	rand  *rand.Rand
	done  map[*term]array
}

func (e *evaluation) leaf(name string, shape ...int) array {
	y := newArray(shape...)
	for i, v := range e.leaves[name] {
		y.v[i].v = v
		if name == e.along {
			y.v[i].d = e.direction[i]
		}
	}
	return e.shaken(y)
}

func (e *evaluation) of(t *term) array {
	y, ok := e.done[t]
	if !ok {
		y = e.shaken(t.plain(e))
		e.done[t] = y
	}
	return y
}

func (e *evaluation) shaken(a array) array {
	if e.shake == 0 {
		return a
	}
	factor := func() float64 { return 1 + e.shake*(2*e.rand.Float64()-1) }
	return a.each(func(v dual) dual { return dual{v.v * factor(), v.d * factor()} })
}
