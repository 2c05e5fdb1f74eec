package words

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text/cooccur"
	"github.com/hocsau/hocsau/internal/kernels/vec"
	kernel "github.com/hocsau/hocsau/internal/kernels/words"
)

// GloVeOptions are the settings of GloVe; the zero value is that of Stanford's program but for Dim.
type GloVeOptions struct {
	Dim      int     // 0 means 100
	XMax     float64 // f(x) = min(1, (x/XMax)^Alpha); 0 means 100
	Alpha    float64 // 0 means 0.75
	Rate     float64 // of AdaGrad; 0 means 0.05
	Clip     float64 // bound of a slope; 0 means 100
	Epochs   int     // 0 means 25
	Threads  int     // 0 means one a core; the result does not depend on it
	Seed     uint64
	Progress func(Progress) // may be nil
}

func (o GloVeOptions) complete() (GloVeOptions, error) {
	set := func(x *float64, usual float64) {
		if *x == 0 {
			*x = usual
		}
	}
	set(&o.XMax, 100)
	set(&o.Alpha, 0.75)
	set(&o.Rate, 0.05)
	set(&o.Clip, 100)
	if o.Dim == 0 {
		o.Dim = 100
	}
	if o.Epochs == 0 {
		o.Epochs = 25
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	for _, x := range []struct {
		name  string
		value float64
	}{{"x_max", o.XMax}, {"alpha", o.Alpha}, {"rate", o.Rate}, {"clip", o.Clip}} {
		if !(x.value > 0) || math.IsInf(x.value, 0) {
			return o, errors.Errorf("%s: found %v, expected a number above 0", x.name, x.value)
		}
	}
	if o.Epochs < 0 {
		return o, errors.Errorf("epochs: found %d, expected at least 1", o.Epochs)
	}
	return o, nil
}

// GloVe learns tables θ, e [V, Dim] with biases b, b' [V] from the co-occurrences X: AdaGrad on
//
//	J = ½·Σ_ij f(X_ij)·(θ_iᵀe_j + b_i + b'_j − log X_ij)²
//
// one entry after the other. As in Stanford's program the rate stands inside the sums of squares, which begin at 1, and
// that of a bias is 1.
//
// Source: cheatsheet §2.3; Pennington et al. 2014, doi:10.3115/v1/D14-1162; blocks as in Gemulla et al. 2011,
// doi:10.1145/2020408.2020426.
type GloVe struct {
	o    GloVeOptions
	x    *cooccur.Blocks
	dim  int
	n    int   // length of a row with its zeros
	base []int // rows of the words of block r begin at base[r]

	theta, e     []float32 // [V, 2n]: a row, then its squares
	thetaB, eB   []float32 // [V]
	thetaB2, eB2 []float32 // [V] squares

	epoch, round int
	cost         float64 // of the rounds of this epoch
	done         int64   // entries of the rounds of this epoch
	began        time.Time
}

// NewGloVe makes a trainer on x; numbers of [−½, ½)/Dim that the seed decides fill tables and biases.
func NewGloVe(x *cooccur.Blocks, o GloVeOptions) (*GloVe, error) {
	o, err := o.complete()
	if err == nil {
		err = checkDim(o.Dim, x.Words())
	}
	if err == nil && x.Len() == 0 {
		err = errors.New("the matrix has no entry")
	}
	if err != nil {
		return nil, errors.Wrap(err, "glove")
	}
	v, side := x.Words(), x.Side()
	g := &GloVe{o: o, x: x, dim: o.Dim, n: kernel.Width(o.Dim), base: make([]int, side)}
	for r := 1; r < side; r++ {
		g.base[r] = g.base[r-1] + (v-(r-1)+side-1)/side
	}
	for _, t := range []*[]float32{&g.theta, &g.e} {
		*t = make([]float32, v*2*g.n)
	}
	for _, t := range []*[]float32{&g.thetaB, &g.eB, &g.thetaB2, &g.eB2} {
		*t = make([]float32, v)
	}
	for i := range v {
		p := g.place(int32(i))
		for side, t := range [][]float32{g.theta, g.e} {
			r := random(o.Seed, initial, uint64(side)<<40|uint64(i))
			row := t[p*2*g.n : (p+1)*2*g.n]
			uniform(r, row, g.dim)
			for k := g.n; k < 2*g.n; k++ {
				row[k] = 1
			}
			bias := [][]float32{g.thetaB, g.eB}[side]
			uniform(r, bias[p:p+1], 1)
			bias[p] /= float32(g.dim)
			[][]float32{g.thetaB2, g.eB2}[side][p] = 1
		}
	}
	return g, nil
}

// place returns which row of the tables belongs to a word: the words of a block lie together, so that two goroutines
// never write to one cache line for long.
func (g *GloVe) place(word int32) int {
	side := len(g.base)
	return g.base[int(word)%side] + int(word)/side
}

// Train trains until all epochs are done or ctx ends; then the tables hold what was learned so far, and Train goes on
// from there.
func (g *GloVe) Train(ctx context.Context) error {
	for g.epoch < g.o.Epochs {
		if _, err := g.TrainEpoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// TrainEpoch trains until the present epoch is done or ctx ends, and returns the mean cost of an entry in it.
func (g *GloVe) TrainEpoch(ctx context.Context) (cost float64, err error) {
	g.began = time.Now()
	if err := g.trainEpoch(ctx); err != nil {
		return 0, errors.Wrapf(err, "glove: epoch %d", g.epoch)
	}
	cost = g.cost / float64(g.done)
	g.epoch, g.round, g.cost, g.done = g.epoch+1, 0, 0, 0
	return cost, nil
}

// Epoch returns how many epochs are done.
func (g *GloVe) Epoch() int { return g.epoch }

// Position returns how many of the entries of the present epoch are done.
func (g *GloVe) Position() (done, total int64) { return g.done, g.x.Len() }

// trainEpoch passes over all entries in rounds of blocks that share neither rows nor columns: (r, r + shift).
func (g *GloVe) trainEpoch(ctx context.Context) error {
	side := g.x.Side()
	shifts := rand.New(random(g.o.Seed, order, uint64(g.epoch))).Perm(side)
	for ; g.round < side; g.round++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		costs := make([]float64, side)
		if err := g.trainRound(shifts[g.round], costs); err != nil {
			return err
		}
		for r, c := range costs {
			g.cost += c
			g.done += g.x.BlockLen(r, (r+shifts[g.round])%side)
		}
		if g.o.Progress != nil {
			g.o.Progress(Progress{Epoch: g.epoch, Epochs: g.o.Epochs, Done: g.done, Total: g.x.Len(),
				Loss: g.cost / float64(max(g.done, 1)), Elapsed: time.Since(g.began)})
		}
	}
	return nil
}

// trainRound trains a round to its end, so that what is interrupted can be continued.
func (g *GloVe) trainRound(shift int, costs []float64) error {
	side := len(costs)
	workers := make([]gloveWorker, min(g.o.Threads, side))
	var wait sync.WaitGroup
	var next atomic.Int64
	for w := range workers {
		wait.Go(func() {
			for workers[w].err == nil {
				r := int(next.Add(1)) - 1
				if r >= side {
					return
				}
				costs[r], workers[w].err = workers[w].train(g, r, (r+shift)%side)
			}
		})
	}
	wait.Wait()
	for _, w := range workers {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// gloveWorker has the memory of a goroutine.
type gloveWorker struct {
	entries [4096]cooccur.Entry
	logs    [4096]float32
	weights [4096]float32
	buffer  cooccur.ReadBuffer
	err     error
}

func (w *gloveWorker) train(g *GloVe, row, col int) (cost float64, err error) {
	for at, left := int64(0), g.x.BlockLen(row, col); left > 0; {
		n := int(min(left, int64(len(w.entries))))
		// A round is finished whatever happens to the context of Train.
		if err := g.x.Read(context.Background(), row, col, at, w.entries[:n], &w.buffer); err != nil {
			return 0, err
		}
		w.weigh(g, n)
		for i, e := range w.entries[:n] {
			d, err := g.step(e, w.logs[i], w.weights[i])
			if err != nil {
				return 0, err
			}
			cost += 0.5 * float64(w.weights[i]) * float64(d) * float64(d)
		}
		at += int64(n)
		left -= int64(n)
	}
	return cost, nil
}

// weigh sets logs to log x and weights to f(x) = min(1, exp(α·(log x − log x_max))).
func (w *gloveWorker) weigh(g *GloVe, n int) {
	logs, weights := w.logs[:n], w.weights[:n]
	for i, e := range w.entries[:n] {
		logs[i] = e.Value
	}
	vec.Map(nil, vec.Log, logs, logs, 0)
	alpha, top := float32(g.o.Alpha), float32(math.Log(g.o.XMax))
	for i, l := range logs {
		weights[i] = min(0, alpha*(l-top))
	}
	vec.Map(nil, vec.Exp, weights, weights, 0)
}

// step does one AdaGrad step and returns d = θᵀe + b + b' − log x.
func (g *GloVe) step(e cooccur.Entry, logX, f float32) (d float32, err error) {
	i, j, n := g.place(e.Row), g.place(e.Col), g.n
	theta, other := g.theta[i*2*n:(i+1)*2*n], g.e[j*2*n:(j+1)*2*n]
	d = kernel.GloVe(
		kernel.Row{Values: theta[:n], Squares: theta[n:]}, kernel.Row{Values: other[:n], Squares: other[n:]},
		g.thetaB[i]+g.eB[j]-logX, f, float32(g.o.Rate), float32(g.o.Clip))
	if d-d != 0 {
		return d, errors.Wrapf(ErrDiverged, "word %d with %d: difference %v", e.Row, e.Col, d)
	}
	slope := f * d
	g.thetaB[i] -= slope / root(g.thetaB2[i])
	g.eB[j] -= slope / root(g.eB2[j])
	g.thetaB2[i] += slope * slope
	g.eB2[j] += slope * slope
	return d, nil
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Form says which vectors of a GloVe are taken.
type Form int

// The forms.
const (
	Mean  Form = iota // (e + θ)/2, the cheatsheet's; in direction the sum that Stanford's program writes
	Theta             // θ
	E                 // e
)

// Vectors returns the word vectors [V, Dim] as trained so far.
func (g *GloVe) Vectors(form Form) []float32 {
	place := func(i int) int { return g.place(int32(i)) * 2 * g.n }
	switch v := g.x.Words(); form {
	case Theta:
		return unpadded(g.theta, v, g.dim, place)
	case E:
		return unpadded(g.e, v, g.dim, place)
	default:
		mean, theta := unpadded(g.e, v, g.dim, place), unpadded(g.theta, v, g.dim, place)
		for i, t := range theta {
			mean[i] = (mean[i] + t) / 2
		}
		return mean
	}
}
