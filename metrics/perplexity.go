package metrics

import (
	"math"

	"github.com/pkg/errors"
)

// Perplexity returns the perplexity of a text from the natural logarithm of the
// probability of each of its T words:
//
//	PP = ∏_t (1/p_t)^{1/T} = exp(−1/T Σ_t log p_t)
//
// A word of probability 0 makes it infinite. The product is never formed: it
// underflows after a few hundred words.
//
// Source: cheatsheet §2.5.
func Perplexity(logProbs []float64) (float64, error) {
	h, err := meanNegative("perplexity", logProbs)
	return math.Exp(h), err
}

// BitsPerSymbol returns −1/T Σ_t log₂ p_t from natural logarithms.
func BitsPerSymbol(logProbs []float64) (float64, error) {
	h, err := meanNegative("bits per symbol", logProbs)
	return h / math.Ln2, err
}

// CrossEntropy returns
//
//	−1/T Σ_t log Σ_j y_j⁽ᵗ⁾·ŷ_j⁽ᵗ⁾
//
// of predicted distributions yHat [T, words] and true ones y [T, words], usually
// one-hot; its exponential is the perplexity of cheatsheet §2.5.
func CrossEntropy(y, yHat []float64, words int) (float64, error) {
	if _, err := rows("cross-entropy", yHat, words); err != nil {
		return 0, err
	}
	if err := sameLength("cross-entropy", "true probabilities", len(y), "predicted ones", len(yHat)); err != nil {
		return 0, err
	}
	logs := make([]float64, len(y)/words)
	for t := range logs {
		p := 0.0
		for j := t * words; j < (t+1)*words; j++ {
			p += y[j] * yHat[j]
		}
		if p < 0 {
			return 0, errors.Errorf("cross-entropy: probability %g at word %d, expected at least 0", p, t)
		}
		logs[t] = math.Log(p)
	}
	return meanNegative("cross-entropy", logs)
}

func meanNegative(what string, logProbs []float64) (float64, error) {
	if len(logProbs) == 0 {
		return 0, errors.Errorf("%s: found nothing to measure", what)
	}
	if err := noNaN(what, "log-probability", logProbs); err != nil {
		return 0, err
	}
	var m Mean
	for _, v := range logProbs {
		m.Add(-v, 1)
	}
	return m.Value(), nil
}
