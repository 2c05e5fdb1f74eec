package solvers

import "math"

// stride is how much longer the next step is where the last was too short.
const stride = 4

// lineSearch looks along d from p, at t first, for a point where the strong
// Wolfe conditions hold. Where the evaluations end first it returns the lowest
// point that it saw below p, or nil.
//
// Source: Nocedal and Wright, alg. 3.5 and 3.6.
func (l *LBFGS) lineSearch(eval func() (float64, error), p *point, d []float64, t float64) (*point, error) {
	p.slope, p.t = dot(p.g, d), 0
	low, seen := p, 0
	try := func(t float64) (*point, error) {
		q := &point{x: make([]float64, l.size), g: make([]float64, l.size), t: t}
		copy(q.x, p.x)
		axpy(t, d, q.x)
		seen++
		var err error
		if q.f, err = l.evaluate(eval, q); err != nil {
			return nil, err
		}
		q.slope = dot(q.g, d)
		return q, nil
	}
	more := func() bool { return l.left > 0 && seen < lineSearchMost }
	before := p
	for more() {
		q, err := try(t)
		if err != nil {
			return nil, err
		}
		switch {
		case !steep(p, q) || before != p && q.f >= before.f:
			return l.zoom(try, more, p, before, q)
		case math.Abs(q.slope) <= -curvature*p.slope:
			return q, nil
		case q.slope >= 0:
			return l.zoom(try, more, p, q, before)
		}
		low, before = q, q
		t *= stride // still going down steeply
	}
	if low == p {
		return nil, nil
	}
	return low, nil
}

// steep reports whether q lies low enough for its distance; not where it is not
// a number.
func steep(p, q *point) bool { return q.f <= p.f+sufficientDecrease*q.t*p.slope }

// zoom narrows the interval between low, the lowest point so far that lies low
// enough, and high, in which there are points where the conditions hold.
func (l *LBFGS) zoom(try func(float64) (*point, error), more func() bool, p, low, high *point) (*point, error) {
	for more() && math.Abs(high.t-low.t) > 1e-12*math.Max(1, math.Abs(low.t)) {
		q, err := try(between(low, high))
		if err != nil {
			return nil, err
		}
		switch {
		case !steep(p, q) || q.f >= low.f:
			high = q
		case math.Abs(q.slope) <= -curvature*p.slope:
			return q, nil
		default:
			if q.slope*(high.t-low.t) >= 0 {
				high = low
			}
			low = q
		}
	}
	if low == p {
		return nil, nil
	}
	return low, nil
}

// between returns the minimum of the cubic through both points and their slopes,
// kept away from the ends by a tenth of the interval; the middle where there is
// none.
//
// Source: Nocedal and Wright, eq. 3.59.
func between(a, b *point) float64 {
	lo, hi := math.Min(a.t, b.t), math.Max(a.t, b.t)
	d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
	d2 := math.Copysign(math.Sqrt(d1*d1-a.slope*b.slope), b.t-a.t)
	t := b.t - (b.t-a.t)*(b.slope+d2-d1)/(b.slope-a.slope+2*d2)
	if math.IsNaN(t) || math.IsInf(t, 0) {
		return (lo + hi) / 2
	}
	edge := (hi - lo) / 10
	return math.Min(math.Max(t, lo+edge), hi-edge)
}
