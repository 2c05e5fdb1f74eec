package solvers

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// LBFGS minimises a function that is the same at each evaluation, such as the
// cost of a picture, by the limited-memory method of Broyden, Fletcher, Goldfarb
// and Shanno. Each iteration goes along
//
//	d = −H·∇f
//
// where H, which stands for the inverse of the second derivatives, is made of the
// last steps s and changes y of the gradient, to where the strong Wolfe
// conditions hold:
//
//	f(x + t·d) ≤ f(x) + c₁·t·∇fᵀd,  |∇f(x + t·d)ᵀd| ≤ c₂·|∇fᵀd|
//
// It is no [Solver]: a step needs several evaluations.
//
// Source: Nocedal and Wright, Numerical Optimization, 2nd ed., alg. 7.4, 7.5,
// 3.5, 3.6.
type LBFGS struct {
	// History is how many steps H is made of, preset to 10.
	History int
	// Evaluations is the most evaluations of one call, preset to 1000.
	Evaluations int
	// GradientTolerance ends the search where no element of the gradient exceeds
	// it, ChangeTolerance where an iteration lowers f by a smaller share of it;
	// preset to 1e-7 and 1e-9.
	GradientTolerance, ChangeTolerance float64

	model []gorgonia.ValueGrad
	w, g  []vector
	size  int

	s, y [][]float64 // the last steps and changes of the gradient
	rho  []float64   // 1/(yᵀs)
	left int         // evaluations
}

// The constants of the Wolfe conditions, as in the source.
const (
	sufficientDecrease = 1e-4 // c₁
	curvature          = 0.9  // c₂
	lineSearchMost     = 25   // evaluations along one direction
)

// NewLBFGS returns an L-BFGS that changes the values of model, of which each
// evaluation leaves the gradients.
func NewLBFGS(model []gorgonia.ValueGrad) *LBFGS {
	return &LBFGS{History: 10, Evaluations: 1000, GradientTolerance: 1e-7, ChangeTolerance: 1e-9, model: model}
}

// Minimum is what a search found.
type Minimum struct {
	Value                   float64
	Iterations, Evaluations int
	// Converged says that a tolerance ended the search, not the number of
	// evaluations.
	Converged bool
}

// Minimize changes the model's values, from what they are, so that eval becomes
// small. eval returns the function at the present values and leaves its
// gradients in the model; an error of it ends the search, with the best values
// found so far.
func (l *LBFGS) Minimize(eval func() (float64, error)) (Minimum, error) {
	if err := l.prepare(); err != nil {
		return Minimum{}, errors.Wrap(err, "l-bfgs")
	}
	p := &point{x: make([]float64, l.size), g: make([]float64, l.size)}
	l.read(l.w, p.x)
	m := Minimum{}
	var err error
	if p.f, err = l.evaluate(eval, p); err != nil {
		return m, err
	}
	d := make([]float64, l.size)
	for {
		if largest(p.g) <= l.GradientTolerance {
			m.Converged = true
			break
		}
		if l.left == 0 {
			break
		}
		var next *point
		if next, err = l.lineSearch(eval, p, d, l.direction(p, d)); err != nil {
			break
		}
		if next == nil || next.f >= p.f { // no step goes down: rounding ends the search
			m.Converged = l.left > 0
			break
		}
		m.Iterations++
		l.remember(p, next)
		done := p.f-next.f <= l.ChangeTolerance*math.Abs(p.f)
		p = next
		if done {
			m.Converged = true
			break
		}
	}
	l.write(p.x)
	m.Value, m.Evaluations = p.f, l.Evaluations-l.left
	return m, err
}

// point is a place with the function's value and gradient.
type point struct {
	x, g  []float64
	f     float64
	slope float64 // along the direction of the search
	t     float64
}

func (l *LBFGS) prepare() error {
	switch {
	case l.History < 1:
		return errors.Errorf("history %d, expected at least 1", l.History)
	case l.Evaluations < 1:
		return errors.Errorf("%d evaluations, expected at least 1", l.Evaluations)
	case len(l.model) == 0:
		return errors.New("nothing to change, expected at least one value with a gradient")
	}
	l.w, l.g, l.size = l.w[:0], l.g[:0], 0
	for i, v := range l.model {
		if v == nil {
			return errors.Errorf("value %d is nil", i)
		}
		w, err := weights(v)
		if err != nil {
			return errors.Wrapf(err, "value %d: weights", i)
		}
		g, err := v.Grad()
		if err != nil {
			return errors.Wrapf(err, "value %d: gradient", i)
		}
		gradient, plain, err := elements(g)
		if err == nil && (!plain || gradient.len() != w.len()) {
			err = errors.Errorf("%d elements, expected %d in row-major order", gradient.len(), w.len())
		}
		if err != nil {
			return errors.Wrapf(err, "value %d: gradient", i)
		}
		l.w, l.g, l.size = append(l.w, w), append(l.g, gradient), l.size+w.len()
	}
	l.s, l.y, l.rho, l.left = nil, nil, nil, l.Evaluations
	return nil
}

// evaluate computes the function and its gradient at p.
func (l *LBFGS) evaluate(eval func() (float64, error), p *point) (float64, error) {
	l.write(p.x)
	l.left--
	f, err := eval()
	if err != nil {
		return f, err
	}
	l.read(l.g, p.g)
	for _, v := range l.model {
		clearNode(v)
	}
	return f, nil
}

// clearNode zeroes the gradient of a bare node, to which Gorgonia adds.
func clearNode(v gorgonia.ValueGrad) {
	n, ok := v.(*gorgonia.Node)
	if !ok {
		return
	}
	if g, err := n.Grad(); err == nil {
		if x, _, err := elements(g); err == nil {
			clear(x.f32)
			clear(x.f64)
		}
	}
}

func (l *LBFGS) read(from []vector, to []float64) {
	at := 0
	for _, v := range from {
		if v.double() {
			copy(to[at:], v.f64)
		} else {
			for i, x := range v.f32 {
				to[at+i] = float64(x)
			}
		}
		at += v.len()
	}
}

func (l *LBFGS) write(x []float64) {
	at := 0
	for _, v := range l.w {
		if v.double() {
			copy(v.f64, x[at:])
		} else {
			for i := range v.f32 {
				v.f32[i] = float32(x[at+i])
			}
		}
		at += v.len()
	}
}

// direction sets d to −H·∇f by the two-loop recursion and returns the step to
// try first.
func (l *LBFGS) direction(p *point, d []float64) float64 {
	for i, g := range p.g {
		d[i] = -g
	}
	k := len(l.s)
	if k == 0 {
		return min(1, 1/absSum(p.g))
	}
	alpha := make([]float64, k)
	for i := k - 1; i >= 0; i-- {
		alpha[i] = l.rho[i] * dot(l.s[i], d)
		axpy(-alpha[i], l.y[i], d)
	}
	last := k - 1
	scale := 1 / (l.rho[last] * dot(l.y[last], l.y[last])) // γ = sᵀy/yᵀy
	for i := range d {
		d[i] *= scale
	}
	for i := range k {
		axpy(alpha[i]-l.rho[i]*dot(l.y[i], d), l.s[i], d)
	}
	if dot(d, p.g) < 0 {
		return 1
	}
	// The memory misleads: begin anew.
	l.s, l.y, l.rho = nil, nil, nil
	return l.direction(p, d)
}

// remember keeps the step from p to next, where its curvature is positive.
func (l *LBFGS) remember(p, next *point) {
	s, y := p.x, p.g // no longer needed
	for i := range s {
		s[i], y[i] = next.x[i]-s[i], next.g[i]-y[i]
	}
	ys := dot(y, s)
	if ys <= 1e-10*dot(y, y) {
		return
	}
	if len(l.s) == l.History {
		l.s, l.y, l.rho = l.s[1:], l.y[1:], l.rho[1:]
	}
	l.s, l.y, l.rho = append(l.s, s), append(l.y, y), append(l.rho, 1/ys)
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func axpy(a float64, x, y []float64) {
	for i, v := range x {
		y[i] += a * v
	}
}

func absSum(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += math.Abs(v)
	}
	return sum
}

func largest(x []float64) float64 {
	var m float64
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}
