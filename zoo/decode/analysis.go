package decode

import (
	"math"

	"github.com/pkg/errors"
)

// Cause is what a bad sentence is to be blamed on.
type Cause int

const (
	// SearchFault means that the model prefers the good sentence, the search missed it.
	SearchFault Cause = iota
	// ModelFault means that the model prefers the bad sentence, or has no preference.
	ModelFault
)

func (c Cause) String() string {
	if c == SearchFault {
		return "beam search"
	}
	return "model"
}

// Remedies returns what the cheatsheet advises.
func (c Cause) Remedies() []string {
	if c == SearchFault {
		return []string{"increase the beam width"}
	}
	return []string{"try a different architecture", "regularise", "get more data"}
}

// Blame compares log P(y*|x) of the good sentence with log P(ŷ|x) of the one
// that was found: where the former is greater the search is at fault, else the
// model.
//
// Source: cheatsheet §2.6 (error analysis).
func Blame(star, found float64) Cause {
	if star > found {
		return SearchFault
	}
	return ModelFault
}

// Analyse blames each of a list of bad sentences, by the log P(y*|x) of the good
// ones and the log P(ŷ|x) of those found; share is that of the search, in [0, 1].
// [Score] gives both.
func Analyse(star, found []float64) (causes []Cause, share float64, err error) {
	if len(star) != len(found) || len(star) == 0 {
		return nil, 0, errors.Errorf("error analysis: %d good sentences, %d found: expected as many, at least one", len(star), len(found))
	}
	causes = make([]Cause, len(star))
	search := 0
	for i, s := range star {
		if math.IsNaN(s) || math.IsNaN(found[i]) {
			return nil, 0, errors.Errorf("error analysis: sentence %d: log-probabilities %g, %g", i, s, found[i])
		}
		causes[i] = Blame(s, found[i])
		if causes[i] == SearchFault {
			search++
		}
	}
	return causes, float64(search) / float64(len(star)), nil
}
