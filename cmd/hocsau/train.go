package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// trainFlags are the flags of train that are no settings of the run.
type trainFlags struct {
	out     string
	config  string
	resume  bool
	offline bool
}

func (a *app) trainCommand() *cobra.Command {
	var given settings
	var f trainFlags
	c := &cobra.Command{
		Use:     "train MODEL",
		Short:   "Train a model and keep the run in a folder",
		GroupID: groupTrain,
		Example: `  hocsau train lenet
  hocsau train lenet --data mnist --epochs 5 --out runs/mnist
  hocsau train lenet --out runs/mnist --resume`,
		Args: takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error { return a.train(c, args[0], given, f) },
	}
	given.flags(c)
	c.Flags().StringVar(&f.out, "out", "", "folder of the run (default runs/MODEL-N)")
	c.Flags().StringVar(&f.config, "config", "", "YAML file with settings; flags count more")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on with the run in --out, or start one")
	c.Flags().BoolVar(&f.offline, "offline", false, "download nothing")
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return keys(models()), cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

func (a *app) train(c *cobra.Command, name string, given settings, f trainFlags) error {
	m, err := lookUp(name)
	if err != nil {
		return err
	}
	if f.resume && f.out == "" {
		return usagef("--resume: expected the run's folder in --out")
	}
	s := defaults(name, m)
	if f.config != "" {
		if s, err = readSettings(f.config, s); err != nil {
			return err
		}
		if s.Model != name {
			return usagef("--config %s is for model %s, not %s", f.config, s.Model, name)
		}
	}
	s.overlay(given, c)
	if err := s.check(m); err != nil {
		return err
	}
	folder, err := openFolder(name, f.out)
	if err != nil {
		return err
	}
	if s, err = a.reconcile(folder, name, m, s, given, c, f); err == nil {
		err = a.trainIn(c.Context(), folder, m, s, f)
	}
	if closed := folder.Close(); err == nil {
		err = closed
	}
	return err
}

// openFolder opens the folder of the run, by default runs/MODEL-N with the next
// free number.
func openFolder(model, out string) (*train.Folder, error) {
	if out != "" {
		return train.OpenFolder(out)
	}
	for {
		folder, err := train.OpenFolder(nextRun(model))
		if !errors.Is(err, train.ErrBusy) { // another process was a moment faster
			return folder, err
		}
	}
}

// reconcile returns the settings of the run in the folder: those saved there
// where it is resumed, which the given ones must not contradict.
func (a *app) reconcile(folder *train.Folder, name string, m model, s, given settings, c *cobra.Command, f trainFlags) (settings, error) {
	b, err := folder.Config()
	if err != nil {
		return s, err
	}
	if b == nil {
		if folder.Started() {
			return s, errors.Errorf("%s holds a checkpoint but no config.yaml, expected the folder of a run", folder.Path())
		}
		return s, nil
	}
	if !f.resume {
		return s, errors.Errorf("%s holds a run already: --resume goes on with it, another --out starts a new one", folder.Path())
	}
	was, err := parseSettings(b, defaults(name, m))
	if err != nil {
		return s, errors.Wrapf(err, "resume %s: config.yaml", folder.Path())
	}
	now := was
	if f.config != "" {
		now = s
	}
	now.Model = name
	now.overlay(given, c)
	if d := was.differences(now); len(d) > 0 {
		return s, errors.Errorf("resume %s with other settings: %s", folder.Path(), strings.Join(d, "; "))
	}
	return now, nil
}

// trainIn trains in the folder and reports.
func (a *app) trainIn(ctx context.Context, folder *train.Folder, m model, s settings, f trainFlags) error {
	extra, err := s.extras()
	if err != nil {
		return err
	}
	data, err := openParts(ctx, s, nil, f.offline, a.err)
	if err != nil {
		return err
	}
	transform, err := extra.transform(s.Seed, data.train.Shape())
	if err != nil {
		return err
	}
	classes := data.test.Classes()
	store := graph.NewStore(graph.Float32, s.Seed)
	store.SetThreads(extra.threads)
	task, err := train.NewClassifier(store, func(sc graph.Scope) nn.Layer {
		return m.build(sc, data.train.Shape(), len(classes))
	}, data.train, data.val, train.ClassifierOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed, Transform: transform})
	if err != nil {
		return err
	}
	defer task.Close()
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return usageError{err}
	}
	if extra.weightDecay > 0 {
		solver.Common().WeightDecay, solver.Common().Decays = extra.weightDecay, solvers.OnlyWeights
	}
	about := saved{Model: s.Model, Data: s.Data, Input: data.train.Shape(), Classes: classes, Normalisation: data.norm}
	loop := &train.Loop{
		Task: task, Solver: solver, Epochs: s.Epochs, Folder: folder,
		Schedule: extra.rates(s.LR, s.Epochs*task.Steps()), ClipNorm: extra.clip, SaveEvery: extra.saveEvery, Version: version(),
	}
	if loop.Model, err = json.Marshal(about); err != nil {
		return err
	}
	meta, resumed, err := loop.Resume()
	if err != nil {
		return errors.Wrapf(err, "resume %s", folder.Path())
	}
	if now := train.ThisMachine(store.Threads(), version()); resumed && (meta.Machine.Kernels != now.Kernels || meta.Machine.Threads != now.Threads) {
		fmt.Fprintf(a.err, "hocsau: warning: the run was made with %s kernels on %d threads, now %s on %d: its last bits will differ\n",
			meta.Machine.Kernels, meta.Machine.Threads, now.Kernels, now.Threads)
	}
	if resumed && loop.Progress().Done {
		was := saved{}
		if err := json.Unmarshal(meta.Model, &was); err != nil {
			return errors.Wrapf(err, "resume %s: what the checkpoint says of the model", folder.Path())
		}
		if was.Test != nil {
			return a.already(folder, was, loop.Progress())
		}
	}
	y, err := s.yaml()
	if err != nil {
		return err
	}
	if err := folder.SetConfig(y); err != nil {
		return err
	}
	a.saved = fmt.Sprintf("%s train %s --out %s --resume", self(), s.Model, shellWord(folder.Path()))
	begin := time.Now()
	if !a.json {
		a.announce(s, data, store, loop)
	}
	bar := a.progress(loop)
	for loop.Next(ctx) {
		if err := a.epochDone(bar, loop); err != nil {
			return err
		}
	}
	bar.clear()
	if err := loop.Err(); err != nil {
		return err
	}
	if err := drawCurves(filepath.Join(folder.Path(), "curves.png"), loop.Progress().History); err != nil {
		return err
	}
	return a.trained(folder, loop, data, about, time.Since(begin))
}

// announce says what is about to be trained.
func (a *app) announce(s settings, data *parts, store *graph.Store, loop *train.Loop) {
	if err := train.Build(loop.Task); err != nil {
		return // the first step reports it
	}
	n := 0
	for _, p := range store.Params() {
		if !p.IsBuffer() {
			n += p.Len()
		}
	}
	val := 0
	if data.val != nil {
		val = data.val.Len()
	}
	fmt.Fprintf(a.out, "%s: %s parameters; %s: %s examples to train on, %s to validate, %s to test; %s, learning rate %g, batch %d\n",
		s.Model, thousands(n), s.Data, thousands(data.train.Len()), thousands(val), thousands(data.test.Len()), s.Solver, s.LR, s.Batch)
	if p := loop.Progress(); p.Step > 0 && !p.Done {
		fmt.Fprintf(a.out, "going on in epoch %d at batch %d\n", p.Epoch+1, p.Batch+1)
	}
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
