package create

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// described is what a checkpoint says of a GAN.
type described struct {
	Classes []string `json:"classes"`
}

// ganJob is a GAN with its data.
type ganJob struct {
	settings run.Settings
	about    described
	nets     train.GANNetworks
	task     *train.GANTask
	data     *digitParts
	dir      string         // of the run; "" where there is none
	flags    *pflag.FlagSet // of eval
	judge    *train.Judge
}

// openGAN opens the GAN that s describes with its data.
func openGAN(ctx context.Context, a *run.App, n gan, s run.Settings, o run.OpenOptions) (*ganJob, error) {
	data, err := openDigits(ctx, s, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	j, err := newGANJob(n, s, described{data.test.Classes()}, data, o)
	if err != nil {
		return nil, err
	}
	if o.About != nil {
		var was described
		if err := (&run.Run{Path: o.Path, About: o.About}).Describe(&was); err != nil {
			return nil, err
		}
		if len(was.Classes) != len(j.about.Classes) {
			return nil, errors.Errorf("data set %s has %d classes, the model %d", s.Data, len(j.about.Classes), len(was.Classes))
		}
	}
	return j, nil
}

// newGANJob makes the task of a GAN; without data it only generates.
func newGANJob(n gan, s run.Settings, about described, data *digitParts, o run.OpenOptions) (*ganJob, error) {
	if len(about.Classes) == 0 {
		return nil, errors.Errorf("run %s: the checkpoint does not say what its classes are", o.Path)
	}
	nets, err := n.networks(s, len(about.Classes))
	if err != nil {
		return nil, err
	}
	opts, err := n.options(s)
	if err != nil {
		return nil, err
	}
	j := &ganJob{settings: s, about: about, nets: nets, data: data, flags: o.Flags}
	if o.Flags == nil || o.About != nil { // eval of a model with weights has no folder
		j.dir = o.Path
	}
	var pictures datasets.Dataset
	if data != nil {
		pictures = data.train
		if nets.Shape[1] > 28 {
			pictures = framed{pictures, nets.Shape[1]}
		}
		if o.Flags == nil {
			opts.Snapshot = j.snapshot
			opts.SnapshotEvery = max(1, s.Epochs*(pictures.Len()/s.Batch)/frames)
		}
	}
	j.task, err = train.NewGANTask(graph.NewStore(graph.Float32, s.Seed), nets, pictures, opts)
	return j, err
}

func (j *ganJob) Store() *graph.Store { return j.task.Store() }
func (j *ganJob) Build() error        { return j.task.Build() }
func (j *ganJob) Task() train.Task    { return j.task }
func (j *ganJob) About() any          { return j.about }
func (j *ganJob) Close()              { j.task.Close() }

// Sizes says how much data there is.
func (j *ganJob) Sizes() string {
	return fmt.Sprintf("%s pictures to train on, %s to validate, %s to test",
		run.Thousands(j.data.train.Len()), run.Thousands(j.data.validation()), run.Thousands(j.data.test.Len()))
}

// Tune gives the GAN the solver, and has it judged after each epoch.
func (j *ganJob) Tune(ctx context.Context, a *run.App, loop *train.Loop) error {
	if loop.Accumulate > 1 {
		return run.Usagef("--set accumulate: a GAN takes its steps by turns, one for each batch")
	}
	loop.Average = 0 // the GAN keeps the generator's itself
	if adam, ok := loop.Solver.(*solvers.Adam); ok {
		var err error
		if adam.Beta1, err = j.settings.Float("beta1", 0.5, 0); err != nil {
			return err
		}
	}
	j.task.Solver = loop.Solver
	if j.data.val != nil {
		judge, err := j.findJudge(ctx, a)
		if err != nil {
			return err
		}
		j.task.JudgeWith(judge, j.data.val)
	}
	loop.OnEpoch = func(e train.Epoch) error {
		if w := j.task.Warning(); w != "" {
			fmt.Fprintf(a.Err, "hocsau: warning: epoch %d: %s\n", e.Epoch, w)
		}
		img, err := j.sheet(shown)
		if err != nil {
			return err
		}
		if err := plot.WritePNG(filepath.Join(j.dir, "samples.png"), img); err != nil {
			return err
		}
		return loop.Folder.Image("samples", e.Step, img)
	}
	return nil
}

// The numbers of pictures that are measured.
const (
	judgedReal      = 10000 // at most
	judgedGenerated = 5000
)

// Test measures the generator by the judge against the test part.
func (j *ganJob) Test(ctx context.Context, a *run.App) (run.Result, error) {
	judge, err := j.findJudge(ctx, a)
	if err != nil {
		return run.Result{}, err
	}
	truth, err := judge.Features(j.data.test, judgedReal)
	if err != nil {
		return run.Result{}, err
	}
	v, err := j.task.JudgeBy(judge, truth, judgedGenerated)
	if err != nil {
		return run.Result{}, err
	}
	if j.flags == nil {
		if err := j.animate(); err != nil {
			return run.Result{}, err
		}
	}
	return run.Result{
		Metrics: v.Metrics(""), Examples: judgedGenerated,
		After:  func(a *run.App) error { return j.show(a) },
		Report: func(a *run.App) error { return j.counts(a, v) },
	}, nil
}

// counts prints how often the judge sees each class.
func (j *ganJob) counts(a *run.App, v train.Verdict) error {
	fmt.Fprintf(a.Out, "%-14s %s\n", "class", "generated")
	for i, n := range v.Counts {
		if _, err := fmt.Fprintf(a.Out, "%-14s %9s\n", j.about.Classes[i], run.Thousands(n)); err != nil {
			return err
		}
	}
	return nil
}
