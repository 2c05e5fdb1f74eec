package translate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/decode"
)

// blamed is a bad translation with what is to blame for it.
type blamed struct {
	index       int // of the pair
	found       string
	bleu        float64
	star, given float64 // log P(y*|x), log P(ŷ|x)
	cause       decode.Cause
}

// errorAnalysis is the bad ones among the translations of a set.
type errorAnalysis struct {
	all   int
	bad   []blamed
	share float64 // of the search
}

// good is the BLEU of a sentence from which on it is no error.
const good = 50

// blame compares, for each bad translation, the probability of the reference
// with its own.
//
// Source: cheatsheet §2.6, error analysis.
func (j *job) blame(pairs []train.TokenPair, found [][]decode.Hypothesis) (*errorAnalysis, error) {
	b := &errorAnalysis{all: len(pairs)}
	var sources, stars, given [][]int
	end := j.tokens.marks().End
	for i, p := range pairs {
		words, err := j.tokens.target.Decode(train.Best(found[i]))
		if err != nil {
			return nil, err
		}
		h, r := metrics.Tokenize13a(text.Lower(words)), metrics.Tokenize13a(text.Lower(j.data.Test[i].Target))
		score, err := metrics.SentenceBLEU(h, [][]string{r}, metrics.BLEUOpts{EffectiveOrder: true})
		if err != nil {
			return nil, err
		}
		if score.Score >= good || slices.Equal(h, r) || len(found[i]) == 0 {
			continue
		}
		b.bad = append(b.bad, blamed{index: i, found: words, bleu: score.Score})
		sources = append(sources, p.Source)
		stars = append(stars, append(slices.Clone(p.Target), end))
		given = append(given, found[i][0].Words)
	}
	if len(b.bad) == 0 {
		return b, nil
	}
	tr := j.task.Translator()
	star, err := tr.Score(sources, stars)
	if err != nil {
		return nil, err
	}
	hat, err := tr.Score(sources, given)
	if err != nil {
		return nil, err
	}
	causes, share, err := decode.Analyse(star, hat)
	if err != nil {
		return nil, err
	}
	b.share = share
	for k, c := range causes {
		b.bad[k].star, b.bad[k].given, b.bad[k].cause = star[k], hat[k], c
	}
	return b, nil
}

// metrics returns the shares for the done line.
func (b *errorAnalysis) metrics() train.Metrics {
	search := 0
	for _, x := range b.bad {
		if x.cause == decode.SearchFault {
			search++
		}
	}
	return train.Metrics{
		{Name: "bad", Value: float64(len(b.bad))}, {Name: "blame_search", Value: float64(search)}, {Name: "blame_model", Value: float64(len(b.bad) - search)},
	}
}

// report prints the table of the error analysis.
func (j *job) report(a *run.App, b *errorAnalysis) error {
	fmt.Fprintf(a.Out, "%d of %d translations are bad (BLEU of the sentence below %d)\n", len(b.bad), b.all, good)
	if len(b.bad) == 0 {
		return nil
	}
	const lines = 20
	fmt.Fprintf(a.Out, "%5s %5s %12s %12s  %-12s %s\n", "pair", "BLEU", "log P(y*|x)", "log P(ŷ|x)", "at fault", "ŷ against y*")
	for _, x := range b.bad[:min(lines, len(b.bad))] {
		fmt.Fprintf(a.Out, "%5d %5.1f %12.2f %12.2f  %-12s %s | %s\n", x.index+1, x.bleu, x.star, x.given, x.cause, x.found, j.data.Test[x.index].Target)
	}
	if more := len(b.bad) - lines; more > 0 {
		fmt.Fprintf(a.Out, "and %d more\n", more)
	}
	for _, c := range []struct {
		cause decode.Cause
		share float64
	}{{decode.SearchFault, b.share}, {decode.ModelFault, 1 - b.share}} {
		fmt.Fprintf(a.Out, "at fault: %-12s %5.1f %%  remedies: %s\n", c.cause, 100*c.share, strings.Join(c.cause.Remedies(), "; "))
	}
	return nil
}
