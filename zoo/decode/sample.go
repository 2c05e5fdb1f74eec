package decode

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// SampleOptions are the settings of [Sample]; the zero value draws from the
// model's own distribution.
type SampleOptions struct {
	// Temperature divides the log-probabilities: below 1 the likely words become
	// likelier; 0 means 1.
	Temperature float64
	// TopK keeps the K most probable words; 0 keeps all.
	TopK int
	// TopP keeps the fewest most probable words that together have at least this
	// probability (nucleus sampling, arXiv:1904.09751 §3.1); 0 keeps all. It
	// counts after temperature and TopK.
	TopP float64
	Seed uint64
}

func (o SampleOptions) check() error {
	if !(o.Temperature >= 0) || math.IsInf(o.Temperature, 1) || o.TopK < 0 || !(o.TopP >= 0 && o.TopP <= 1) {
		return errors.Errorf("decode: temperature %g, top %d, nucleus %g: expected at least 0, 0, in [0, 1]", o.Temperature, o.TopK, o.TopP)
	}
	return nil
}

// Sample draws each word by its probability. What is drawn is a function of the
// seed, the sentence, the step, whatever else is decoded beside it.
func Sample(m Model, sentences []Sentence, o SampleOptions) ([]Hypothesis, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s, err := newStepper(m, sentences)
	if err != nil {
		return nil, err
	}
	w := walk{stepper: s}
	var p picker
	err = w.run(sentences, func(t, sentence int, logp []float64) (int, error) {
		r := rand.New(rand.NewPCG(o.Seed, uint64(sentence)<<32|uint64(t)))
		return p.pick(logp, o, r.Float64()), nil
	})
	return w.found, err
}

// Pick returns a word by its log-probability, −1 where none is possible; u in
// [0, 1) decides which. It is one step of [Sample], whose Seed counts for nothing
// here.
func Pick(logp []float64, o SampleOptions, u float64) (int, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(logp, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 1) }); i >= 0 {
		return 0, errors.Errorf("decode: log-probability %g of word %d", logp[i], i)
	}
	var p picker
	return p.pick(logp, o, u), nil
}

// picker keeps the memory of one draw for the next.
type picker struct {
	words  []int
	weight []float64
}

func (p *picker) pick(logp []float64, o SampleOptions, u float64) int {
	p.words, p.weight = p.words[:0], p.weight[:0]
	for i, v := range logp {
		if !math.IsInf(v, -1) {
			p.words = append(p.words, i)
		}
	}
	if len(p.words) == 0 {
		return -1
	}
	if o.TopK > 0 || o.TopP > 0 {
		slices.SortStableFunc(p.words, func(a, b int) int { return cmp.Compare(logp[b], logp[a]) })
		if o.TopK > 0 && o.TopK < len(p.words) {
			p.words = p.words[:o.TopK]
		}
	}
	temperature := o.Temperature
	if temperature == 0 {
		temperature = 1
	}
	most := math.Inf(-1)
	for _, w := range p.words {
		most = max(most, logp[w])
	}
	total := 0.0
	for _, w := range p.words {
		v := math.Exp((logp[w] - most) / temperature)
		p.weight = append(p.weight, v)
		total += v
	}
	if o.TopP > 0 {
		sum := 0.0
		for i, v := range p.weight {
			sum += v
			if sum >= o.TopP*total {
				p.words, p.weight, total = p.words[:i+1], p.weight[:i+1], sum
				break
			}
		}
	}
	left := u * total
	last := 0
	for i, v := range p.weight {
		if v == 0 {
			continue
		}
		last = i
		if left < v {
			break
		}
		left -= v
	}
	return p.words[last]
}
