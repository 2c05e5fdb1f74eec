package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/plot"
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
		Args: oneArg("the name of a model; hocsau models lists them"),
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

// oneArg expects one argument, and says what it is.
func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s: %d arguments, expected %s", c.CommandPath(), len(args), what)
		}
		return nil
	}
}

func (a *app) train(c *cobra.Command, name string, given settings, f trainFlags) error {
	m, err := lookUp(name)
	if err != nil {
		return err
	}
	if f.resume && f.out == "" {
		return usagef("--resume: expected the run's folder in --out")
	}
	if f.out == "" {
		f.out = nextRun(name)
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
	folder, err := train.OpenFolder(f.out)
	if err != nil {
		return err
	}
	defer folder.Close()
	if s, err = a.reconcile(folder, name, m, s, given, c, f); err != nil {
		return err
	}
	return a.trainIn(c.Context(), folder, m, s, f)
}

// reconcile returns the settings of the run in the folder: those saved there
// where it is resumed, which the given ones must not contradict.
func (a *app) reconcile(folder *train.Folder, name string, m model, s, given settings, c *cobra.Command, f trainFlags) (settings, error) {
	b, err := folder.Config()
	if err != nil {
		return s, err
	}
	if b == nil {
		y, err := s.yaml()
		if err != nil {
			return s, err
		}
		return s, folder.SetConfig(y)
	}
	if !f.resume {
		return s, errors.Errorf("%s holds a run already: --resume goes on with it, another --out starts a new one", f.out)
	}
	was, err := parseSettings(b, defaults(name, m))
	if err != nil {
		return s, errors.Wrapf(err, "resume %s", f.out)
	}
	now := was
	now.Set = nil
	for k, v := range was.Set {
		if now.Set == nil {
			now.Set = map[string]string{}
		}
		now.Set[k] = v
	}
	if f.config != "" {
		now = s
	}
	now.Model = name
	now.overlay(given, c)
	if d := was.differences(now); len(d) > 0 {
		return s, errors.Errorf("resume %s with other settings: %s", f.out, strings.Join(d, "; "))
	}
	return now, nil
}

// trainIn trains in the folder and reports.
func (a *app) trainIn(ctx context.Context, folder *train.Folder, m model, s settings, f trainFlags) error {
	extra, err := s.extras()
	if err != nil {
		return err
	}
	data, err := openParts(ctx, s, f.offline, a.err)
	if err != nil {
		return err
	}
	classes := data.test.Classes()
	store := graph.NewStore(graph.Float32, s.Seed)
	store.SetThreads(extra.threads)
	task, err := train.NewClassifier(store, func(sc graph.Scope) nn.Layer {
		return m.build(sc, data.train.Shape(), len(classes))
	}, data.train, data.val, train.ClassifierOpts{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed})
	if err != nil {
		return err
	}
	defer task.Close()
	solver, err := solvers.New(s.Solver, s.LR)
	if err != nil {
		return usageError{err}
	}
	about := saved{Model: s.Model, Data: s.Data, Input: data.train.Shape(), Classes: classes, Normalisation: data.norm}
	loop := &train.Loop{
		Task: task, Solver: solver, Epochs: s.Epochs, Folder: folder,
		ClipNorm: extra.clip, SaveEvery: extra.saveEvery, Version: version(),
	}
	if loop.Model, err = json.Marshal(about); err != nil {
		return err
	}
	machine, resumed, err := loop.Resume()
	if err != nil {
		return errors.Wrapf(err, "resume %s", folder.Path())
	}
	if now := train.ThisMachine(store.Threads(), version()); resumed && (machine.Kernels != now.Kernels || machine.Threads != now.Threads) {
		fmt.Fprintf(a.err, "hocsau: warning: the run was made with %s kernels on %d threads, now %s on %d: its last bits will differ\n",
			machine.Kernels, machine.Threads, now.Kernels, now.Threads)
	}
	if resumed && loop.Progress().Done {
		return a.already(folder, loop)
	}
	a.saved = fmt.Sprintf("%s train %s --out %s --resume", self(), s.Model, folder.Path())
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
	bar.stop()
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
	if p := loop.Progress(); p.Step > 0 {
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

// already reports a run that is finished.
func (a *app) already(folder *train.Folder, loop *train.Loop) error {
	if a.json {
		return a.printJSON(map[string]any{"event": "done", "run": folder.Path(), "epochs": loop.Progress().Epoch, "already": true})
	}
	fmt.Fprintf(a.out, "%s is finished: %d epochs. Look at it with\n%s eval %s\n", folder.Path(), loop.Progress().Epoch, self(), folder.Path())
	return nil
}

func (a *app) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", b)
	return err
}

// bar shows an epoch's progress on a terminal.
type bar struct {
	*progressbar.ProgressBar
	epoch int
	drawn time.Time
}

func (b *bar) stop() {
	if b.ProgressBar != nil {
		_ = b.Clear()
	}
}

func (a *app) progress(loop *train.Loop) *bar {
	b := &bar{}
	if a.json || a.terminal() == 0 {
		return b
	}
	loop.OnStep = func(s train.Step) {
		if b.ProgressBar == nil || b.epoch != s.Epoch {
			b.stop()
			b.epoch = s.Epoch
			b.ProgressBar = progressbar.NewOptions(s.Batches,
				progressbar.OptionSetWriter(a.out), progressbar.OptionSetWidth(max(10, min(30, a.terminal()-75))),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
				progressbar.OptionClearOnFinish(),
				progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "", BarEnd: ""}))
		}
		if time.Since(b.drawn) < 100*time.Millisecond && s.Batch < s.Batches {
			return
		}
		b.drawn = time.Now()
		b.Describe(fmt.Sprintf("epoch %d/%d  loss %.4f  %s/s  %s left", s.Epoch, s.Epochs, s.Loss, thousands(int(s.SamplesPerS)), s.Left.Round(time.Second)))
		_ = b.Set(s.Batch)
	}
	return b
}

// epochDone prints the line of an epoch.
func (a *app) epochDone(b *bar, loop *train.Loop) error {
	b.stop()
	b.ProgressBar = nil
	e := loop.Epoch()
	if a.json {
		line, err := e.Line()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s\n", line)
		return err
	}
	line := fmt.Sprintf("epoch %*d/%d  train_loss %.4f", len(fmt.Sprint(loop.Epochs)), e.Epoch, loop.Epochs, e.TrainLoss)
	for _, m := range e.Validation {
		line += fmt.Sprintf("  %s %.4f", m.Name, m.Value)
	}
	if loop.Progress().BestEpoch == e.Epoch {
		line += "  best"
	}
	_, err := fmt.Fprintf(a.out, "%s  %s/s\n", line, thousands(int(e.SamplesPerS)))
	return err
}

// drawCurves draws the losses, and beside them the other metrics, by epoch.
func drawCurves(path string, history []train.Epoch) error {
	loss := plot.Panel{Title: "loss", XLabel: "epoch", Series: []plot.Series{{Name: "train_loss"}}}
	other := plot.Panel{Title: "validation", XLabel: "epoch"}
	for _, e := range history {
		loss.Series[0].Y = append(loss.Series[0].Y, e.TrainLoss)
		for _, m := range e.Validation {
			to := &other
			if strings.HasSuffix(m.Name, "loss") {
				to = &loss
			}
			i := slices.IndexFunc(to.Series, func(s plot.Series) bool { return s.Name == m.Name })
			if i < 0 {
				i = len(to.Series)
				to.Series = append(to.Series, plot.Series{Name: m.Name})
			}
			to.Series[i].Y = append(to.Series[i].Y, m.Value)
		}
	}
	panels := []plot.Panel{loss}
	if len(other.Series) > 0 {
		panels = append(panels, other)
	}
	img, err := plot.Curves(panels...)
	if err != nil {
		return err
	}
	return plot.WritePNG(path, img)
}

// trained evaluates the finished run on the test part and reports.
func (a *app) trained(folder *train.Folder, loop *train.Loop, data *parts, about saved, took time.Duration) error {
	t, err := openRun(folder.Path())
	if err != nil {
		return err
	}
	e, err := t.task.Evaluate(data.test)
	if err != nil {
		return err
	}
	limit := familiar(e)
	about.Familiar = &limit
	b, err := json.Marshal(about)
	if err != nil {
		return err
	}
	if err := folder.Describe(b); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{
			"event": "done", "run": folder.Path(), "test_accuracy": e.Accuracy, "test_loss": e.Loss,
			"epochs": loop.Progress().Epoch, "best_epoch": loop.Progress().BestEpoch, "seconds": took.Seconds(),
		})
	}
	if err := a.showGuesses(data, t, e); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "test_accuracy %.4f on %s examples, %s, saved in %s\n", e.Accuracy, thousands(len(e.Labels)), took.Round(100*time.Millisecond), folder.Path())
	fmt.Fprintf(a.out, "Look at its mistakes with\n%s eval %s --plot\n", self(), folder.Path())
	return nil
}

// familiar returns the largest logit that all but one in a hundred examples
// exceed.
func familiar(e *train.Evaluation) float64 {
	classes := len(e.Logits) / len(e.Labels)
	var tops []float64
	for i := range e.Labels {
		tops = append(tops, float64(slices.Max(e.Logits[i*classes:(i+1)*classes])))
	}
	slices.Sort(tops)
	return tops[len(tops)/100]
}

// showGuesses shows ten test pictures with the model's guesses.
func (a *app) showGuesses(data *parts, t *trained, e *train.Evaluation) error {
	shape := data.plain.Shape()
	if len(shape) != 3 || shape[0] != 1 || shape[1] > 32 {
		return nil
	}
	n := min(10, data.plain.Len())
	images := make([]float32, n*size(shape))
	captions := make([]string, n)
	for i := range n {
		if _, err := data.plain.At(i, images[i*size(shape):(i+1)*size(shape)]); err != nil {
			return err
		}
		captions[i] = t.Classes[e.Guesses[i]] + " ✓"
		if e.Guesses[i] != e.Labels[i] {
			captions[i] = fmt.Sprintf("%s ✗ is %s", t.Classes[e.Guesses[i]], t.Classes[e.Labels[i]])
		}
	}
	return plot.Terminal(a.out, images, [3]int{n, shape[1], shape[2]}, plot.TerminalOpts{
		Captions: captions, Width: a.terminal(), Color: a.terminal() > 0,
	})
}
