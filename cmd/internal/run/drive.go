package run

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// Training is a run that a model with a loop of its own trains.
type Training struct {
	Job      Job
	Folder   *train.Folder
	Settings Settings
	// Resume says that the run goes on where its checkpoint left it, if it has
	// one.
	Resume bool
	// Was is the number of epochs that the run was made for where it goes on to
	// another, else 0.
	Was int
	// Meta has what is to be saved in Meta.Model.
	Meta json.RawMessage
}

// trainIn trains in the folder and reports.
func (a *App) trainIn(ctx context.Context, folder *train.Folder, m Model, s Settings, f trainFlags) error {
	a.folder.Store(folder)
	defer a.folder.Store(nil)
	set, err := s.common(m)
	if err != nil {
		return err
	}
	var about saved
	if last := filepath.Join(folder.Path(), train.LastDir); IsDir(last) {
		meta, err := train.ReadMeta(last)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(meta.Model, &about); err != nil {
			return errors.Wrapf(err, "resume %s: what the checkpoint says of the model", folder.Path())
		}
		if trained := meta.Progress.Epoch; s.Epochs < trained {
			return Usagef("--epochs %d: run %s has trained %d epochs, expected at least as many", s.Epochs, folder.Path(), trained)
		}
		if about.Test != nil {
			if f.was == 0 || f.was == s.Epochs || s.Epochs == meta.Progress.Epoch {
				return a.already(folder.Path(), m, about, meta.Progress)
			}
			if err := reopen(folder, about); err != nil {
				return err
			}
		}
	}
	config, err := folder.Config()
	if err != nil {
		return err
	}
	o := OpenOptions{About: about.About, Offline: f.offline, Path: folder.Path()}
	begun := about.Model != ""
	if begun {
		if o.Card, err = about.card(config); err != nil {
			return errors.Wrapf(err, "resume %s", folder.Path())
		}
		if err := checkData(folder.Path(), s); err != nil {
			return err
		}
	}
	job, err := m.Open(ctx, a, s, o)
	if err != nil {
		return err
	}
	defer job.Close()
	keep := func() error { // once nothing speaks against the run
		if begun {
			return nil
		}
		return keepData(folder.Path(), s)
	}
	if set.threads > 0 {
		job.Store().SetThreads(set.threads)
	}
	y, err := s.yaml()
	if err != nil {
		return err
	}
	t := &Training{Job: job, Folder: folder, Settings: s, Resume: f.resume}
	if about.Model != "" && f.was != s.Epochs {
		t.Was = f.was
	}
	if t.Meta, err = (saved{Model: s.Model, Data: s.Data}).json(job.About()); err != nil {
		return err
	}
	resume := fmt.Sprintf("%s train %s --out %s --resume", Self(), s.Model, ShellWord(folder.Path()))
	begin := time.Now()
	if m.Train != nil {
		if err := folder.SetConfig(y); err != nil {
			return err
		}
		if err := keep(); err != nil {
			return err
		}
		a.Saved = resume
		err = m.Train(ctx, a, t)
	} else {
		err = a.loop(ctx, t, set, func() error {
			a.Saved = resume
			if err := folder.SetConfig(y); err != nil || about.Model != "" {
				return err
			}
			if err := keep(); err != nil {
				return err
			}
			return folder.Text("settings", 0, "```yaml\n"+string(y)+"```\n")
		})
	}
	if err != nil {
		return err
	}
	return a.trained(ctx, folder, m, s, job, time.Since(begin))
}

// loop is the common way of training. begin is called before the first step,
// when nothing speaks against the run.
func (a *App) loop(ctx context.Context, t *Training, set common, begin func() error) error {
	tasked, ok := t.Job.(Tasked)
	if !ok {
		return errors.Errorf("model %s has no task to train", t.Settings.Model)
	}
	s, task := t.Settings, tasked.Task()
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return Usage(err)
	}
	set.apply(solver)
	loop := &train.Loop{
		Task: task, Solver: solver, Epochs: s.Epochs, Folder: t.Folder, Model: t.Meta,
		Schedule: set.schedule.rates(s.LR, s.Epochs, task.Steps()), Plateau: set.schedule.plateau(s.LR),
		ClipNorm: set.clip, ClipValue: set.clipValue, Accumulate: set.accumulate, Average: set.average,
		Patience: set.patience, MinDelta: set.minDelta, Histograms: set.histograms,
		SaveEvery: set.saveEvery, Version: Version(),
	}
	if tuned, ok := t.Job.(Tuned); ok {
		if err := tuned.Tune(ctx, a, loop); err != nil {
			return err
		}
	}
	meta, resumed, err := loop.Resume()
	if err != nil {
		return errors.Wrapf(err, "resume %s", t.Folder.Path())
	}
	if resumed {
		a.WarnOtherMachine(meta.Machine, task.Store())
		if t.Was != 0 && loop.Schedule != nil && s.followsEpochs() {
			a.WarnOtherRate("schedule "+set.schedule.name, t, loop.Epoch().LearnRate, loop.Schedule.Rate(loop.Progress().Step))
		}
	}
	if err := begin(); err != nil {
		return err
	}
	if !a.JSON {
		a.announce(t, task, loop.Progress())
	}
	bar := a.Progress(loop)
	for loop.Next(ctx) {
		if err := a.EpochDone(bar, loop); err != nil {
			return err
		}
	}
	bar.Clear()
	if p := loop.Progress(); p.Stopped && !a.JSON {
		fmt.Fprintf(a.Out, "stopped early: no better %s for %d epochs; epoch %d was the best\n", loop.Epoch().Validation[0].Name, loop.Patience, p.BestEpoch)
	}
	return loop.Err()
}

// WarnOtherMachine warns where a run goes on with other kernels or threads than
// those that it was made with.
func (a *App) WarnOtherMachine(was train.Machine, store *graph.Store) {
	if now := train.ThisMachine(store.Threads(), Version()); was.Kernels != now.Kernels || was.Threads != now.Threads {
		fmt.Fprintf(a.Err, "hocsau: warning: the run was made with %s kernels on %d threads, now %s on %d: its last bits will differ\n",
			was.Kernels, was.Threads, now.Kernels, now.Threads)
	}
}

// reopen takes back that the run in the folder is finished, so that it can go on
// to more epochs.
func reopen(folder *train.Folder, about saved) error {
	about.Test = nil
	b, err := json.Marshal(about)
	if err != nil {
		return err
	}
	return folder.Reopen(b)
}

// WarnOtherRate says that what names a rule for the learning rate that depends on
// the number of epochs, which is another now: the last rate was was, the next is
// now.
func (a *App) WarnOtherRate(what string, t *Training, was, now float64) {
	fmt.Fprintf(a.Err, "hocsau: warning: %s depends on the number of epochs, %d before, now %d: the learning rate goes from %.3g to %.3g\n",
		what, t.Was, t.Settings.Epochs, was, now)
}

// announce says what is about to be trained.
func (a *App) announce(t *Training, task train.Task, p train.Progress) {
	if err := train.Build(task); err != nil {
		return // the first step reports it
	}
	s := t.Settings
	fmt.Fprintf(a.Out, "%s: %s parameters; %s: %s; %s, learning rate %g, batch %d\n",
		s.Model, Thousands(Parameters(task.Store())), s.Data, t.Job.Sizes(), s.Solver, s.LR, s.Batch)
	if p.Step > 0 && !p.Done {
		fmt.Fprintf(a.Out, "going on in epoch %d at batch %d\n", p.Epoch+1, p.Batch+1)
	}
}

// Parameters returns the number of trained numbers in a store.
func Parameters(store *graph.Store) int {
	n := 0
	for _, p := range store.Params() {
		if !p.IsBuffer() {
			n += p.Len()
		}
	}
	return n
}

// trained tests the finished run, by its best checkpoint, and reports.
func (a *App) trained(ctx context.Context, folder *train.Folder, m Model, s Settings, job Job, took time.Duration) error {
	r, err := a.OpenRun(folder.Path())
	if err != nil {
		return err
	}
	last, err := train.ReadMeta(filepath.Join(folder.Path(), train.LastDir))
	if err != nil {
		return err
	}
	if len(last.Progress.History) > 0 {
		img, err := train.History(last.Progress.History).CurvesMarked(last.Progress.BestEpoch)
		if err != nil {
			return err
		}
		if err := plot.WritePNG(filepath.Join(folder.Path(), "curves.png"), img); err != nil {
			return err
		}
		if err := folder.Image("curves", last.Progress.Step, img); err != nil {
			return err
		}
	}
	if err := r.Load(job); err != nil {
		return err
	}
	result, err := job.Test(ctx, a)
	if err != nil {
		return err
	}
	t := tested{result.Metrics, result.Examples, took.Seconds()}
	example := ""
	if e, ok := job.(Exemplary); ok && s.Data != m.Data[0] {
		example = e.Example()
	}
	about, err := saved{Model: s.Model, Data: s.Data, Test: &t, Example: example}.json(job.About())
	if err != nil {
		return err
	}
	if err := folder.Describe(about); err != nil {
		return err
	}
	if a.JSON {
		return a.printDone(folder.Path(), s.Model, s.Data, t, last.Progress)
	}
	if result.After != nil {
		if err := result.After(a); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.Out, "%s, after %s; saved in %s\n", metricsLine(t), took.Round(100*time.Millisecond), folder.Path())
	a.suggest(m, folder.Path(), example)
	return nil
}

// suggest prints the command to try next, with an input of the user's own data where
// there is one.
func (a *App) suggest(m Model, path, example string) {
	next, what := OrElse(m.Next, "eval %s"), OrElse(m.NextFor, "Measure it again")
	next = ofExample(next, example)
	fmt.Fprintf(a.Out, "%s with\n%s %s\n", what, Self(), strings.Replace(next, "%s", ShellWord(path), 1))
}

// ofExample puts an example in the place of the text in quotes of a command.
func ofExample(command, example string) string {
	at := strings.IndexAny(command, `'"`)
	if at < 0 || example == "" {
		return command
	}
	return command[:at] + ShellWord(example)
}

// already reports a run that is finished.
func (a *App) already(path string, m Model, about saved, p train.Progress) error {
	if a.JSON {
		return a.printDone(path, about.Model, about.Data, *about.Test, p)
	}
	fmt.Fprintf(a.Out, "%s is finished: %s, after %d epochs\n", path, metricsLine(*about.Test), p.Epoch)
	a.suggest(m, path, about.Example)
	return nil
}

// IsDir reports whether there is a folder of that path.
func IsDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
