package proposal

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
)

// Segment returns for each pixel of x [C, H, W] the number of its region, 0 to
// count − 1 in row-major order of first sight. Two regions are joined where the
// edge between them, the distance of its pixels' values, is not above
//
//	min(Int(A) + k/|A|, Int(B) + k/|B|)
//
// Int being the largest edge of a region's minimum spanning tree, |A| its pixels.
// Regions below least pixels then join a neighbour. Values in [0, 1] count as
// 0 … 255, after smoothing by σ = 0.8.
//
// Source: Felzenszwalb, Huttenlocher 2004 §3-4, on the four neighbours.
func Segment(x augment.Image[float32], k float64, least int) (regions []int, count int, err error) {
	if x.C < 1 || x.H < 1 || x.W < 1 || len(x.Pix) != x.C*x.H*x.W || !(k > 0) {
		return nil, 0, errors.Errorf("segment: %d values of [%d, %d, %d], k %g, expected a picture, k above 0", len(x.Pix), x.C, x.H, x.W, k)
	}
	y := smooth(x)
	edges := make([]edge, 0, 2*x.H*x.W)
	for r := range x.H {
		for c := range x.W {
			at := r*x.W + c
			if c+1 < x.W {
				edges = append(edges, edge{distance(y, at, at+1), int32(at), int32(at + 1)})
			}
			if r+1 < x.H {
				edges = append(edges, edge{distance(y, at, at+x.W), int32(at), int32(at + x.W)})
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return cmp.Compare(a.weight, b.weight) })
	f := newForest(x.H*x.W, float32(k))
	for _, e := range edges {
		if a, b := f.root(e.a), f.root(e.b); a != b && e.weight <= f.limit[a] && e.weight <= f.limit[b] {
			f.join(a, b, e.weight)
		}
	}
	for _, e := range edges {
		if a, b := f.root(e.a), f.root(e.b); a != b && (f.size[a] < int32(least) || f.size[b] < int32(least)) {
			f.join(a, b, e.weight)
		}
	}
	regions = make([]int, x.H*x.W)
	number := map[int32]int{}
	for i := range regions {
		root := f.root(int32(i))
		n, ok := number[root]
		if !ok {
			n = len(number)
			number[root] = n
		}
		regions[i] = n
	}
	return regions, len(number), nil
}

type edge struct {
	weight float32
	a, b   int32
}

// distance is that of two pixels' values.
func distance(y augment.Image[float32], a, b int) float32 {
	n, sum := y.H*y.W, float32(0)
	for c := range y.C {
		d := y.Pix[c*n+a] - y.Pix[c*n+b]
		sum += d * d
	}
	return float32(math.Sqrt(float64(sum)))
}

// smooth returns x times 255 after a Gaussian of σ 0.8 along both axes, the
// border repeated.
func smooth(x augment.Image[float32]) augment.Image[float32] {
	const sigma, reach = 0.8, 3
	kernel, sum := [2*reach + 1]float32{}, float32(0)
	for i := range kernel {
		d := float64(i-reach) / sigma
		kernel[i] = float32(math.Exp(-d * d / 2))
		sum += kernel[i]
	}
	pass := func(from, to []float32, n, step, lines, jump int, scale float32) {
		for l := range lines {
			for i := range n {
				v := float32(0)
				for k, w := range kernel {
					v += w * from[l*jump+min(max(i+k-reach, 0), n-1)*step]
				}
				to[l*jump+i*step] = v / sum * scale
			}
		}
	}
	y, between := augment.NewImage[float32](x.C, x.H, x.W), make([]float32, x.H*x.W)
	for c := range x.C {
		pass(x.Plane(c), between, x.W, 1, x.H, x.W, 255)
		pass(between, y.Plane(c), x.H, x.W, x.W, 1, 1)
	}
	return y
}

// forest holds disjoint sets of pixels.
type forest struct {
	parent, size []int32
	limit        []float32 // Int + k/size of roots
	k            float32
}

func newForest(n int, k float32) *forest {
	f := &forest{make([]int32, n), make([]int32, n), make([]float32, n), k}
	for i := range n {
		f.parent[i], f.size[i], f.limit[i] = int32(i), 1, k
	}
	return f
}

func (f *forest) root(i int32) int32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// join makes two sets one; the edge is the largest so far.
func (f *forest) join(a, b int32, weight float32) {
	if f.size[a] < f.size[b] {
		a, b = b, a
	}
	f.parent[b] = a
	f.size[a] += f.size[b]
	f.limit[a] = weight + f.k/float32(f.size[a])
}
