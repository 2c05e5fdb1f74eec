package metrics

import (
	"math"
	"strings"

	"github.com/pkg/errors"
)

// A Smoothing says what BLEU makes of an n-gram order without a match.
type Smoothing int

const (
	// SmoothExp makes the j-th such precision 1/(2ʲ·total), sacreBLEU's default.
	SmoothExp Smoothing = iota
	// SmoothNone makes it 0, and with it the score.
	SmoothNone
	// SmoothFloor puts SmoothValue in place of a count of 0.
	SmoothFloor
	// SmoothAddK adds SmoothValue to count and total of all orders above 1.
	SmoothAddK
)

// BLEUOpts are the settings of BLEU; the zero value is sacreBLEU's default for
// a corpus.
type BLEUOpts struct {
	MaxOrder    int // longest n-gram, 0 means 4
	Smoothing   Smoothing
	SmoothValue float64 // 0 means 0.1 for SmoothFloor, 1 for SmoothAddK

	// EffectiveOrder takes the mean over the orders that the hypothesis is long
	// enough for, as sacreBLEU does for sentences. Otherwise an order that is
	// not reached makes the score 0.
	EffectiveOrder bool
}

// A BLEU is a score with its parts.
//
//	Score = 100·BP·exp(1/N Σ_n log p_n)
//	BP = exp(1 − RefLen/HypLen) for HypLen < RefLen, else 1
type BLEU struct {
	Score      float64   // 0 to 100
	BP         float64   // brevity penalty, 0 to 1
	Precisions []float64 // by order, smoothed, 0 to 100
	Counts     []int     // matches by order, before smoothing
	Totals     []int     // n-grams of the hypotheses by order, before smoothing
	HypLen     int       // words of the hypotheses
	RefLen     int       // words of the references closest in length
}

// BLEUStats collects what BLEU counts, sentence by sentence.
type BLEUStats struct {
	opts           BLEUOpts
	counts, totals []int
	hypLen, refLen int
	sentences      int
}

// NewBLEUStats makes empty statistics.
func NewBLEUStats(opts BLEUOpts) (*BLEUStats, error) {
	if opts.MaxOrder == 0 {
		opts.MaxOrder = 4
	}
	if opts.MaxOrder < 0 || opts.SmoothValue < 0 || math.IsNaN(opts.SmoothValue) {
		return nil, errors.Errorf("bleu: order %d, smoothing value %g, expected both at least 0", opts.MaxOrder, opts.SmoothValue)
	}
	if opts.Smoothing < SmoothExp || opts.Smoothing > SmoothAddK {
		return nil, errors.Errorf("bleu: unknown smoothing %d", opts.Smoothing)
	}
	if opts.SmoothValue == 0 {
		opts.SmoothValue = 1
		if opts.Smoothing == SmoothFloor {
			opts.SmoothValue = 0.1
		}
	}
	return &BLEUStats{opts: opts, counts: make([]int, opts.MaxOrder), totals: make([]int, opts.MaxOrder)}, nil
}

// Add counts one sentence: a hypothesis and its references, all as words. An
// n-gram counts at most as often as in the reference that has it most often.
func (s *BLEUStats) Add(hypothesis []string, references [][]string) error {
	if len(references) == 0 {
		return errors.Errorf("bleu: sentence %d has no reference", s.sentences)
	}
	for n := 1; n <= s.opts.MaxOrder; n++ {
		matches, total := clipped(hypothesis, references, n)
		s.counts[n-1] += matches
		s.totals[n-1] += total
	}
	s.hypLen += len(hypothesis)
	s.refLen += closest(len(hypothesis), references)
	s.sentences++
	return nil
}

// BLEU returns the score of all sentences together.
//
// Source: Papineni et al. 2002; arXiv:1804.08771. Equal to sacreBLEU's.
func (s *BLEUStats) BLEU() (BLEU, error) {
	if s.sentences == 0 {
		return BLEU{}, errors.New("bleu: found nothing to measure")
	}
	b := BLEU{
		BP: 1, Precisions: make([]float64, s.opts.MaxOrder),
		Counts: append([]int(nil), s.counts...), Totals: append([]int(nil), s.totals...),
		HypLen: s.hypLen, RefLen: s.refLen,
	}
	if b.HypLen < b.RefLen {
		b.BP = 0
		if b.HypLen > 0 {
			b.BP = math.Exp(1 - float64(b.RefLen)/float64(b.HypLen))
		}
	}
	matches := 0
	for _, c := range b.Counts {
		matches += c
	}
	if matches == 0 {
		return b, nil
	}
	order := s.precisions(&b)
	sum := 0.0
	for _, p := range b.Precisions[:order] {
		sum += math.Log(p) // log 0 = −Inf: the score is 0
	}
	b.Score = b.BP * math.Exp(sum/float64(order))
	return b, nil
}

// precisions fills in p_1 to p_N and returns how many of them the mean is over.
func (s *BLEUStats) precisions(b *BLEU) int {
	order := s.opts.MaxOrder
	halving := 1.0
	for n := range b.Precisions {
		count, total := float64(b.Counts[n]), float64(b.Totals[n])
		if s.opts.Smoothing == SmoothAddK && n > 0 {
			count += s.opts.SmoothValue
			total += s.opts.SmoothValue
		}
		if total == 0 {
			break
		}
		if s.opts.EffectiveOrder {
			order = n + 1
		}
		switch {
		case count > 0:
			b.Precisions[n] = 100 * count / total
		case s.opts.Smoothing == SmoothExp:
			halving *= 2
			b.Precisions[n] = 100 / (halving * total)
		case s.opts.Smoothing == SmoothFloor:
			b.Precisions[n] = 100 * s.opts.SmoothValue / total
		}
	}
	return order
}

// CorpusBLEU returns the BLEU of hypotheses[i] against references[i], all as
// words; sentences may differ in their number of references.
func CorpusBLEU(hypotheses [][]string, references [][][]string, opts BLEUOpts) (BLEU, error) {
	if err := sameLength("bleu", "hypotheses", len(hypotheses), "sets of references", len(references)); err != nil {
		return BLEU{}, err
	}
	s, err := NewBLEUStats(opts)
	if err != nil {
		return BLEU{}, err
	}
	for i, h := range hypotheses {
		if err := s.Add(h, references[i]); err != nil {
			return BLEU{}, err
		}
	}
	return s.BLEU()
}

// SentenceBLEU returns the BLEU of one sentence. opts.EffectiveOrder is usually
// wanted here.
func SentenceBLEU(hypothesis []string, references [][]string, opts BLEUOpts) (BLEU, error) {
	return CorpusBLEU([][]string{hypothesis}, [][][]string{references}, opts)
}

// CheatsheetBLEU returns the score of one sentence as the cheatsheet prints it,
//
//	exp(1/n Σ_{k=1..n} p_k)
//
// in [1, e], and the clipped precisions p_1 to p_n, 0 to 1. Without logarithm
// and brevity penalty it ranks translations unlike BLEU.
//
// Source: cheatsheet §2.6.
func CheatsheetBLEU(hypothesis []string, references [][]string, n int) (score float64, precisions []float64, err error) {
	if n < 1 || len(references) == 0 {
		return 0, nil, errors.Errorf("bleu: order %d with %d references, expected at least 1 of both", n, len(references))
	}
	sum := 0.0
	for k := 1; k <= n; k++ {
		p := ratio(clipped(hypothesis, references, k))
		precisions = append(precisions, p)
		sum += p
	}
	return math.Exp(sum / float64(n)), precisions, nil
}

// clipped returns the matches of the n-grams of hypothesis, each clipped at its
// largest count in one reference, and the number of those n-grams.
func clipped(hypothesis []string, references [][]string, n int) (matches, total int) {
	most := map[string]int{}
	for _, r := range references {
		for gram, count := range ngrams(r, n) {
			most[gram] = max(most[gram], count)
		}
	}
	for gram, count := range ngrams(hypothesis, n) {
		matches += min(count, most[gram])
		total += count
	}
	return matches, total
}

func ngrams(words []string, n int) map[string]int {
	counts := map[string]int{}
	for i := 0; i+n <= len(words); i++ {
		counts[strings.Join(words[i:i+n], " ")]++
	}
	return counts
}

// closest returns the length of the reference closest to n, the shorter at a tie.
func closest(n int, references [][]string) int {
	best := len(references[0])
	for _, r := range references[1:] {
		was, is := abs(best-n), abs(len(r)-n)
		if is < was || is == was && len(r) < best {
			best = len(r)
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }
