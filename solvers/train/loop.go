package train

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/solvers"
)

// Loop trains a task, an epoch a call of Next. The fields are set before the
// first one; only Task, Solver and Epochs are needed.
type Loop struct {
	Task   Task
	Solver solvers.Solver
	Epochs int
	// Schedule gives the learning rate of each step; nil keeps the solver's.
	Schedule solvers.Schedule
	// ClipNorm limits the norm of all gradients together; 0 means no limit.
	ClipNorm float64
	// ClipValue limits each element of the gradients; 0 means no limit.
	ClipValue float64
	// Accumulate takes one step for so many batches together; 0 and 1 for each.
	Accumulate int
	// Average is the decay of a moving average of the weights, which the folder
	// keeps beside the best and the last; 0 means none.
	Average float64
	// Patience ends the training after so many epochs without a better first
	// metric of validation, which must differ from the best by more than
	// MinDelta; 0 trains all epochs.
	Patience int
	MinDelta float64
	// Plateau lowers the learning rate where validation no longer gets better;
	// it takes the place of Schedule.
	Plateau *solvers.Plateau
	// Histograms adds the distributions of all parameters to the event file
	// after each epoch.
	Histograms bool
	// Folder keeps the run; nil keeps nothing.
	Folder *Folder
	// Model is saved with each checkpoint, for those who use it.
	Model json.RawMessage
	// Version is saved with each checkpoint.
	Version string
	// SaveEvery is the time between checkpoints within an epoch; 0 means 30 s.
	SaveEvery time.Duration
	// OnStep is called after each step, where it is set.
	OnStep func(Step)
	// OnEpoch is called after each epoch, when it is noted and saved; its error
	// ends the training.
	OnEpoch func(Epoch) error

	early     *solvers.EarlyStopping
	sums      solvers.Accumulator
	average   *solvers.Average
	progress  Progress
	started   bool
	err       error
	lastSave  time.Time
	epochTime time.Duration // of training in this epoch, by this process
	epochSeen int           // examples in that time
}

// Resume takes the run up where the folder's last checkpoint left it, and drops
// from the metrics what came after. It returns false where there is no
// checkpoint. The meta of the checkpoint is returned, which has the machine that
// it was made on, to warn where this one computes with other bits.
func (l *Loop) Resume() (Meta, bool, error) {
	if l.Folder == nil {
		return Meta{}, false, nil
	}
	dir := filepath.Join(l.Folder.path, LastDir)
	if !exists(dir) {
		return Meta{}, false, l.Folder.cut(0)
	}
	m, err := ReadMeta(dir)
	if err != nil {
		return m, false, err
	}
	// The model is built before its parameters can be loaded.
	if err := Build(l.Task); err != nil {
		return m, false, err
	}
	if _, err := checkpoint.Load(filepath.Join(dir, ModelFile), l.Task.Store(), checkpoint.Opts{}); err != nil {
		return m, false, err
	}
	if err := l.prepare(); err != nil {
		return m, false, err
	}
	if err := l.loadState(filepath.Join(dir, stateFile)); err != nil {
		return m, false, err
	}
	l.progress = m.Progress
	if s := m.Progress.Early; s != nil && l.early != nil {
		l.early.SetState(*s)
	}
	if s := m.Progress.Plateau; s != nil && l.Plateau != nil {
		l.Plateau.SetState(*s)
	}
	return m, true, l.Folder.cut(m.Progress.Step)
}

// Builder is a Task that can make its parameters without taking a step.
type Builder interface{ Build() error }

// Build makes the parameters of a task.
func Build(t Task) error {
	if b, ok := t.(Builder); ok {
		return b.Build()
	}
	return nil
}

// Progress returns how far the run is.
func (l *Loop) Progress() Progress { return l.progress }

// Epoch returns the record of the last epoch that is done.
func (l *Loop) Epoch() Epoch {
	if n := len(l.progress.History); n > 0 {
		return l.progress.History[n-1]
	}
	return Epoch{}
}

// Err returns what ended the training before its time. When the context was
// done it is the context's error, and a checkpoint has been saved.
func (l *Loop) Err() error { return l.err }

// Next trains one epoch, or what is left of it, and validates. It returns
// false when all epochs are done or an error ended the training.
func (l *Loop) Next(ctx context.Context) bool {
	if l.err != nil || l.progress.Done || l.progress.Epoch >= l.Epochs {
		return false
	}
	l.err = l.epoch(ctx)
	return l.err == nil
}

func (l *Loop) epoch(ctx context.Context) error {
	p := &l.progress
	if !l.started {
		// A checkpoint before the first step has parameters, too.
		if err := Build(l.Task); err != nil {
			return err
		}
		if err := l.prepare(); err != nil {
			return err
		}
		l.started, l.lastSave = true, time.Now()
	}
	l.epochTime, l.epochSeen = 0, 0
	l.Task.Begin(p.Epoch, p.Batch)
	for steps := l.Task.Steps(); p.Batch < steps; {
		if err := ctx.Err(); err != nil {
			if failed := l.checkpoint(); failed != nil {
				return failed
			}
			return err
		}
		begin := time.Now()
		if err := l.step(); err != nil {
			return err
		}
		l.epochTime += time.Since(begin)
		l.report(steps)
		if every := l.saveEvery(); time.Since(l.lastSave) > every && p.Batch < steps {
			if err := l.checkpoint(); err != nil {
				return err
			}
		}
	}
	return l.finishEpoch()
}

func (l *Loop) saveEvery() time.Duration {
	if l.SaveEvery == 0 {
		return 30 * time.Second
	}
	return l.SaveEvery
}

// Readier is a Task that knows before the first step whether a later one would
// fail for the sizes of its batches.
type Readier interface{ Ready() error }

// prepare makes what the settings ask for, once the parameters exist.
func (l *Loop) prepare() error {
	if r, ok := l.Task.(Readier); ok {
		if err := r.Ready(); err != nil {
			return errors.Wrap(err, "train")
		}
	}
	if l.Patience > 0 && l.early == nil {
		l.early = solvers.NewEarlyStopping(l.Patience)
		l.early.MinDelta = l.MinDelta
	}
	if l.Average > 0 && l.average == nil {
		var err error
		l.average, err = solvers.NewAverage(l.Task.Store(), l.Average)
		return err
	}
	return nil
}

// step takes one step: loss and gradients, of several batches where they are
// accumulated, then the parameters.
func (l *Loop) step() error {
	p := &l.progress
	switch {
	case l.Plateau != nil:
		l.Solver.SetLearnRate(l.Plateau.Rate())
	case l.Schedule != nil:
		l.Solver.SetLearnRate(l.Schedule.Rate(p.Step))
	}
	batches := min(max(1, l.Accumulate), l.Task.Steps()-p.Batch)
	for i := range batches {
		prog, examples, err := l.Task.Step(p.Step)
		if err == nil {
			err = l.update(prog, examples, i+1, batches)
		}
		if err != nil {
			return errors.Wrapf(err, "epoch %d, batch %d", p.Epoch+1, p.Batch+1)
		}
		p.LossSum += prog.Loss() * float64(examples)
		p.Examples += examples
		p.Batch++
		p.Step++
		l.epochSeen += examples
	}
	if l.average != nil {
		l.average.Update()
	}
	return nil
}

// update changes the parameters by the gradients of a batch, or of all batches
// up to the last of those that are accumulated. Gradients must be finite.
func (l *Loop) update(prog *graph.Program, examples, batch, batches int) error {
	if loss := prog.Loss(); !finite(loss) {
		return diverged(l.Task.Store(), prog, "loss", loss)
	}
	if batches > 1 {
		if err := l.sums.Add(prog.Gradients(), float64(examples)); err != nil || batch < batches {
			return err
		}
		if err := l.sums.Mean(prog.Gradients()); err != nil {
			return err
		}
	}
	most := l.ClipNorm
	if most == 0 {
		most = math.Inf(1)
	}
	norm, err := solvers.ClipByGlobalNorm(prog.Gradients(), most, 1e-6)
	if err != nil {
		return err
	}
	if !finite(norm) {
		return diverged(l.Task.Store(), prog, "norm of the gradients", norm)
	}
	if norm > most {
		l.progress.Clipped++
	}
	if l.ClipValue > 0 {
		if err := solvers.ClipByValue(prog.Gradients(), l.ClipValue); err != nil {
			return err
		}
	}
	return l.Solver.Step(prog.Gradients())
}

func (l *Loop) report(steps int) {
	if l.OnStep == nil {
		return
	}
	p := &l.progress
	rate := l.rate()
	left := time.Duration(0)
	if rate > 0 && p.Batch > 0 {
		steps := steps*(l.Epochs-p.Epoch) - p.Batch
		left = time.Duration(float64(steps) * float64(p.Examples) / float64(p.Batch) / rate * float64(time.Second))
	}
	l.OnStep(Step{
		Epoch: p.Epoch + 1, Epochs: l.Epochs, Batch: p.Batch, Batches: steps,
		Loss: p.LossSum / float64(p.Examples), SamplesPerS: rate, Left: left,
	})
}

func (l *Loop) rate() float64 {
	if l.epochTime <= 0 {
		return 0
	}
	return float64(l.epochSeen) / l.epochTime.Seconds()
}

// finishEpoch validates, notes the epoch and saves.
func (l *Loop) finishEpoch() error {
	if err := checkParams(l.Task.Store()); err != nil {
		return errors.Wrapf(err, "epoch %d", l.progress.Epoch+1)
	}
	val, err := l.Task.Validate()
	if err != nil {
		return errors.Wrapf(err, "validate epoch %d", l.progress.Epoch+1)
	}
	for _, m := range val {
		if !finite(m.Value) {
			return errors.Wrapf(ErrDiverged, "validate epoch %d: %s is %g", l.progress.Epoch+1, m.Name, m.Value)
		}
	}
	p := &l.progress
	e := Epoch{
		Epoch: p.Epoch + 1, Step: p.Step, TrainLoss: p.LossSum / float64(max(1, p.Examples)),
		Validation: val, LearnRate: l.Solver.LearnRate(), SamplesPerS: l.rate(),
	}
	if l.ClipNorm > 0 && !math.IsInf(l.ClipNorm, 1) {
		every := max(1, l.Accumulate)
		share := float64(p.Clipped) / float64(max(1, (p.Batch+every-1)/every))
		e.Clipped = &share
	}
	p.History = append(p.History, e)
	p.Epoch++
	p.Batch, p.LossSum, p.Examples, p.Clipped = 0, 0, 0, 0
	better := l.better(val)
	if better {
		p.Best, p.BestEpoch = val[0].Value, p.Epoch
	}
	p.Done = l.watch(val) || p.Epoch >= l.Epochs
	if err := l.keep(e, better); err != nil || l.OnEpoch == nil {
		return err
	}
	return l.OnEpoch(e)
}

// better reports whether an epoch is the best so far: by the first metric, and
// where that is the same, as accuracies of few examples are, by the loss.
func (l *Loop) better(val Metrics) bool {
	p := &l.progress
	switch {
	case len(val) == 0:
		return false
	case p.BestEpoch == 0 || l.Task.Better(val[0].Value, p.Best):
		return true
	case val[0].Value != p.Best || p.BestEpoch > len(p.History):
		return false
	}
	loss, ok := val.Get("val_loss")
	least, known := p.History[p.BestEpoch-1].Validation.Get("val_loss")
	return ok && known && loss < least
}

// watch tells early stopping and the plateau what validation gave, and reports
// whether to stop.
func (l *Loop) watch(val Metrics) (stop bool) {
	if len(val) == 0 {
		return false
	}
	loss := val[0].Value
	if l.Task.Better(1, 0) { // the greater the better
		loss = -loss
	}
	if l.early != nil {
		l.progress.Stopped = l.early.Report(loss)
		s := l.early.State()
		l.progress.Early = &s
	}
	if l.Plateau != nil {
		l.Plateau.Report(loss)
		s := l.Plateau.State()
		l.progress.Plateau = &s
	}
	return l.progress.Stopped
}

// keep notes the epoch in the folder and saves its checkpoints.
func (l *Loop) keep(e Epoch, better bool) error {
	if l.Folder == nil {
		return nil
	}
	if err := l.Folder.note(e); err != nil {
		return err
	}
	if l.Histograms {
		if err := l.Folder.histograms(l.Task.Store(), e.Step); err != nil {
			return err
		}
	}
	if better {
		if err := l.Folder.save(BestDir, l.Task.Store(), nil, l.meta()); err != nil {
			return err
		}
	}
	if l.average != nil {
		l.average.Swap()
		err := l.Folder.save(AverageDir, l.Task.Store(), nil, l.meta())
		l.average.Swap()
		if err != nil {
			return err
		}
	}
	return l.checkpoint()
}

// checkpoint saves where the run is. Parameters that are not finite are never
// saved: the checkpoint before stays.
func (l *Loop) checkpoint() error {
	l.lastSave = time.Now()
	if l.Folder == nil {
		return nil
	}
	if err := checkParams(l.Task.Store()); err != nil {
		return errors.Wrap(err, "no checkpoint is saved (the one before is whole)")
	}
	return l.Folder.save(LastDir, l.Task.Store(), l.stateTensors(), l.meta())
}

func (l *Loop) meta() Meta {
	return Meta{Model: l.Model, Progress: l.progress, Machine: ThisMachine(l.Task.Store().Threads(), l.Version)}
}

// ThisMachine describes the machine that this process computes on.
func ThisMachine(threads int, version string) Machine {
	return Machine{Kernels: cpu.Level().String(), Threads: threads, Version: version}
}
