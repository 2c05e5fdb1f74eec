package tsne

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Options are the settings of Embed; the zero value is the common case.
type Options struct {
	Perplexity   float64   // about how many neighbours a point has; 0 means 30
	Exact        bool      // all pairs of points, not Barnes-Hut; so few points as 250 always
	Theta        float64   // of Barnes-Hut: a cell of points counts as one from a distance of side/Theta; 0 means 0.5
	Steps        int       // 0 means 1000
	Exaggeration float64   // factor of P in the early steps; 0 means 12
	EarlySteps   int       // 0 means 250
	Rate         float64   // 0 means max(N/Exaggeration/4, 50)
	Momentum     float64   // after the early steps, in which it is 0.5; 0 means 0.8
	Init         []float64 // [N, 2]; nil means the first two principal components with deviation 1e-4
	Seed         uint64    // of the search for them
	Threads      int       // 0 means one a core; the result does not depend on it
	// Progress is called each 10 steps and after the last, with the divergence KL(P‖Q) of the plane; it may be nil.
	Progress func(step, steps int, kl float64)
}

func (o Options) complete(n int) (Options, error) {
	set := func(x *float64, usual float64) {
		if *x == 0 {
			*x = usual
		}
	}
	set(&o.Perplexity, 30)
	set(&o.Theta, 0.5)
	set(&o.Exaggeration, 12)
	set(&o.Momentum, 0.8)
	if o.Steps == 0 {
		o.Steps = 1000
	}
	if o.EarlySteps == 0 {
		o.EarlySteps = 250
	}
	set(&o.Rate, max(float64(n)/o.Exaggeration/4, 50))
	for _, x := range []struct {
		name  string
		value float64
		most  float64
	}{{"theta", o.Theta, 1}, {"exaggeration", o.Exaggeration, 1e6}, {"rate", o.Rate, 1e9}, {"momentum", o.Momentum, 1}} {
		if !(x.value > 0) || x.value > x.most {
			return o, errors.Errorf("%s: found %v, expected a number above 0, at most %v", x.name, x.value, x.most)
		}
	}
	if o.Steps < 0 || o.EarlySteps < 0 {
		return o, errors.Errorf("%d steps, %d early ones, expected at least 0", o.Steps, o.EarlySteps)
	}
	if o.Init != nil && len(o.Init) != 2*n {
		return o, errors.Errorf("init of %d numbers, expected [%d, 2]", len(o.Init), n)
	}
	return o, checkPerplexity(o.Perplexity, n)
}

// Embed returns a place on the plane, y [N, 2], for each row of x [N, dim]: gradient descent on KL(P‖Q), see KL, with
// momentum and a gain for each coordinate that grows by 0.2 where its slope has turned since the last step against it and
// else shrinks to 0.8 of itself. In the early steps P is exaggerated, so that groups form; speed and gains begin anew behind
// them, as in scikit-learn.
//
// Source: cheatsheet §2.4; van der Maaten, Hinton 2008 §3.4; van der Maaten 2014 §4 (Barnes-Hut); starts and rate as in
// Belkina et al. 2019, doi:10.1038/s41467-019-13055-y.
func Embed(ctx context.Context, x []float64, dim int, o Options) ([]float64, error) {
	y, err := embed(ctx, x, dim, o)
	return y, errors.Wrap(err, "t-SNE")
}

func embed(ctx context.Context, x []float64, dim int, o Options) ([]float64, error) {
	n, err := rows(x, dim)
	if err != nil {
		return nil, err
	}
	if o, err = o.complete(n); err != nil {
		return nil, err
	}
	o.Exact = o.Exact || n <= fewPoints
	x = scaled(x, dim)
	d := newDescent(o, n)
	if o.Exact {
		p, _, err := Affinities(x, dim, o.Perplexity)
		if err != nil {
			return nil, err
		}
		if d.full, err = Joint(p); err != nil {
			return nil, err
		}
	} else {
		d.p = nearAffinities(x, dim, o.Perplexity, o.Threads)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Init != nil {
		d.y = append([]float64(nil), o.Init...)
	} else {
		d.y = principal(x, dim, rand.New(rand.NewPCG(o.Seed, 1)))
	}
	if err := d.run(ctx); err != nil {
		return nil, err
	}
	return d.y, nil
}

// fewPoints is up to how many points all pairs are the faster way, too.
const fewPoints = 250

// scaled returns x centred, with the largest coordinate 1: the perplexity makes the scale of x irrelevant.
func scaled(x []float64, dim int) []float64 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	out := make([]float64, len(x))
	if most == 0 {
		return out
	}
	for i, v := range x {
		out[i] = v / most
	}
	n := len(x) / dim
	for k := range dim {
		mean := 0.0
		for i := range n {
			mean += out[i*dim+k] / float64(n)
		}
		for i := range n {
			out[i*dim+k] -= mean
		}
	}
	return out
}

// descent is the state of gradient descent.
type descent struct {
	o           Options
	n           int
	full        []float64 // P of the exact form, [N, N]
	p           sparse    // else
	y           []float64 // [N, 2], like the next three
	gain, speed []float64
	force       []float64 // the gradient, without its factor 4
	repulse     []float64 // its part that is divided by Z
	z, kl, mass []float64 // [N] terms of sums, added up in order
	tree        tree
	stacks      [][]int32
}

func newDescent(o Options, n int) *descent {
	memory := make([]float64, 11*n)
	take := func(k int) []float64 {
		part := memory[:k:k]
		memory = memory[k:]
		return part
	}
	d := &descent{o: o, n: n, gain: take(2 * n), speed: take(2 * n), force: take(2 * n), repulse: take(2 * n), z: take(n), kl: take(n), mass: take(n)}
	for i := range d.gain {
		d.gain[i] = 1
	}
	d.stacks = make([][]int32, workers(n, o.Threads))
	return d
}

func (d *descent) run(ctx context.Context) error {
	for step := range d.o.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		factor, momentum := 1.0, d.o.Momentum
		if step < d.o.EarlySteps {
			factor, momentum = d.o.Exaggeration, 0.5
		}
		if step == d.o.EarlySteps {
			d.rest()
		}
		tell := d.o.Progress != nil && ((step+1)%10 == 0 || step == d.o.Steps-1)
		kl := d.gradient(factor, tell)
		if err := d.move(momentum); err != nil {
			return errors.Wrapf(err, "step %d", step)
		}
		if tell {
			d.o.Progress(step+1, d.o.Steps, kl)
		}
	}
	return nil
}

// rest forgets speed and gains, which belong to the exaggerated P: with them points of small sets are thrown far apart,
// from where they do not come back.
func (d *descent) rest() {
	clear(d.speed)
	for i := range d.gain {
		d.gain[i] = 1
	}
}

// gradient sets force to ¼∂KL/∂y with P times factor, and returns KL(P‖Q) where it is asked for.
func (d *descent) gradient(factor float64, tell bool) (kl float64) {
	if !d.o.Exact {
		d.tree.build(d.y)
	}
	parallel(d.n, d.o.Threads, func(worker, i int) {
		var t terms
		if d.o.Exact {
			t = d.exact(i, tell)
		} else {
			t = d.attraction(i, tell)
			t.rx, t.ry, t.z, d.stacks[worker] = d.tree.repulsion(i, d.o.Theta, d.stacks[worker])
		}
		d.force[2*i], d.force[2*i+1] = factor*t.ax, factor*t.ay
		d.repulse[2*i], d.repulse[2*i+1] = t.rx, t.ry
		d.z[i], d.kl[i], d.mass[i] = t.z, t.kl, t.mass
	})
	z, mass := 0.0, 0.0
	for _, v := range d.z {
		z += v
	}
	for i, r := range d.repulse {
		d.force[i] -= r / z
	}
	if tell {
		for i, v := range d.kl {
			kl += v
			mass += d.mass[i]
		}
		if !d.o.Exact && d.n <= exactKL {
			z = d.normalizer()
		}
		kl = max(0, kl+mass*math.Log(z)) // it is never below 0, but its sums are rounded, Z of many points approximate
	}
	return kl
}

// exactKL is for how many points Z is summed up pair by pair where KL is told: the approximate one is off by a share of a
// percent, which is all of KL where few points fit well.
const exactKL = 2000

// normalizer returns Z = Σ_{i≠j} w_ij.
func (d *descent) normalizer() float64 {
	parallel(d.n, d.o.Threads, func(_, i int) {
		sum := 0.0
		for j := range d.n {
			if j != i {
				sum += near(d.y, i, j)
			}
		}
		d.z[i] = sum
	})
	z := 0.0
	for _, v := range d.z {
		z += v
	}
	return z
}

// terms are what point i adds: with w_ij = (1 + ‖y_i − y_j‖²)⁻¹ and Z = Σ w
type terms struct {
	ax, ay float64 // attraction Σ_j p_ij·w_ij·(y_i − y_j)
	rx, ry float64 // repulsion Σ_j w_ij²·(y_i − y_j), still to be divided by Z
	z      float64 // Σ_j w_ij
	kl     float64 // where it is asked for, Σ_j p_ij·log(p_ij/w_ij)
	mass   float64 // with it, Σ_j p_ij
}

func (t *terms) attract(p, dx, dy float64, tell bool) {
	r := 1 + dx*dx + dy*dy
	w := p / r
	t.ax += w * dx
	t.ay += w * dy
	if tell && p > 0 {
		t.kl += p * math.Log(p*r)
		t.mass += p
	}
}

func (d *descent) attraction(i int, tell bool) (t terms) {
	px, py := d.y[2*i], d.y[2*i+1]
	from, to := d.p.starts[i], d.p.starts[i+1]
	values := d.p.values[from:to]
	for k, j := range d.p.columns[from:to] {
		t.attract(values[k], px-d.y[2*j], py-d.y[2*j+1], tell)
	}
	return t
}

func (d *descent) exact(i int, tell bool) (t terms) {
	px, py := d.y[2*i], d.y[2*i+1]
	for j, p := range d.full[i*d.n : (i+1)*d.n] {
		dx, dy := px-d.y[2*j], py-d.y[2*j+1]
		t.attract(p, dx, dy, tell)
		w := 1 / (1 + dx*dx + dy*dy)
		t.z += w
		w *= w
		t.rx += w * dx
		t.ry += w * dy
	}
	t.z-- // without itself
	return t
}

// move takes a step and keeps the centre at 0.
func (d *descent) move(momentum float64) error {
	var sum [2]float64
	for i, f := range d.force {
		g := 4 * f
		if g*d.speed[i] < 0 {
			d.gain[i] += 0.2
		} else {
			d.gain[i] = max(0.01, 0.8*d.gain[i])
		}
		d.speed[i] = momentum*d.speed[i] - d.o.Rate*d.gain[i]*g
		d.y[i] += d.speed[i]
		sum[i&1] += d.y[i]
	}
	for i := range d.y {
		d.y[i] -= sum[i&1] / float64(d.n)
		if v := d.y[i]; v-v != 0 {
			return errors.Errorf("point %d lies at %v: the rate %v is too large", i/2, v, d.o.Rate)
		}
	}
	return nil
}
