package losses

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// Distance is how far apart two embeddings are.
type Distance int

const (
	// Squared is ‖a − b‖².
	Squared Distance = iota
	// Euclidean is ‖a − b‖; its gradient at a = b is 0.
	Euclidean
	// EuclideanEps is ‖a − b + ε‖ with ε added to each coordinate, as in PyTorch.
	EuclideanEps
)

// SquaredDistance returns ‖a − b‖² of each row of a and b [N, D]: [N].
func SquaredDistance(a, b *graph.Node) *graph.Node {
	return Squared.between("SquaredDistance", a, b, 0)
}

// SquaredDistances returns ‖a_i − b_j‖² of each row of a [N, D] and each row of b
// [M, D]: [N, M].
func SquaredDistances(a, b *graph.Node) *graph.Node {
	const name = "SquaredDistances"
	for _, e := range []*graph.Node{a, b} {
		if dead, ok := rows(name, "embeddings", e); !ok {
			return dead
		}
	}
	if a.Dim(1) != b.Dim(1) {
		return a.Fail(errors.Errorf("%s: %s, %s: expected rows of one length", name, a, b))
	}
	return a.Reshape(a.Dim(0), 1, -1).Sub(b.Reshape(1, b.Dim(0), -1)).Square().Sum(2)
}

// EuclideanDistance returns ‖a − b‖ of each row of a and b [N, D]: [N]. Equal
// rows have a distance below 1e-15, with gradient 0.
func EuclideanDistance(a, b *graph.Node) *graph.Node {
	return Euclidean.between("EuclideanDistance", a, b, 0)
}

// L2Normalize returns x / ‖x‖ for each row of x [N, D], also where ‖x‖² leaves
// the range of the numbers. A row of which the norm is below 1e-12 becomes 0 and
// gets no gradient.
func L2Normalize(x *graph.Node) *graph.Node {
	if dead, ok := rows("L2Normalize", "embeddings", x); !ok {
		return dead
	}
	const least = 1e-12 // of ‖x‖
	// A factor changes no direction, so the largest element is taken out.
	most := atLeastTiny(x.Abs().Max(1)).Detach().Reshape(-1, 1) // [N, 1]
	x = x.Div(most)
	norm := atLeastTiny(x.Square().Sum(1)).Sqrt().Reshape(-1, 1) // [N, 1]: from 1 to √D, or 0
	return graph.Where(norm.Lt(scalar(x, least).Div(most)), scalar(x, 0), x.Div(norm))
}

// Between returns the distance of each pair of rows of a and b [N, D]: [N].
// EuclideanEps adds 1e-6.
func (d Distance) Between(a, b *graph.Node) *graph.Node {
	return d.between("Distance", a, b, TripletOpts{}.epsilon())
}

// between returns the distance of each pair of rows: [N].
func (d Distance) between(name string, a, b *graph.Node, eps float64) *graph.Node {
	if dead, ok := rows(name, "embeddings", a); !ok {
		return dead
	}
	if dead, ok := paired(name, a, b); !ok {
		return dead
	}
	return d.measure(name, a.Sub(b), eps)
}

// pairwise returns the distances of all pairs of rows of x [N, D]: [N, N]. It
// forms the differences, N²·D numbers, so that a row is at distance 0 of itself.
func (d Distance) pairwise(name string, x *graph.Node, eps float64) *graph.Node {
	n, dim := x.Dim(0), x.Dim(1)
	return d.measure(name, x.Reshape(n, 1, dim).Sub(x.Reshape(1, n, dim)), eps)
}

// measure folds the last axis of differences.
func (d Distance) measure(name string, diff *graph.Node, eps float64) *graph.Node {
	switch d {
	case Squared:
		return diff.Square().Sum(-1)
	case Euclidean:
		return atLeastTiny(diff.Square().Sum(-1)).Sqrt()
	case EuclideanEps:
		return atLeastTiny(diff.Shift(eps).Square().Sum(-1)).Sqrt()
	}
	return diff.Fail(errors.Errorf("%s: distance %d, expected Squared, Euclidean or EuclideanEps", name, d))
}

// rows makes it an error of the graph where n is not [N, D].
func rows(name, what string, n *graph.Node) (dead *graph.Node, ok bool) {
	if n.Rank() != 2 {
		return n.Fail(errors.Errorf("%s: %s, expected %s [N, D]", name, n, what)), false
	}
	return nil, true
}
