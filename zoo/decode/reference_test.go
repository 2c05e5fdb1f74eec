package decode_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo/decode"
)

func TestReference(t *testing.T) {
	golden.Run(t, "zoo/decode", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "beam_search":
			referenceBeam(t, c)
		case "beam_error_analysis":
			referenceAnalysis(t, c)
		case "nms":
			referenceSuppress(t, c)
		case "yolo_decode":
			referenceYOLO(t, c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// table is a model by its probabilities: logp[t, previous, next].
type table struct {
	words, previous int
	logp            []float64
	calls           int
	widest          int // rows in one step
}

func (m *table) Words() int { return m.words }

func (m *table) Step(t int, rows []decode.Row, logp []float64) error {
	m.calls++
	m.widest = max(m.widest, len(rows))
	steps := len(m.logp) / (m.previous * m.words)
	for r, row := range rows {
		if t >= steps || row.Word < 0 || row.Word >= m.previous {
			return fmt.Errorf("row %+v at step %d: expected words below %d, steps below %d", row, t, m.previous, steps)
		}
		copy(logp[r*m.words:(r+1)*m.words], m.logp[(t*m.previous+row.Word)*m.words:])
	}
	return nil
}

func referenceBeam(t *testing.T, c *golden.Case) {
	p, x := c.Params, c.Tensor("input.log_prob")
	m := &table{words: x.Shape[2], previous: x.Shape[1], logp: x.F64}
	s := decode.Sentence{Start: p.Int("start_row"), End: p.Int("eos"), MaxLen: p.Int("max_len")}
	alpha := p.Float("alpha")
	// A second sentence beside it changes nothing.
	all, err := decode.Beam(m, []decode.Sentence{s, {Start: s.Start, End: s.End, MaxLen: 2}}, decode.BeamOptions{Width: p.Int("B"), Alpha: alpha})
	check(t, err)
	found := all[0]
	var words []int
	var logp, objective []float64
	for _, h := range found {
		words = append(words, padded(h.Words, s.MaxLen)...)
		logp, objective = append(logp, h.LogProb), append(objective, h.Objective)
	}
	c.CheckInts("output.sequences", words, []int{len(found), s.MaxLen})
	c.Check("output.log_prob", logp, []int{len(found)})
	c.Check("output.objective", objective, []int{len(found)})

	best := exhaustive(m, s, alpha)
	c.CheckInts("output.exhaustive", padded(best.Words, s.MaxLen), c.Tensor("output.exhaustive").Shape)
	c.Check("output.exhaustive_objective", []float64{best.Objective}, nil)

	for n := 1; n <= len(found); n++ { // stopping early loses nothing
		some, err := decode.Beam(m, []decode.Sentence{s}, decode.BeamOptions{Width: p.Int("B"), Alpha: alpha, NBest: n})
		check(t, err)
		if len(some[0]) != n {
			t.Fatalf("%d hypotheses, want %d", len(some[0]), n)
		}
		for i, h := range some[0] {
			if !slices.Equal(h.Words, found[i].Words) || h.Objective != found[i].Objective {
				t.Errorf("the best %d, number %d: %+v, want %+v", n, i, h, found[i])
			}
		}
	}
	for i, v := range scores(t, m, s, found) {
		if math.Abs(v-found[i].LogProb) > 1e-12 {
			t.Errorf("score of %v: %g, found with %g", found[i].Words, v, found[i].LogProb)
		}
	}
}

// scores returns log P of what was found, by another way.
func scores(t *testing.T, m decode.Model, s decode.Sentence, found []decode.Hypothesis) []float64 {
	t.Helper()
	var words [][]int
	for _, h := range found {
		words = append(words, h.Words)
	}
	v, err := decode.Score(m, slices.Repeat([]decode.Sentence{s}, len(found)), words)
	check(t, err)
	return v
}

func padded(words []int, n int) []int {
	return append(slices.Clone(words), slices.Repeat([]int{-1}, n-len(words))...)
}

// exhaustive returns the best of all sentences.
func exhaustive(m *table, s decode.Sentence, alpha float64) decode.Hypothesis {
	best := decode.Hypothesis{Objective: math.Inf(-1)}
	var visit func(words []int, logp float64, previous int)
	visit = func(words []int, logp float64, previous int) {
		for w := range m.words {
			next := append(slices.Clone(words), w)
			lp := logp + m.logp[(len(words)*m.previous+previous)*m.words+w]
			if w != s.End && len(next) < s.MaxLen {
				visit(next, lp, w)
				continue
			}
			o := lp / math.Pow(float64(len(next)), alpha)
			if o > best.Objective {
				best = decode.Hypothesis{Words: next, LogProb: lp, Objective: o, Ended: w == s.End}
			}
		}
	}
	visit(nil, 0, s.Start)
	return best
}

func referenceAnalysis(t *testing.T, c *golden.Case) {
	causes, share, err := decode.Analyse(c.Tensor("input.log_p_star").F64, c.Tensor("input.log_p_hat").F64)
	check(t, err)
	ints := make([]int, len(causes))
	for i, v := range causes {
		ints[i] = int(v)
	}
	c.CheckInts("output.cause", ints, []int{len(ints)})
	c.Check("output.beam_fraction", []float64{share}, nil)
}

func referenceSuppress(t *testing.T, c *golden.Case) {
	boxes, scores := c.Tensor("input.boxes").F64, c.Tensor("input.scores").F64
	d := make([]decode.Detection, len(scores))
	for i := range d {
		d[i] = decode.Detection{Score: scores[i], Box: box.Box{X1: boxes[4*i], Y1: boxes[4*i+1], X2: boxes[4*i+2], Y2: boxes[4*i+3]}}
	}
	if c.Has("input.classes") {
		for i, class := range c.Tensor("input.classes").I64 {
			d[i].Class = class
		}
	}
	p := c.Params
	o := decode.SuppressOptions{ScoreMin: p.Float("score_min"), IoU: p.Float("iou_threshold"), PerClass: p.Bool("class_wise")}
	keep, err := decode.Suppress(d, o)
	check(t, err)
	c.CheckInts("output.keep", keep, []int{len(keep)})
}

// referenceYOLO checks the values by numbers, their gradient by the same formula
// on the nodes of a graph, and the two against each other.
func referenceYOLO(t *testing.T, c *golden.Case) {
	raw, sizes := c.Tensor("input.raw"), c.Tensor("input.anchors_hw").F64
	h := decode.Head{Rows: raw.Shape[1], Cols: raw.Shape[2], Classes: raw.Shape[4] - 5}
	var anchors [][2]float64
	for i := 0; i < len(sizes); i += 2 {
		h.Anchors = append(h.Anchors, box.Size{H: sizes[i], W: sizes[i+1]})
		anchors = append(anchors, [2]float64{sizes[i], sizes[i+1]})
	}
	y, err := h.Decode(raw.F64)
	check(t, err)
	c.Check("output.y", y, raw.Shape)

	dtype := graph.Float64
	if c.Float32() {
		dtype = graph.Float32
	}
	g := graph.New(graph.NewStore(dtype, 1), graph.Train)
	x := g.Input("raw", raw.Shape...).RequireGrad()
	node := losses.YOLOBoxes(x, anchors)
	prog, err := g.Compile(node.Mul(g.Constant(c.Tensor("cotangent.y").F64, raw.Shape...)).Sum(), node)
	check(t, err)
	check(t, prog.Run(x.FeedFloat64s(raw.F64)))
	c.Check("output.y", prog.Values(node), raw.Shape)
	c.Check("grad.raw", prog.Gradient(x), raw.Shape)
}
