package tsne

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// sparse is a symmetric matrix [N, N] by rows: those of row i are at starts[i] … starts[i+1] − 1.
type sparse struct {
	starts  []int
	columns []int32
	values  []float64
}

// neighbor is a point with its squared distance.
type neighbor struct {
	at       int32
	distance float64
}

// nearAffinities returns the joint probabilities of x, centred, where each point has only its 3·perplexity nearest ones.
func nearAffinities(x []float64, dim int, perplexity float64, threads int) sparse {
	n := len(x) / dim
	k := min(n-1, int(3*perplexity))
	near := make([]neighbor, n*k)
	nearest(x, dim, k, threads, near)
	p := make([]float64, n*k)
	parallel(n, threads, func(_, i int) {
		row := near[i*k : (i+1)*k]
		slices.SortFunc(row, func(a, b neighbor) int { return cmp.Compare(a.at, b.at) })
		for j, v := range row {
			p[i*k+j] = v.distance
		}
		spread(p[i*k:(i+1)*k], min(perplexity, float64(k)))
	})
	return symmetric(near, p, n, k)
}

// nearest finds the k nearest rows of each row. It compares all pairs, by blocks of products, ‖a − b‖² = ‖a‖² + ‖b‖² −
// 2ab: in tens of dimensions a tree of the points has to look at most of them as well, one by one. It is done once.
func nearest(x []float64, dim, k, threads int, out []neighbor) {
	n := len(x) / dim
	squares := make([]float64, n)
	for i := range squares {
		for _, v := range x[i*dim : (i+1)*dim] {
			squares[i] += v * v
		}
	}
	const block = 128
	all := blas64.General{Rows: n, Cols: dim, Stride: dim, Data: x}
	products := make([]float64, min(block, n)*n)
	for from := 0; from < n; from += block {
		rows := min(block, n-from)
		part := blas64.General{Rows: rows, Cols: dim, Stride: dim, Data: x[from*dim:]}
		blas64.Gemm(blas.NoTrans, blas.Trans, -2, part, all, 0, blas64.General{Rows: rows, Cols: n, Stride: n, Data: products})
		parallel(rows, threads, func(_, r int) {
			i := from + r
			row := products[r*n : (r+1)*n]
			best := out[i*k : i*k : (i+1)*k]
			for j, v := range row {
				if d := max(0, v+squares[i]+squares[j]); j != i {
					best = offer(best, neighbor{int32(j), d})
				}
			}
			// The products cancel where points are close: their distances are taken anew.
			for j, v := range best {
				best[j].distance = squaredDistance(x[i*dim:(i+1)*dim], x[int(v.at)*dim:(int(v.at)+1)*dim])
			}
		})
	}
}

// offer puts v into the heap best, the farthest first, if it has room or a farther one.
func offer(best []neighbor, v neighbor) []neighbor {
	if len(best) < cap(best) {
		best = append(best, v)
		for i := len(best) - 1; i > 0 && best[i].distance > best[(i-1)/2].distance; i = (i - 1) / 2 {
			best[i], best[(i-1)/2] = best[(i-1)/2], best[i]
		}
		return best
	}
	if v.distance >= best[0].distance {
		return best
	}
	best[0] = v
	for i := 0; ; {
		most := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(best); child++ {
			if best[child].distance > best[most].distance {
				most = child
			}
		}
		if most == i {
			return best
		}
		best[i], best[most] = best[most], best[i]
		i = most
	}
}

// symmetric joins p_{j|i} of row i, whose columns are near in rising order, into (p_{j|i} + p_{i|j})/2N.
func symmetric(near []neighbor, p []float64, n, k int) sparse {
	// The transposed matrix, its rows in rising order too.
	starts := make([]int, n+1)
	for _, v := range near {
		starts[v.at+1]++
	}
	for i := range n {
		starts[i+1] += starts[i]
	}
	columns, values := make([]int32, n*k), make([]float64, n*k)
	fill := slices.Clone(starts)
	for i := range n {
		for j, v := range near[i*k : (i+1)*k] {
			columns[fill[v.at]], values[fill[v.at]] = int32(i), p[i*k+j]
			fill[v.at]++
		}
	}
	s := sparse{starts: make([]int, n+1)}
	scale := 1 / float64(2*n)
	for i := range n {
		a, b := i*k, starts[i]
		for a < (i+1)*k || b < starts[i+1] {
			ca, cb := int32(math.MaxInt32), int32(math.MaxInt32)
			if a < (i+1)*k {
				ca = near[a].at
			}
			if b < starts[i+1] {
				cb = columns[b]
			}
			v := 0.0
			if ca <= cb {
				v += p[a]
				a++
			}
			if cb <= ca {
				v += values[b]
				b++
			}
			s.columns, s.values = append(s.columns, min(ca, cb)), append(s.values, v*scale)
		}
		s.starts[i+1] = len(s.columns)
	}
	return s
}
