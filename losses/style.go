package losses

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// The activations a[l] of a layer are [N, C, H, W], H·W the cheatsheet's
// n_H·n_W places, C its n_C channels. A cost of N pictures is the mean of theirs.

// Gram returns the style matrix of each picture, [N, C, C]:
//
//	G_kk' = Σ_ij a_ijk·a_ijk'
//
// Source: cheatsheet §1.6.2; arXiv:1508.06576 eq. 3.
func Gram(a *graph.Node) *graph.Node {
	flat, dead := places("Gram", a)
	if flat == nil {
		return dead
	}
	return flat.MatMulT(flat)
}

// GramMean returns [Gram] divided by C·H·W: a mean rather than a sum, so that
// layers of all sizes weigh alike.
//
// Source: the form of PyTorch's tutorial; arXiv:1603.08155 eq. 4.
func GramMean(a *graph.Node) *graph.Node {
	g := Gram(a)
	return g.Scale(float64(a.Dim(0)) / float64(a.Len()))
}

// ContentCost returns
//
//	J_content = ½·‖a(C) − a(G)‖²
//
// for the activations of the generated picture G and of the content C.
//
// Source: cheatsheet §1.6.2; arXiv:1508.06576 eq. 1.
func ContentCost(generated, content *graph.Node) *graph.Node {
	const name = "ContentCost"
	if dead, ok := activations(name, generated, content); !ok {
		return dead
	}
	return generated.Sub(content).Square().Sum().Scale(0.5 / float64(generated.Dim(0)))
}

// ContentCostMean is [ContentCost] as the mean squared difference.
//
// Source: the form of PyTorch's tutorial.
func ContentCostMean(generated, content *graph.Node) *graph.Node {
	if dead, ok := activations("ContentCostMean", generated, content); !ok {
		return dead
	}
	return generated.Sub(content).Square().Mean()
}

// StyleCost returns
//
//	J_style = 1/(2·n_H·n_W·n_C)²·Σ_kk' (G_kk'(S) − G_kk'(G))²
//
// for the activations of the generated picture G and of the style S, which may
// have another height and width. The sizes n are those of G.
//
// Source: cheatsheet §1.6.2; it equals arXiv:1508.06576 eq. 4, 1/(4·N²·M²).
func StyleCost(generated, style *graph.Node) *graph.Node {
	return StyleCostGram(generated, Gram(style))
}

// StyleCostGram is [StyleCost] for a style of which the matrix is known: gram
// [N, C, C], or [1, C, C] for one style of all pictures.
func StyleCostGram(generated, gram *graph.Node) *graph.Node {
	const name = "StyleCostGram"
	g, dead := against(name, generated, Gram(generated), gram)
	if g == nil {
		return dead
	}
	n := float64(generated.Dim(0))
	size := 2 * float64(generated.Len()) / n // 2·n_H·n_W·n_C
	return g.Square().Sum().Scale(1 / (size * size) / n)
}

// StyleCostMean is the mean squared difference of the matrices of [GramMean]:
// [StyleCost] times 4/C².
//
// Source: the form of PyTorch's tutorial.
func StyleCostMean(generated, style *graph.Node) *graph.Node {
	g, dead := against("StyleCostMean", generated, GramMean(generated), GramMean(style))
	if g == nil {
		return dead
	}
	return g.Square().Mean()
}

// StyleTransfer returns the cost of a generated picture,
//
//	J(G) = α·J_content + β·Σ_l w_l·J_style[l]
//
// from its parts; weights are the w_l. A larger α keeps more of the content, a
// larger β gives more of the style.
//
// Source: cheatsheet §1.6.2; arXiv:1508.06576 eq. 5, 7.
func StyleTransfer(alpha, beta float64, content *graph.Node, styles []*graph.Node, weights []float64) *graph.Node {
	if len(styles) != len(weights) {
		return content.Fail(errors.Errorf("StyleTransfer: %d weights for %d layers, expected one each", len(weights), len(styles)))
	}
	j := content.Scale(alpha)
	for l, s := range styles {
		j = j.Add(s.Scale(beta * weights[l]))
	}
	return j
}

// TotalVariation returns how much neighbouring pixels of x [N, C, H, W] differ,
//
//	Σ |x_{i+1,j} − x_ij| + Σ |x_{i,j+1} − x_ij|
//
// as the mean over the pictures. A little of it makes a generated picture smooth.
//
// Source: Rudin, Osher, Fatemi, doi:10.1016/0167-2789(92)90242-F, in the
// anisotropic form.
func TotalVariation(x *graph.Node) *graph.Node {
	if dead, ok := images("TotalVariation", x); !ok {
		return dead
	}
	sum := x.Graph().Constant([]float64{0})
	for axis := 2; axis <= 3; axis++ {
		if size := x.Dim(axis); size > 1 {
			sum = sum.Add(x.Slice(axis, 1, size).Sub(x.Slice(axis, 0, size-1)).Abs().Sum())
		}
	}
	return sum.Scale(1 / float64(x.Dim(0)))
}

// places returns a [N, C, H·W] of activations; nil where they have another rank.
func places(name string, a *graph.Node) (flat, dead *graph.Node) {
	if dead, ok := images(name, a); !ok {
		return nil, dead
	}
	return a.Reshape(a.Dim(0), a.Dim(1), -1), nil
}

// against returns the differences of two style matrices; nil where they do not
// fit, and the dead node.
func against(name string, a, gram, target *graph.Node) (diff, dead *graph.Node) {
	want := gram.Shape()
	one := slices.Clone(want)
	if len(one) > 0 {
		one[0] = 1
	}
	if s := target.Shape(); !slices.Equal(s, want) && !slices.Equal(s, one) {
		return nil, a.Fail(errors.Errorf("%s: %s, style matrix %s: expected %s or one for all pictures", name, a, sizes(target), sizes(gram)))
	}
	return gram.Sub(target), nil
}

// images makes it an error of the graph where x is not [N, C, H, W].
func images(name string, x *graph.Node) (dead *graph.Node, ok bool) {
	if x.Rank() != 4 {
		return x.Fail(errors.Errorf("%s: %s, expected [N, C, H, W]", name, x)), false
	}
	return nil, true
}

func activations(name string, a, b *graph.Node) (dead *graph.Node, ok bool) {
	if dead, ok := images(name, a); !ok {
		return dead, false
	}
	return paired(name, a, b)
}
