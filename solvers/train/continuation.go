package train

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Continuation is a text that a language model goes on with. It is a
// [decode.Model]: what decode.Sample, decode.Greedy and decode.Beam find in it
// is what comes after the text. A sentence's Start is the text's last token. It is
// for one goroutine; the model may have others.
type Continuation struct {
	model  *LanguageModel
	first  [][]float32 // the states after all tokens but the last
	states [][]float32 // [layers, rows, H] of the step before
	rows   int
	words  int
}

var _ decode.Model = (*Continuation)(nil)

// Continue returns the continuation of a text of at least one token.
func (m *LanguageModel) Continue(text []int) (*Continuation, error) {
	if len(text) == 0 {
		return nil, errors.New("continue: an empty text, expected at least 1 token")
	}
	states, err := m.zeroStates(1)
	if err != nil {
		return nil, err
	}
	c := &Continuation{model: m, first: states}
	err = m.eval.Use(graph.Size{Batch: 1, Length: 1}, func(prog *graph.Program) error {
		for _, token := range text[:len(text)-1] {
			if err := m.run(prog, []int{token}, []int{0}, states); err != nil {
				return errors.Wrap(err, "continue")
			}
		}
		c.words = prog.Fetched(len(states)).Dim(-1) // the log-probabilities
		return nil
	})
	return c, err
}

// Words returns the number of tokens.
func (c *Continuation) Words() int { return c.words }

// Step makes one step for all rows; see [decode.Model].
func (c *Continuation) Step(t int, rows []decode.Row, logp []float64) error {
	from, before := c.states, c.rows
	if t == 0 {
		from, before = c.first, 1
	}
	n := len(rows)
	states := make([][]float32, len(from))
	tokens := make([]int, n)
	for i, shape := range c.model.shapes(n) {
		layers, hidden := shape[0], shape[2]
		states[i] = make([]float32, layers*n*hidden)
		for l := range layers {
			for r, row := range rows {
				parent := row.Parent
				if t == 0 {
					parent = 0
				}
				if parent < 0 || parent >= before {
					return errors.Errorf("row %d goes on with row %d of %d", r, parent, before)
				}
				copy(states[i][(l*n+r)*hidden:][:hidden], from[i][(l*before+parent)*hidden:][:hidden])
			}
		}
	}
	for r, row := range rows {
		tokens[r] = row.Word
	}
	return c.model.eval.Use(graph.Size{Batch: n, Length: 1}, func(prog *graph.Program) error {
		if err := c.model.run(prog, tokens, make([]int, n), states); err != nil {
			return err
		}
		for i, v := range prog.Float32s(prog.Fetched(len(states))) {
			logp[i] = math.Min(float64(v), 0)
		}
		c.states, c.rows = states, n
		return nil
	})
}
