package words

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"

	kernel "github.com/hocsau/hocsau/internal/kernels/words"
)

// Word2VecOptions are the settings of Word2Vec; the zero value is that of the authors' program with skip-gram, one
// thread.
type Word2VecOptions struct {
	CBOW     bool    // the words around predict the centre; else each of them, the centre
	Dim      int     // 0 means 100
	Window   int     // the largest distance; 0 means 5
	Negative int     // words of noise for a centre; 0 means 5
	Sample   float64 // threshold of subsampling; 0 means 1e-3, less than 0 no subsampling
	Rate     float64 // at the beginning, falling linearly to 0; 0 means 0.025, with CBOW 0.05
	Epochs   int     // 0 means 5
	Threads  int     // 0 means 1; with more the result is not repeatable
	Seed     uint64
	Progress func(Progress) // may be nil
}

func (o Word2VecOptions) complete() (Word2VecOptions, error) {
	set := func(x *int, usual int) {
		if *x == 0 {
			*x = usual
		}
	}
	set(&o.Dim, 100)
	set(&o.Window, 5)
	set(&o.Negative, 5)
	set(&o.Epochs, 5)
	if o.Sample == 0 {
		o.Sample = 1e-3
	}
	if o.Rate == 0 {
		o.Rate = 0.025
		if o.CBOW {
			o.Rate = 0.05
		}
	}
	if o.Threads <= 0 || !kernel.Shared() {
		o.Threads = 1
	}
	const most = 1 << 10
	switch {
	case o.Window < 0 || o.Window > most:
		return o, errors.Errorf("window: found %d, expected 1 to %d", o.Window, most)
	case o.Negative < 0 || o.Negative > most:
		return o, errors.Errorf("negatives: found %d, expected 1 to %d", o.Negative, most)
	case o.Epochs < 0:
		return o, errors.Errorf("epochs: found %d, expected at least 1", o.Epochs)
	case !(o.Rate > 0) || math.IsInf(o.Rate, 0):
		return o, errors.Errorf("rate: found %v, expected a number above 0", o.Rate)
	case math.IsNaN(o.Sample):
		return o, errors.New("sample: found NaN, expected a number")
	}
	return o, nil
}

// Word2Vec learns tables e, θ [V, Dim] by negative sampling: gradient ascent on
//
//	log σ(θ_tᵀh) + Σ_k log σ(−θ_kᵀh)
//
// for each word t of the text and negatives k drawn with count^¾, where h is the vector e_c of a word around t
// (skip-gram, one step for each c) or the mean of those around it (CBOW). How far around is drawn anew for each t.
// As in the authors' program the words of a CBOW context each get the whole gradient of their mean, and a negative
// that equals t is left out.
//
// Source: cheatsheet §2.3; arXiv:1301.3781, arXiv:1310.4546 §2.2-2.3.
type Word2Vec struct {
	o       Word2VecOptions
	corpus  *Corpus
	sampler *sampler
	units   []unit
	n       int // length of a row with its zeros

	e, theta []float32 // [V, n]

	epoch, unit int
	cost        tally // of this epoch
	began       time.Time
}

// Sizes of the work, in words.
const (
	unitWords   = 10_000 // that a goroutine takes at a time, with one rate
	mostWords   = 1000   // of a sentence after subsampling; longer ones are cut
	costSampled = 16     // one of so many centres tells its loss
)

// NewWord2Vec makes a trainer on the corpus. Numbers of [−½, ½)/Dim that the seed decides fill e; θ is 0.
func NewWord2Vec(c *Corpus, o Word2VecOptions) (*Word2Vec, error) {
	o, err := o.complete()
	if err == nil {
		err = checkDim(o.Dim, c.Words())
	}
	if err == nil && c.Len() == 0 {
		err = errors.New("the corpus has no word")
	}
	var s *sampler
	if err == nil {
		s, err = newSampler(c.counts, o.Sample)
	}
	if err != nil {
		return nil, errors.Wrap(err, "word2vec")
	}
	w := &Word2Vec{o: o, corpus: c, sampler: s, units: c.units(unitWords), n: kernel.Width(o.Dim)}
	w.e, w.theta = make([]float32, c.Words()*w.n), make([]float32, c.Words()*w.n)
	for i := range c.Words() {
		uniform(random(o.Seed, initial, uint64(i)), w.e[i*w.n:(i+1)*w.n], o.Dim)
	}
	return w, nil
}

// Epoch returns how many epochs are done.
func (w *Word2Vec) Epoch() int { return w.epoch }

// Vectors returns the word vectors e [V, Dim] as trained so far.
func (w *Word2Vec) Vectors() []float32 {
	return unpadded(w.e, w.corpus.Words(), w.o.Dim, func(i int) int { return i * w.n })
}

// Train trains until all epochs are done or ctx ends; then the tables hold what was learned so far, and Train goes on
// from there.
func (w *Word2Vec) Train(ctx context.Context) error {
	for w.epoch < w.o.Epochs {
		if _, err := w.TrainEpoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// TrainEpoch trains until the present epoch is done or ctx ends, and returns the mean loss of a centre in it, sampled.
func (w *Word2Vec) TrainEpoch(ctx context.Context) (loss float64, err error) {
	w.began = time.Now()
	workers := make([]*worker, w.o.Threads)
	for i := range workers {
		workers[i] = newWorker(w)
	}
	if err := w.trainEpoch(ctx, workers); err != nil {
		return 0, errors.Wrapf(err, "word2vec: epoch %d", w.epoch)
	}
	loss = w.cost.mean()
	w.epoch, w.unit, w.cost = w.epoch+1, 0, tally{}
	return loss, nil
}

// Position returns how many of the words of the present epoch are done.
func (w *Word2Vec) Position() (done, total int64) { return w.cost.words, int64(w.corpus.Len()) }

// trainEpoch trains on the units that are left. Units that were begun are finished when ctx ends.
func (w *Word2Vec) trainEpoch(ctx context.Context, workers []*worker) error {
	var next atomic.Int64
	next.Store(int64(w.unit))
	done := make(chan tally, len(workers))
	var wait sync.WaitGroup
	for _, k := range workers {
		wait.Go(func() {
			for ctx.Err() == nil {
				u := int(next.Add(1)) - 1
				if u >= len(w.units) {
					return
				}
				t := k.train(w.epoch, u)
				done <- t
				if t.err != nil {
					return
				}
			}
		})
	}
	go func() { wait.Wait(); close(done) }()
	var failure error
	for t := range done {
		w.unit++
		w.cost.add(t)
		if t.err != nil {
			failure = t.err
			next.Store(int64(len(w.units)))
		} else if w.o.Progress != nil {
			w.o.Progress(Progress{Epoch: w.epoch, Epochs: w.o.Epochs, Done: w.cost.words, Total: int64(w.corpus.Len()),
				Loss: w.cost.mean(), Elapsed: time.Since(w.began)})
		}
	}
	if failure != nil {
		return failure
	}
	if w.unit < len(w.units) {
		return ctx.Err()
	}
	return nil
}

// rate falls linearly with the words that come before a unit.
func (w *Word2Vec) rate(epoch, u int) float32 {
	n := float64(w.corpus.Len())
	before := float64(epoch)*n + float64(w.units[u].from)
	return float32(w.o.Rate * max(1e-4, 1-before/(float64(w.o.Epochs)*n+1)))
}

// tally is what a unit tells.
type tally struct {
	words   int64
	loss    float64
	centres int64 // whose losses are in loss
	err     error
}

func (t *tally) add(o tally) {
	t.words += o.words
	t.loss += o.loss
	t.centres += o.centres
}

func (t *tally) mean() float64 { return t.loss / float64(max(t.centres, 1)) }

// worker has the memory of a goroutine.
type worker struct {
	*Word2Vec
	random    *rand.PCG
	sentence  []int32
	sum, mean []float32
	planned   step
	spare     []int
	steps     int
	tally     tally
}

func newWorker(w *Word2Vec) *worker {
	return &worker{Word2Vec: w, sum: make([]float32, w.n), mean: make([]float32, w.n)}
}

// train trains on a unit. Its random numbers depend on seed, epoch and unit alone.
func (k *worker) train(epoch, u int) tally {
	unit, rate := k.units[u], k.rate(epoch, u)
	k.random = random(k.o.Seed, draws, uint64(epoch)<<32|uint64(u))
	k.tally, k.steps = tally{words: int64(unit.to - unit.from)}, 0
	at := unit.from
	for s := unit.sentence; at < unit.to && k.tally.err == nil; s++ {
		end := min(k.corpus.ends[s], unit.to)
		for at < end && k.tally.err == nil {
			at = k.read(at, end)
			k.trainSentence(rate)
		}
	}
	return k.tally
}

// read takes words into the sentence until it is full, leaving out frequent ones at random, and returns where it ended.
func (k *worker) read(at, end int) int {
	k.sentence = k.sentence[:0]
	for ; at < end && len(k.sentence) < mostWords; at++ {
		id := k.corpus.ids[at]
		if keep := k.sampler.keep[id]; keep == keepAll || uint32(k.random.Uint64()>>32) < keep {
			k.sentence = append(k.sentence, id)
		}
	}
	return at
}

func (k *worker) trainSentence(rate float32) {
	s := k.sentence
	for i, centre := range s {
		reach := int(k.random.Uint64()>>32*uint64(k.o.Window)>>32) + 1
		from, to := max(0, i-reach), min(len(s), i+reach+1)
		if k.o.CBOW {
			if to-from > 1 {
				k.plan(step{left: s[from:i], right: s[i+1 : to]}, centre, rate)
			}
			continue
		}
		for j := from; j < to; j++ {
			if j != i {
				k.plan(step{left: s[j : j+1]}, centre, rate)
			}
		}
	}
	k.take(rate)
}

// step is one step of gradient ascent: the context words, then where the rows of θ begin.
type step struct {
	left, right []int32
	rows        []int // nil where there is no step
}

// plan draws the negatives of a step, asks for their rows, takes the step that was planned before: while it computes,
// the rows come into the cache.
func (k *worker) plan(s step, centre int32, rate float32) {
	k.spare = k.draw(centre, k.spare[:0])
	kernel.Prefetch(k.theta, k.spare, k.n)
	k.take(rate)
	s.rows, k.spare = k.spare, k.planned.rows
	k.planned = s
}

// take takes the planned step, if there is one.
func (k *worker) take(rate float32) {
	s := k.planned
	switch {
	case len(s.rows) == 0:
		return
	case k.o.CBOW:
		k.bag(s, rate)
	default:
		k.pair(s, rate)
	}
	k.planned.rows = s.rows[:0]
}

// pair does a step of skip-gram.
func (k *worker) pair(s step, rate float32) {
	h := k.row(s.left[0])
	clear(k.sum)
	k.descend(h, s.rows, rate)
	kernel.Add(1, k.sum, h)
}

// bag does a step of CBOW.
func (k *worker) bag(s step, rate float32) {
	share := 1 / float32(len(s.left)+len(s.right))
	clear(k.mean)
	for _, side := range [][]int32{s.left, s.right} {
		for _, c := range side {
			kernel.Add(share, k.row(c), k.mean)
		}
	}
	clear(k.sum)
	k.descend(k.mean, s.rows, rate)
	for _, side := range [][]int32{s.left, s.right} {
		for _, c := range side {
			kernel.Add(1, k.sum, k.row(c))
		}
	}
}

func (k *worker) row(word int32) []float32 { return k.e[int(word)*k.n : (int(word)+1)*k.n] }

// draw appends where the rows of θ of the centre, then of the negatives begin.
func (k *worker) draw(centre int32, rows []int) []int {
	rows = append(rows, int(centre)*k.n)
	for range k.o.Negative {
		if t := k.sampler.negative(k.random.Uint64()); t != centre {
			rows = append(rows, int(t)*k.n)
		}
	}
	return rows
}

// descend changes the rows of θ by the gradient for h, adds that of h to sum.
func (k *worker) descend(h []float32, rows []int, rate float32) {
	var scores kernel.Scores
	k.steps++
	tell := k.steps%costSampled == 0
	for label := float32(1); len(rows) > 0; label = 0 {
		n := min(len(rows), kernel.MaxRows)
		kernel.Negative(h, k.sum, k.theta, rows[:n], label, rate, &scores)
		if scores[0]-scores[0] != 0 {
			k.tally.err = errors.Wrapf(ErrDiverged, "word %d: score %v", rows[0]/k.n, scores[0])
		}
		if tell {
			k.tell(scores[:n], label == 1)
		}
		rows = rows[n:]
	}
}

// tell adds −log σ(s) of the centre, −log σ(−s) of negatives.
func (k *worker) tell(scores []float32, first bool) {
	for j, s := range scores {
		x := float64(s)
		if first && j == 0 {
			x = -x
			k.tally.centres++
		}
		k.tally.loss += max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}
}
