package words

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/metrics"
)

// Similarity is how well cosine similarities order pairs of words as people do.
type Similarity struct {
	Spearman float64 // correlation of ranks, in [−1, 1]
	Pairs    int     // of which both words have vectors; only they count
	Of       int
}

// Coverage returns the share of pairs that count.
func (s Similarity) Coverage() float64 { return share(s.Pairs, s.Of) }

// ErrConstant tells that a list cannot be compared because the scores of its pairs do not differ.
var ErrConstant = errors.New("the scores are all equal")

// Similarities compares the cosine similarities of the pairs with their scores. It is an error where fewer than two
// pairs have vectors, or where all scores are equal, whose ranks have no correlation.
func Similarities(v *vectors.Table, pairs []vectors.Pair) (Similarity, error) {
	s := Similarity{Of: len(pairs)}
	var ours, theirs []float64
	a, b := make([]float64, v.Dim()), make([]float64, v.Dim())
	for _, p := range pairs {
		i, ok := find(v, p.A)
		j, ok2 := find(v, p.B)
		if !ok || !ok2 {
			continue
		}
		copyUnit(a, v.Row(i))
		copyUnit(b, v.Row(j))
		dot := 0.0
		for k, x := range a {
			dot += x * b[k]
		}
		ours, theirs = append(ours, dot), append(theirs, p.Score)
	}
	s.Pairs = len(ours)
	if s.Pairs < 2 {
		return s, errors.Errorf("word similarity: %d of %d pairs have vectors, expected at least 2", s.Pairs, s.Of)
	}
	if slices.Max(theirs) == slices.Min(theirs) {
		return s, errors.Wrapf(ErrConstant, "word similarity: %d pairs", s.Pairs)
	}
	var err error
	s.Spearman, err = metrics.Spearman(ours, theirs)
	return s, errors.Wrap(err, "word similarity")
}

// Score is how many analogies were answered right.
type Score struct {
	Section string
	Right   int
	Asked   int // those whose four words have vectors; only they count
	Of      int
}

// Accuracy returns the share of right answers, 0 where nothing was asked.
func (s Score) Accuracy() float64 { return share(s.Right, s.Asked) }

// Coverage returns the share of analogies that count.
func (s Score) Coverage() float64 { return share(s.Asked, s.Of) }

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

// add sums up the scores of sections.
func (s *Score) add(o Score) {
	s.Right += o.Right
	s.Asked += o.Asked
	s.Of += o.Of
}

// Scores has the scores of all sections in their order, and their sums. Sections whose names begin with "gram" are
// syntactic, the others semantic.
type Scores struct {
	Sections                   []Score
	Semantic, Syntactic, Total Score
}

// Analogies asks "a is to b as c is to …", answered by the word d ∉ {a, b, c} with the largest cos(e_b − e_a + e_c, e_d)
// for vectors of length 1. It is an error where no analogy has vectors.
//
// Source: cheatsheet §2.4; arXiv:1301.3781 §4.1.
func Analogies(ctx context.Context, v *vectors.Table, sections []vectors.Section) (Scores, error) {
	unit := make([]float32, len(v.Data()))
	row := make([]float64, v.Dim())
	for i := range v.Len() {
		copyUnit(row, v.Row(i))
		for k, x := range row {
			unit[i*v.Dim()+k] = float32(x)
		}
	}
	all := Scores{Semantic: Score{Section: "semantic"}, Syntactic: Score{Section: "syntactic"}, Total: Score{Section: "total"}}
	for _, section := range sections {
		s, err := ask(ctx, v, unit, section)
		if err != nil {
			return all, errors.Wrapf(err, "analogies of %q", section.Name)
		}
		all.Sections = append(all.Sections, s)
		if strings.HasPrefix(section.Name, "gram") {
			all.Syntactic.add(s)
		} else {
			all.Semantic.add(s)
		}
		all.Total.add(s)
	}
	if all.Total.Asked == 0 {
		return all, errors.Errorf("analogies: none of %d has vectors for its four words", all.Total.Of)
	}
	return all, nil
}

// ask asks the analogies of a section, some at a time by one product of matrices.
func ask(ctx context.Context, v *vectors.Table, unit []float32, section vectors.Section) (Score, error) {
	s := Score{Section: section.Name, Of: len(section.Analogies)}
	var questions [][4]int
	for _, q := range section.Analogies {
		rows := [4]int{}
		ok := true
		for k, w := range []string{q.A, q.B, q.C, q.D} {
			i, found := find(v, w)
			rows[k], ok = i, ok && found
		}
		if ok {
			questions = append(questions, rows)
		}
	}
	s.Asked = len(questions)
	const most = 64
	n, dim := v.Len(), v.Dim()
	table := blas32.General{Rows: n, Cols: dim, Stride: dim, Data: unit}
	queries, scores := make([]float32, most*dim), make([]float32, most*n)
	for len(questions) > 0 {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		part := questions[:min(most, len(questions))]
		for k, q := range part {
			a, b, c := unit[q[0]*dim:][:dim], unit[q[1]*dim:][:dim], unit[q[2]*dim:][:dim]
			for i := range dim {
				queries[k*dim+i] = b[i] - a[i] + c[i]
			}
		}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, blas32.General{Rows: len(part), Cols: dim, Stride: dim, Data: queries}, table,
			0, blas32.General{Rows: len(part), Cols: n, Stride: n, Data: scores})
		for k, q := range part {
			if answer(scores[k*n:(k+1)*n], q) == q[3] {
				s.Right++
			}
		}
		questions = questions[len(part):]
	}
	return s, nil
}

// answer returns the row with the largest score, the first of equals, but for the three of the question.
func answer(scores []float32, q [4]int) int {
	for _, i := range q[:3] {
		scores[i] = float32(math.Inf(-1))
	}
	best := 0
	for i, x := range scores {
		if x > scores[best] {
			best = i
		}
	}
	return best
}

// copyUnit sets to to x with length 1; zeros stay.
func copyUnit(to []float64, x []float32) {
	sum := 0.0 // squares of float32 neither overflow nor vanish in float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := 0.0
	if sum > 0 {
		scale = 1 / math.Sqrt(sum)
	}
	for i, v := range x {
		to[i] = float64(v) * scale
	}
}
