package train

import (
	"encoding/json"
	"math"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers"
)

// Metric is a measured value, such as {"val_accuracy", 0.99}. NaN stands for one
// that could not be measured, null in JSON.
type Metric struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// metricJSON is a Metric in JSON.
type metricJSON struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
}

// MarshalJSON writes NaN as null.
func (m Metric) MarshalJSON() ([]byte, error) {
	j := metricJSON{Name: m.Name}
	if !math.IsNaN(m.Value) {
		j.Value = &m.Value
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads null as NaN.
func (m *Metric) UnmarshalJSON(b []byte) error {
	var j metricJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	m.Name, m.Value = j.Name, math.NaN()
	if j.Value != nil {
		m.Value = *j.Value
	}
	return nil
}

// Metrics are measured values in the order in which they are shown.
type Metrics []Metric

// Get returns the value of that name; false where there is none.
func (m Metrics) Get(name string) (float64, bool) {
	for _, x := range m {
		if x.Name == name {
			return x.Value, true
		}
	}
	return 0, false
}

// Task is a model with its data, as the loop sees it. What it does is a
// function of the numbers it is given: the same epoch, batch and step give the
// same loss and gradients, whatever came before.
type Task interface {
	// Store returns the parameters.
	Store() *graph.Store
	// Steps returns the number of steps in an epoch.
	Steps() int
	// Begin starts an epoch, numbered from 0, at one of its batches.
	Begin(epoch, batch int)
	// Step computes the loss and its gradients for the next batch. examples is
	// how many examples the loss is the mean of.
	Step(step int) (prog *graph.Program, examples int, err error)
	// Validate measures the model on data that it is not trained on. The first
	// metric decides which epoch was the best; no metrics mean that there is no
	// such data.
	Validate() (Metrics, error)
	// Better reports whether a value of the first metric is better than best.
	Better(value, best float64) bool
	// Close ends what runs in the background.
	Close()
}

// Carrier is a Task that hands numbers besides the parameters from step to
// step, such as the state of a recurrent network. A checkpoint keeps them.
type Carrier interface {
	// Carried returns a copy of what the next step begins with.
	Carried() []solvers.StateEntry
	// SetCarried puts it back, before Begin.
	SetCarried(entries []solvers.StateEntry) error
}
