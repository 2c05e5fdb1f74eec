package solvers

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Average keeps an exponential moving average of all parameters of a store:
//
//	θ̄ ← d·θ̄ + (1 − d)·θ,  d = min(Decay, (1 + t)/(10 + t))
//
// after step t = 1, 2, …; the bound on d lets the first steps be forgotten
// soon. Buffers, such as running means, are taken as they are.
//
// Source: Polyak and Juditsky 1992, doi:10.1137/0330046; the bound is
// TensorFlow's.
type Average struct {
	Decay float64

	steps int
	store *graph.Store
	means []mean
}

// mean is the average of a parameter.
type mean struct {
	param *graph.Param
	value vector
}

// NewAverage returns the average of the parameters of store, which begins with
// what they are at the first Update.
func NewAverage(store *graph.Store, decay float64) (*Average, error) {
	if err := fraction("decay of the average", decay); err != nil {
		return nil, err
	}
	return &Average{Decay: decay, store: store}, nil
}

// live returns the memory of a parameter.
func live(p *graph.Param) vector { return vector{f32: p.Float32s(), f64: p.Float64s()} }

// Update takes the parameters after a step.
func (a *Average) Update() {
	if a.means == nil {
		for _, p := range a.store.Params() {
			a.means = append(a.means, mean{p, live(p).clone()})
		}
	}
	a.steps++
	d := min(a.Decay, float64(1+a.steps)/float64(10+a.steps))
	for _, m := range a.means {
		w := live(m.param)
		if m.param.IsBuffer() {
			copy(m.value.f32, w.f32)
			copy(m.value.f64, w.f64)
			continue
		}
		vec.Lerp(nil, float32(1-d), w.f32, m.value.f32)
		vec.Lerp(nil, 1-d, w.f64, m.value.f64)
	}
}

// Swap exchanges the parameters and their averages: once to use the averages,
// once more to go on training. Before the first Update it changes nothing.
func (a *Average) Swap() {
	for _, m := range a.means {
		w := live(m.param)
		for i, v := range m.value.f32 {
			m.value.f32[i], w.f32[i] = w.f32[i], v
		}
		for i, v := range m.value.f64 {
			m.value.f64[i], w.f64[i] = w.f64[i], v
		}
	}
}

// State returns a copy of the averages by the names of the parameters, and of
// the number of steps.
func (a *Average) State() []StateEntry {
	list := []StateEntry{{Name: averageSteps, Shape: []int{1}, F64: []float64{float64(a.steps)}}}
	for _, m := range a.means {
		v := m.value.clone()
		list = append(list, StateEntry{Name: m.param.Name(), Shape: m.param.Shape(), F32: v.f32, F64: v.f64})
	}
	return list
}

// averageSteps is the name of the number of steps; no parameter's name begins
// with a slash.
const averageSteps = "/steps"

// SetState makes a go on from there.
func (a *Average) SetState(entries []StateEntry) error {
	byName := map[string]StateEntry{}
	for _, e := range entries {
		byName[e.Name] = e
	}
	steps, ok := byName[averageSteps]
	if !ok || len(steps.F64) != 1 {
		return errors.New("averaged weights: the number of steps is missing")
	}
	if a.steps, a.means = int(steps.F64[0]), nil; a.steps == 0 {
		return nil
	}
	for _, p := range a.store.Params() {
		e, ok := byName[p.Name()]
		w := live(p)
		if !ok || len(e.F32) != len(w.f32) || len(e.F64) != len(w.f64) {
			return errors.Errorf("averaged weights: %s is missing or of another size, expected %d elements", p.Name(), w.len())
		}
		a.means = append(a.means, mean{p, vector{f32: e.F32, f64: e.F64}.clone()})
	}
	return nil
}
