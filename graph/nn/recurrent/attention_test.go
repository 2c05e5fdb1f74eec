package recurrent_test

import (
	"math"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
)

func scores() []recurrent.Score {
	return []recurrent.Score{recurrent.Additive, recurrent.Dot, recurrent.General, recurrent.ScaledDot, recurrent.Concat}
}

// TestSection2_7_Attention: weights sum to 1 over what is not masked, a fully
// masked row has attention 0 and context 0, one query equals a row of many.
func TestSection2_7_Attention(t *testing.T) {
	const N, U, T, H, K = 3, 2, 4, 5, 3
	for _, score := range scores() {
		t.Run(score.String(), func(t *testing.T) {
			g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
			att := recurrent.NewAttention(g.Scope(), score, H, H, K)
			s, a, lengths := g.Input("s", N, U, H), g.Input("a", N, T, H), g.InputInts("lengths", N)
			m := att.Remember(a, lengths.LengthMask(T))
			context, alpha := att.Attend(s, m)
			one, oneAlpha := att.Attend(s.Index(1, 1), m)
			all, _ := att.Attend(s, att.Remember(a, nil))
			v := evaluate(t, g, []graph.Feed{s.FeedFloat64s(numbers(N * U * H)), a.FeedFloat64s(numbers(N * T * H)), lengths.FeedInts([]int{2, 0, T})},
				context, alpha, one, oneAlpha, all)
			for n, length := range []int{2, 0, T} {
				for u := range U {
					row := v[1][(n*U+u)*T:][:T]
					var sum float64
					for i, w := range row {
						if sum += w; i >= length && w != 0 {
							t.Errorf("weight %v behind the end of memory %d, want 0", w, n)
						}
					}
					if want := math.Min(1, float64(length)); math.Abs(sum-want) > 1e-12 {
						t.Errorf("weights of memory %d sum to %v, want %v", n, sum, want)
					}
				}
				closeTo(t, "one query", v[2][n*H:][:H], v[0][(n*U+1)*H:][:H], 1e-12)
				closeTo(t, "weights of one query", v[3][n*T:][:T], v[1][(n*U+1)*T:][:T], 1e-12)
			}
			closeTo(t, "context of nothing", v[0][U*H:2*U*H], make([]float64, U*H), 0)
			closeTo(t, "without mask", v[4][2*U*H:], v[0][2*U*H:], 1e-12)
		})
	}
}

func TestAttention_gradients(t *testing.T) {
	const N, U, T, H, K = 3, 2, 4, 3, 2
	for _, score := range scores() {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		draw := nn.Normal(0, 1)
		s, a := g.Scope().Param("s", draw, N, U, H), g.Scope().Param("a", draw, N, T, H)
		lengths := g.InputInts("lengths", N)
		att := recurrent.NewAttention(g.Scope().At("att"), score, H, H, K)
		context, _ := att.Attend(s, att.Remember(a, lengths.LengthMask(T)))
		prog, err := g.Compile(context.Square().Sum())
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(lengths.FeedInts([]int{2, 0, T})); err != nil {
			t.Fatal(err)
		}
		// Some gradients are near 1e-3: the step outweighs the loss's rounding.
		report, err := gradcheck.Check(prog, gradcheck.Opts{Most: 20, Step: 1e-5})
		if err != nil {
			t.Fatal(err)
		}
		if w := report.Worst(); !w.Right(1e-7) {
			t.Errorf("%v: %s: relative error %g", score, w.Name, w.RelativeError)
		}
	}
}
