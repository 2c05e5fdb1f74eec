package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// choosing has the operators that take or put elements by index.
var choosing = map[string]operator{
	"Gather": gather, "GatherElements": gatherElements, "GatherND": gatherND,
	"Scatter": scatterElements, "ScatterElements": scatterElements, "ScatterND": scatterND, "TensorScatter": tensorScatter,
	"OneHot": oneHot, "NonZero": nonZero, "Compress": compress, "TopK": topK,
	"ArgMax": argExtreme(1), "ArgMin": argExtreme(-1), "NonMaxSuppression": nonMaxSuppression, "Unique": unique,
}

// index resolves an index that may count from the end.
func (c *call) index(v int64, n int) int {
	i := int(v)
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		c.fail("index %d of %d elements", v, n)
		return 0
	}
	return i
}

func gather(c *call) []*Array {
	x, ids := c.in(0), c.in(1)
	axis := c.axis(c.int("axis", 0), len(x.Shape))
	if c.err != nil || ids.IsFloat() || len(x.Shape) == 0 {
		return c.fail("expected integer indices into an axis")
	}
	outer, n, inner := axes3(x.Shape, axis)
	shape := slices.Concat(x.Shape[:axis], ids.Shape, x.Shape[axis+1:])
	if !c.room(shape) {
		return nil
	}
	y := New(x.Type, shape)
	m := ids.Len()
	for k, v := range ids.I {
		p := c.index(v, n)
		if c.err != nil {
			return nil
		}
		for o := range outer {
			for i := range inner {
				x.copyTo(y, (o*m+k)*inner+i, (o*n+p)*inner+i)
			}
		}
	}
	return one(y)
}

func gatherElements(c *call) []*Array {
	x, ids := c.in(0), c.in(1)
	axis := c.axis(c.int("axis", 0), len(x.Shape))
	if c.err != nil || len(ids.Shape) != len(x.Shape) {
		return c.fail("expected indices of the rank of x")
	}
	y, step, index := New(x.Type, ids.Shape), strides(x.Shape), make([]int, len(ids.Shape))
	for i, v := range ids.I {
		from := c.index(v, x.Shape[axis]) * step[axis]
		for a, p := range index {
			if a != axis {
				from += p * step[a]
			}
		}
		if c.err != nil {
			return nil
		}
		x.copyTo(y, i, from)
		next(index, ids.Shape)
	}
	return one(y)
}

func gatherND(c *call) []*Array {
	x, ids := c.in(0), c.in(1)
	b, rank := c.int("batch_dims", 0), len(ids.Shape)
	if rank == 0 {
		return c.fail("scalar indices")
	}
	depth := ids.Shape[rank-1]
	shape := slices.Concat(ids.Shape[:rank-1], x.Shape[b+depth:])
	if !c.room(shape) {
		return nil
	}
	y := New(x.Type, shape)
	step := strides(x.Shape)
	size := prod(x.Shape[b+depth:])
	rows := prod(ids.Shape[:rank-1])
	perBatch := rows / max(1, prod(ids.Shape[:b]))
	batch := prod(x.Shape[b:])
	for r := range rows {
		from := r / max(1, perBatch) * batch
		for k := range depth {
			from += c.index(ids.I[r*depth+k], x.Shape[b+k]) * step[b+k]
		}
		if c.err != nil {
			return nil
		}
		for i := range size {
			x.copyTo(y, r*size+i, from+i)
		}
	}
	return one(y)
}

// combine puts element j of from into element i of to.
func (c *call) combine(to *Array, i int, from *Array, j int) {
	how := c.text("reduction", "none")
	if to.IsFloat() {
		a, b := to.F[i], from.F[j]
		switch how {
		case "add":
			b = a + b
		case "mul":
			b = a * b
		case "max":
			b = math.Max(a, b)
		case "min":
			b = math.Min(a, b)
		}
		to.F[i] = onnxfile.Round(to.Type, b, false)
		return
	}
	a, b := to.I[i], from.I[j]
	switch how {
	case "add":
		b = a + b
	case "mul":
		b = a * b
	case "max":
		if less(to.Type, b, a) {
			b = a
		}
	case "min":
		if less(to.Type, a, b) {
			b = a
		}
	}
	to.I[i] = onnxfile.Whole(to.Type, uint64(b))
}

func (a *Array) clone() *Array {
	return &Array{Type: a.Type, Shape: slices.Clone(a.Shape), F: slices.Clone(a.F), I: slices.Clone(a.I)}
}

func scatterElements(c *call) []*Array {
	x, ids, updates := c.in(0), c.in(1), c.in(2)
	axis := c.axis(c.int("axis", 0), len(x.Shape))
	if c.err != nil || len(ids.Shape) != len(x.Shape) || !slices.Equal(ids.Shape, updates.Shape) || x.Type != updates.Type {
		return c.fail("expected indices and updates of one shape, of the rank of x")
	}
	y, step, index := x.clone(), strides(x.Shape), make([]int, len(ids.Shape))
	for i, v := range ids.I {
		to := c.index(v, x.Shape[axis]) * step[axis]
		for a, p := range index {
			if a != axis {
				to += p * step[a]
			}
		}
		if c.err != nil {
			return nil
		}
		c.combine(y, to, updates, i)
		next(index, ids.Shape)
	}
	return one(y)
}

func scatterND(c *call) []*Array {
	x, ids, updates := c.in(0), c.in(1), c.in(2)
	rank := len(ids.Shape)
	if rank == 0 || x.Type != updates.Type {
		return c.fail("expected indices [..., depth] and updates of x's type")
	}
	depth := ids.Shape[rank-1]
	if depth > len(x.Shape) || !slices.Equal(updates.Shape, slices.Concat(ids.Shape[:rank-1], x.Shape[depth:])) {
		return c.fail("expected updates of shape %v", slices.Concat(ids.Shape[:rank-1], x.Shape[min(depth, len(x.Shape)):]))
	}
	y, step, size := x.clone(), strides(x.Shape), prod(x.Shape[depth:])
	for r := range prod(ids.Shape[:rank-1]) {
		to := 0
		for k := range depth {
			to += c.index(ids.I[r*depth+k], x.Shape[k]) * step[k]
		}
		if c.err != nil {
			return nil
		}
		for i := range size {
			c.combine(y, to+i, updates, r*size+i)
		}
	}
	return one(y)
}

// tensorScatter writes rows into a cache at the place of each batch.
func tensorScatter(c *call) []*Array {
	cache, update := c.in(0), c.in(1)
	axis := c.axis(c.int("axis", -2), len(cache.Shape))
	if c.err != nil || axis == 0 || len(update.Shape) != len(cache.Shape) {
		return c.fail("expected an update of the cache's rank and an axis behind the batch")
	}
	y, step, index := cache.clone(), strides(cache.Shape), make([]int, len(update.Shape))
	circular := c.text("mode", "linear") == "circular"
	for i := range update.Len() {
		begin := 0
		if w := c.maybe(2); w != nil {
			begin = int(w.I[index[0]])
		}
		p := begin + index[axis]
		if circular {
			p %= cache.Shape[axis]
		}
		p = c.index(int64(p), cache.Shape[axis])
		to := p * step[axis]
		for a, q := range index {
			if a != axis {
				to += q * step[a]
			}
		}
		if c.err != nil {
			return nil
		}
		update.copyTo(y, to, i)
		next(index, update.Shape)
	}
	return one(y)
}

func oneHot(c *call) []*Array {
	ids, values := c.in(0), c.in(2)
	depth := c.in(1).Ints()[0]
	axis := c.axis(c.int("axis", -1), len(ids.Shape)+1)
	if depth < 0 || c.err != nil {
		return c.fail("depth %d", depth)
	}
	shape := slices.Insert(slices.Clone(ids.Shape), axis, depth)
	if !c.room(shape) {
		return nil
	}
	y := New(values.Type, shape)
	outer, n, inner := axes3(shape, axis)
	list := ids.Ints()
	for o := range outer {
		for k := range n {
			for i := range inner {
				v := list[o*inner+i]
				if v < 0 {
					v += depth
				}
				values.copyTo(y, (o*n+k)*inner+i, int(truth(v == k)))
			}
		}
	}
	return one(y)
}

func nonZero(c *call) []*Array {
	x := c.in(0)
	var found []int
	for i := range x.Len() {
		if x.Float(i) != 0 {
			found = append(found, i)
		}
	}
	y, step := New(onnxfile.Int64, []int{len(x.Shape), len(found)}), strides(x.Shape)
	for k, p := range found {
		for a, s := range step {
			y.I[a*len(found)+k] = int64(p / s % x.Shape[a])
		}
	}
	return one(y)
}

func compress(c *call) []*Array {
	x, cond := c.in(0), c.in(1)
	axis := 0
	if c.has("axis") {
		axis = c.axis(c.int("axis", 0), len(x.Shape))
	} else {
		x = x.as(x.Len())
	}
	var ids []int
	for i, v := range cond.I {
		if v != 0 && i < x.Shape[axis] {
			ids = append(ids, i)
		}
	}
	sub := &call{Call: Call{Node: &onnxfile.Node{Attributes: []*onnxfile.Attribute{{Name: "axis", I: int64(axis)}}}, Inputs: []*Array{x, Ints(ids...)}}}
	out := gather(sub)
	c.err = sub.err
	return out
}

func topK(c *call) []*Array {
	x := c.in(0)
	k, ok := c.list("k", 1)
	if c.has("k") && c.maybe(1) == nil {
		k, ok = []int{c.int("k", 0)}, true
	}
	axis := c.axis(c.int("axis", -1), len(x.Shape))
	if c.err != nil || !ok || len(k) != 1 || k[0] < 0 || k[0] > x.Shape[axis] {
		return c.fail("k %v, expected one number from 0 to the axis's size", k)
	}
	largest := c.int("largest", 1) != 0
	shape := slices.Clone(x.Shape)
	shape[axis] = k[0]
	values, places := New(x.Type, shape), New(onnxfile.Int64, shape)
	outer, n, inner := axes3(x.Shape, axis)
	for o := range outer {
		for i := range inner {
			order := sequence(n)
			slices.SortStableFunc(order, func(p, q int) int {
				r := x.order((o*n+p)*inner+i, (o*n+q)*inner+i)
				if largest {
					return -r
				}
				return r
			})
			for j, p := range order[:k[0]] {
				x.copyTo(values, (o*k[0]+j)*inner+i, (o*n+p)*inner+i)
				places.I[(o*k[0]+j)*inner+i] = int64(p)
			}
		}
	}
	return []*Array{values, places}
}

// order compares two elements; NaN is the largest.
func (a *Array) order(i, j int) int {
	if a.IsFloat() {
		x, y := a.F[i], a.F[j]
		switch {
		case x == y, math.IsNaN(x) && math.IsNaN(y):
			return 0
		case x < y, math.IsNaN(y):
			return -1
		}
		return 1
	}
	switch x, y := a.I[i], a.I[j]; {
	case x == y:
		return 0
	case less(a.Type, x, y):
		return -1
	}
	return 1
}

func argExtreme(sign int) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		axis := c.axis(c.int("axis", 0), len(x.Shape))
		last := c.int("select_last_index", 0) != 0
		if c.err != nil || len(x.Shape) == 0 {
			return c.fail("expected an axis")
		}
		outer, n, inner := axes3(x.Shape, axis)
		if n == 0 {
			return c.fail("an axis without elements")
		}
		shape := slices.Clone(x.Shape)
		shape[axis] = 1
		if c.int("keepdims", 1) == 0 {
			shape = slices.Delete(shape, axis, axis+1)
		}
		y := New(onnxfile.Int64, shape)
		for o := range outer {
			for i := range inner {
				best := 0
				for k := 1; k < n; k++ {
					r := sign * x.order((o*n+k)*inner+i, (o*n+best)*inner+i)
					if r > 0 || r == 0 && last {
						best = k
					}
				}
				y.I[o*inner+i] = int64(best)
			}
		}
		return one(y)
	}
}

// nonMaxSuppression chooses boxes by score, each class by itself.
func nonMaxSuppression(c *call) []*Array {
	boxes, scores := c.in(0), c.in(1)
	most, overlap, least := 0, 0.0, math.Inf(-1)
	if a := c.maybe(2); a != nil && a.Len() > 0 {
		most = a.Ints()[0]
	}
	if a := c.maybe(3); a != nil && a.Len() > 0 {
		overlap = a.F[0]
	}
	if a := c.maybe(4); a != nil && a.Len() > 0 {
		least = a.F[0]
	}
	if len(boxes.Shape) != 3 || len(scores.Shape) != 3 || boxes.Shape[2] != 4 || scores.Shape[2] != boxes.Shape[1] {
		return c.fail("expected boxes [N, B, 4] and scores [N, C, B]")
	}
	centred := c.int("center_point_box", 0) != 0
	n := boxes.Shape[1]
	var found []int64
	for b := range boxes.Shape[0] {
		corners := make([][4]float64, n)
		for i := range corners {
			v := [4]float64(boxes.F[(b*n+i)*4:])
			if centred {
				v = [4]float64{v[1] - v[3]/2, v[0] - v[2]/2, v[1] + v[3]/2, v[0] + v[2]/2}
			}
			corners[i] = [4]float64{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}
		}
		for class := range scores.Shape[1] {
			s := scores.F[(b*scores.Shape[1]+class)*n:][:n]
			var order []int
			for i, v := range s {
				if v > least || least == math.Inf(-1) {
					order = append(order, i)
				}
			}
			slices.SortStableFunc(order, func(p, q int) int {
				switch {
				case s[p] > s[q]:
					return -1
				case s[p] < s[q]:
					return 1
				}
				return 0
			})
			var kept []int
			for _, i := range order {
				if len(kept) >= most {
					break
				}
				if !slices.ContainsFunc(kept, func(k int) bool { return iou(corners[i], corners[k]) > overlap }) {
					kept = append(kept, i)
					found = append(found, int64(b), int64(class), int64(i))
				}
			}
		}
	}
	return one(&Array{Type: onnxfile.Int64, Shape: []int{len(found) / 3, 3}, I: append([]int64{}, found...)})
}

// iou is in float32, as in ONNX Runtime: what lies on the threshold counts.
func iou(a, b [4]float64) float64 {
	h := min(a[2], b[2]) - max(a[0], b[0])
	w := min(a[3], b[3]) - max(a[1], b[1])
	if h <= 0 || w <= 0 {
		return 0
	}
	both := float32(h * w)
	union := float32((a[2]-a[0])*(a[3]-a[1])) + float32((b[2]-b[0])*(b[3]-b[1])) - both
	return float64(both / union)
}

func unique(c *call) []*Array {
	x := c.in(0)
	axis := 0
	whole := !c.has("axis")
	if whole {
		x = x.as(x.Len())
	} else {
		axis = c.axis(c.int("axis", 0), len(x.Shape))
	}
	if c.err != nil {
		return nil
	}
	outer, n, inner := axes3(x.Shape, axis)
	cmp := func(p, q int) int {
		for o := range outer {
			for i := range inner {
				if r := x.order((o*n+p)*inner+i, (o*n+q)*inner+i); r != 0 {
					return r
				}
			}
		}
		return 0
	}
	order := sequence(n)
	slices.SortStableFunc(order, cmp)
	var firsts, counts []int
	of := make([]int, n)
	for k, p := range order {
		if k == 0 || cmp(order[k-1], p) != 0 {
			firsts, counts = append(firsts, p), append(counts, 0)
		}
		of[p] = len(firsts) - 1
		counts[len(counts)-1]++
	}
	if c.int("sorted", 1) == 0 { // in order of appearance
		by := sequence(len(firsts))
		slices.SortFunc(by, func(p, q int) int { return firsts[p] - firsts[q] })
		place := make([]int, len(by))
		f, k := make([]int, len(by)), make([]int, len(by))
		for i, p := range by {
			place[p], f[i], k[i] = i, firsts[p], counts[p]
		}
		firsts, counts = f, k
		for i := range of {
			of[i] = place[of[i]]
		}
	}
	shape := slices.Clone(x.Shape)
	shape[axis] = len(firsts)
	y := New(x.Type, shape)
	for o := range outer {
		for k, p := range firsts {
			for i := range inner {
				x.copyTo(y, (o*len(firsts)+k)*inner+i, (o*n+p)*inner+i)
			}
		}
	}
	return []*Array{y, Ints(firsts...), Ints(of...), Ints(counts...)}
}
