package run

import (
	"context"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/solvers/train"
)

// trainFlags are the flags of train that are no settings of the run.
type trainFlags struct {
	out     string
	config  string
	resume  bool
	offline bool
	// was is the number of epochs that the run in out was made for; 0 for a new
	// one.
	was int
	// own are the flags that stand for keys of --set.
	own map[string]string
}

// TrainCommand returns train.
func (a *App) TrainCommand() *cobra.Command {
	var given Settings
	f := trainFlags{own: map[string]string{}}
	c := &cobra.Command{
		Use:     "train MODEL",
		Short:   "Train a model and keep the run in a folder",
		GroupID: GroupTrain,
		Example: `  hocsau train lenet
  hocsau train lenet --data mnist --epochs 5 --out runs/mnist
  hocsau train lenet --out runs/mnist --resume
  hocsau train lenet --out runs/mnist --resume --epochs 20`,
		Args: Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			given.Set = union(given.Set, f.own)
			return a.train(c, args[0], given, f)
		},
	}
	given.flags(c)
	a.setFlags(c, f.own)
	c.Flags().StringVar(&f.out, "out", "", "folder of the run (default runs/MODEL-N)")
	c.Flags().StringVar(&f.config, "config", "", "YAML file with settings; flags count more")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on with the run in --out, or start one; with more --epochs a finished run goes on, too")
	c.Flags().BoolVar(&f.offline, "offline", false, "download nothing")
	return c
}

func (a *App) train(c *cobra.Command, name string, given Settings, f trainFlags) error {
	m, err := a.Model(name)
	if err != nil {
		return err
	}
	if f.resume && f.out == "" {
		return Usagef("--resume: expected the run's folder in --out")
	}
	if given.Set["weights"] == "last" { // another run later
		if given.Set["weights"], err = Resolve("last"); err != nil {
			return err
		}
	}
	s, err := a.Settings(name, given, c)
	if err != nil {
		return err
	}
	if f.config != "" {
		if s, err = readSettings(f.config, s); err != nil {
			return err
		}
		if s.Model != name {
			return Usagef("--config %s is for model %s, not %s", f.config, s.Model, name)
		}
		s.overlay(given, c)
		if err := s.check(m); err != nil {
			return err
		}
	}
	folder, err := openFolder(name, f.out)
	if err != nil {
		return err
	}
	if s, f.was, err = a.reconcile(folder, name, m, s, given, c, f); err == nil {
		err = a.trainIn(c.Context(), folder, m, s, f)
	}
	if closed := folder.Close(); err == nil {
		err = closed
	}
	return err
}

// Train trains by the settings in a folder, or goes on with the run there, or
// leaves a finished one as it is, and returns the run.
func (a *App) Train(ctx context.Context, path string, s Settings) (*Run, error) {
	m, err := a.Model(s.Model)
	if err != nil {
		return nil, err
	}
	if err := s.check(m); err != nil {
		return nil, err
	}
	folder, err := train.OpenFolder(path)
	if err != nil {
		return nil, err
	}
	b, err := folder.Config()
	if err == nil && b != nil {
		var was Settings
		if was, err = savedSettings(b, s.Model, m, m.Data[0]); err == nil {
			if d := was.Differences(s); len(d) > 0 {
				err = errors.Errorf("%s holds a run with other settings: %s", path, strings.Join(d, "; "))
			}
		}
	}
	if err == nil {
		err = a.trainIn(ctx, folder, m, s, trainFlags{resume: true})
	}
	if closed := folder.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	return a.OpenRun(path)
}

// openFolder opens the folder of the run, by default runs/MODEL-N with the next
// free number.
func openFolder(model, out string) (*train.Folder, error) {
	if out != "" {
		return train.OpenFolder(out)
	}
	for {
		path, err := nextRun(model)
		if err != nil {
			return nil, err
		}
		folder, err := train.OpenFolder(path)
		if !errors.Is(err, train.ErrBusy) { // another process was a moment faster
			return folder, err
		}
	}
}

// reconcile returns the settings of the run in the folder: those saved there
// where it is resumed, which the given ones must not contradict but in the number
// of epochs. It returns the number that the run was made for, too.
func (a *App) reconcile(folder *train.Folder, name string, m Model, s, given Settings, c *cobra.Command, f trainFlags) (Settings, int, error) {
	b, err := folder.Config()
	if err != nil {
		return s, 0, err
	}
	if b == nil {
		if folder.Started() {
			return s, 0, errors.Errorf("%s holds a checkpoint but no config.yaml, expected the folder of a run", folder.Path())
		}
		return s, 0, nil
	}
	if !f.resume {
		return s, 0, errors.Errorf("%s holds a run already: --resume goes on with it, with more --epochs also where it is finished; another --out starts a new one", folder.Path())
	}
	was, err := savedSettings(b, name, m, m.Data[0])
	if err != nil {
		return s, 0, errors.Wrapf(err, "resume %s: config.yaml", folder.Path())
	}
	now := was
	if f.config != "" {
		now = s
	}
	now.Model = name
	now.overlay(given, c)
	epochs := was.Epochs
	was.Epochs = now.Epochs
	if d := was.Differences(now); len(d) > 0 {
		return s, 0, errors.Errorf("resume %s with other settings: %s; %s", folder.Path(), strings.Join(d, "; "), otherWays(folder.Path(), m))
	}
	return now, epochs, now.check(m)
}

// otherWays says how a run can go on that cannot be resumed with other settings.
func otherWays(path string, m Model) string {
	ways := "a run goes on with its own settings: --resume, and --epochs N for more epochs; "
	if _, ok := m.Keys["weights"]; !ok {
		return ways + "another --out starts a new one"
	}
	return ways + "another --out with --weights " + ShellWord(path) + " starts a new one from its weights"
}
