package train

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// Meta is what a checkpoint says of itself.
type Meta struct {
	// Model describes the model and how its inputs are made, as the runner
	// that saves it has it; predict and eval need nothing else.
	Model    json.RawMessage `json:"model,omitempty"`
	Progress Progress        `json:"progress"`
	Machine  Machine         `json:"machine"`
}

// Machine is what the bits of a run depend on besides its settings.
type Machine struct {
	Kernels string `json:"kernels"` // generic, avx2 or avx512
	Threads int    `json:"threads"`
	Version string `json:"version"`
}

// Progress is how far a run is. It decides all that comes after.
type Progress struct {
	Epoch int `json:"epoch"` // epochs that are done
	Batch int `json:"batch"` // batches of the next one that are done
	Step  int `json:"step"`  // steps in all

	LossSum  float64 `json:"loss_sum"` // over the examples of the epoch so far
	Examples int     `json:"examples"`
	Clipped  int     `json:"clipped,omitempty"` // steps of the epoch whose gradients were clipped

	Best      float64 `json:"best"` // of the metric that decides
	BestEpoch int     `json:"best_epoch"`
	History   []Epoch `json:"history"`
	Done      bool    `json:"done"`
	Stopped   bool    `json:"stopped,omitempty"` // before its last epoch, by its patience

	Early   *solvers.EarlyStoppingState `json:"early,omitempty"`
	Plateau *solvers.PlateauState       `json:"plateau,omitempty"`
}

// check returns an error for counts that no run reaches.
func (p Progress) check() error {
	const most = 1 << 53 // whole numbers that a float64 holds
	for _, c := range []struct {
		name string
		n    int
	}{{"epoch", p.Epoch}, {"batch", p.Batch}, {"step", p.Step}, {"examples", p.Examples}, {"clipped", p.Clipped}, {"best_epoch", p.BestEpoch}} {
		if c.n < 0 || c.n > most {
			return errors.Errorf("progress: %s is %d, expected 0 to 2^53", c.name, c.n)
		}
	}
	return nil
}

// Epoch is the record of one epoch.
type Epoch struct {
	Epoch       int     `json:"epoch"` // from 1
	Step        int     `json:"step"`
	TrainLoss   float64 `json:"train_loss"`
	Validation  Metrics `json:"validation"`
	LearnRate   float64 `json:"learn_rate"`
	SamplesPerS float64 `json:"samples_per_s"`
	// Clipped is the share of the steps whose gradients were clipped by their
	// norm; nil where there is no limit.
	Clipped *float64 `json:"clipped_share,omitempty"`
}

// Line returns the epoch as a line of metrics.jsonl:
// {"event":"epoch","epoch":1,"step":141,"train_loss":…,"val_accuracy":…,…}.
func (e Epoch) Line() ([]byte, error) {
	b := fmt.Appendf(nil, `{"event":"epoch","epoch":%d,"step":%d`, e.Epoch, e.Step)
	for _, m := range e.metrics() {
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, errors.Wrapf(err, "metric %s", m.Name)
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, errors.Wrapf(err, "metric %s", m.Name)
		}
		b = fmt.Appendf(b, ",%s:%s", name, value)
	}
	return append(b, '}'), nil
}

// metrics returns all that was measured in the epoch.
func (e Epoch) metrics() Metrics {
	m := Metrics{{"train_loss", e.TrainLoss}}
	m = append(m, e.Validation...)
	if e.Clipped != nil {
		m = append(m, Metric{"clipped_share", *e.Clipped})
	}
	return append(m, Metric{"learn_rate", e.LearnRate}, Metric{"samples_per_s", e.SamplesPerS})
}

// Step is a moment of an epoch, for a progress bar.
type Step struct {
	Epoch, Epochs  int     // from 1
	Batch, Batches int     // done, in all
	Loss           float64 // mean of the epoch so far
	SamplesPerS    float64
	Left           time.Duration // until the run ends, by this epoch's speed
}
