package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/internal/nearest"
)

// Unknown is the error for a name that is not among the known ones.
func Unknown(what, given string, names []string) error {
	sorted := Listed(slices.Sorted(slices.Values(names)))
	if n := nearest.Name(given, names); n != "" {
		return Usagef("unknown %s %q: did you mean %q? Known are %s", what, given, n, sorted)
	}
	return Usagef("unknown %s %q: expected one of %s", what, given, sorted)
}

// mostListed is how many names a message has.
const mostListed = 10

// Listed returns the first names, and how many more there are. One more is named.
func Listed(names []string) string {
	if more := len(names) - mostListed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// others are the names that other programs have for flags of this one, and for
// keys of --set, which are behind an =.
func others() map[string]string {
	return map[string]string{
		"optimizer": "solver", "optimiser": "solver", "optim": "solver", "opt": "solver",
		"batch-size": "batch", "batchsize": "batch", "bs": "batch", "minibatch": "batch", "mini-batch": "batch", "train-batch-size": "batch",
		"learning-rate": "lr", "learningrate": "lr", "rate": "lr", "lr0": "lr", "eta": "lr",
		"epoch": "epochs", "num-epochs": "epochs", "n-epochs": "epochs", "nepochs": "epochs", "max-epochs": "epochs", "iter": "epochs", "niter": "epochs",
		"output": "out", "output-dir": "out", "out-dir": "out", "save-dir": "out", "logdir": "out", "log-dir": "out", "project": "out", "name": "out", "run": "out", "save": "out",
		"dataset": "data", "data-set": "data", "data-path": "data-dir", "dataset-dir": "data-dir", "root": "data-dir", "dir": "data-dir", "folder": "data-dir", "source": "data-dir",
		"validation-split": "val", "val-split": "val", "valid": "val", "val-size": "val", "validation": "val",
		"pretrained": "weights", "checkpoint": "weights", "ckpt": "weights", "load": "weights", "model-path": "weights", "init-from": "weights",
		"continue": "resume", "random-state": "seed", "random-seed": "seed", "manual-seed": "seed", "rng": "seed",
		"conf": "score", "conf-thres": "score", "confidence": "score", "thresh": "score", "iou-thres": "iou", "nms": "iou",
		"labels": "classes", "class-names": "classes", "topk": "top", "top-k": "top", "k": "top", "beam-size": "beam", "num-beams": "beam",
		"workers": "=threads", "num-workers": "=threads", "num-threads": "=threads", "jobs": "=threads", "cpu": "=threads",
		"wd": "=weight_decay", "decay": "=weight_decay", "scheduler": "=schedule", "lr-scheduler": "=schedule", "early-stopping": "=patience",
		"clip-norm": "=clip", "grad-clip": "=clip", "max-grad-norm": "=clip", "gradient-clip-val": "=clip", "augmentation": "=augment",
		"imgsz": "=size", "img-size": "=size", "image-size": "=size", "input-size": "=size", "ema": "=average", "embedding-dim": "=dim", "vector-size": "=dim",
	}
}

// otherName returns what a flag of another program is called here, as it is typed;
// "" where it is not known, or the command has nothing like it.
func (a *App) otherName(given string, names []string) string {
	given = strings.ToLower(strings.ReplaceAll(given, "_", "-"))
	name := others()[given]
	if name == "" {
		name = given
		if !slices.Contains(names, name) {
			name = "=" + strings.ReplaceAll(given, "-", "_")
		}
	}
	key, isKey := strings.CutPrefix(name, "=")
	switch {
	case !isKey && slices.Contains(names, name):
		return "--" + name
	case isKey && slices.Contains(names, "set") && a.knowsKey(key):
		return "--set " + key + "=…"
	}
	return ""
}

// knowsKey reports whether --set has the key for some model.
func (a *App) knowsKey(key string) bool {
	if _, ok := CommonKeys()[key]; ok {
		return true
	}
	for _, m := range a.Models() {
		if _, ok := m.Keys[key]; ok {
			return true
		}
	}
	return false
}

// SuggestFlag adds the name that was probably meant to cobra's error for an
// unknown flag.
func (a *App) SuggestFlag(c *cobra.Command, err error) error {
	given, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		if _, short, ok := strings.Cut(err.Error(), " in -"); ok && strings.HasPrefix(err.Error(), "unknown shorthand flag") {
			return errors.Errorf("unknown flag -%s: flags have two dashes; %s --help lists them", short, c.CommandPath())
		}
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if n := a.otherName(given, names); n != "" {
		return errors.Errorf("unknown flag --%s: did you mean %s?", given, n)
	}
	switch strings.ToLower(given) {
	case "device", "gpu", "gpus", "cuda", "accelerator":
		return errors.Errorf("unknown flag --%s: %s computes on the CPU; --set threads=N of train says on how many threads", given, c.CommandPath())
	}
	if n := nearest.Name(given, names); n != "" {
		return errors.Errorf("unknown flag --%s: did you mean --%s?", given, n)
	}
	return errors.Errorf("unknown flag --%s; %s --help lists the flags", given, c.CommandPath())
}

// SuggestCommand adds the nearest name to cobra's error for an unknown command.
func SuggestCommand(root *cobra.Command, err error) error {
	rest, ok := strings.CutPrefix(err.Error(), "unknown command ")
	if !ok {
		return err
	}
	quoted, _ := strconv.QuotedPrefix(rest)
	given, bad := strconv.Unquote(quoted)
	if bad != nil {
		return err
	}
	return Unknown("command", given, commands(root))
}

// commands returns the names of the commands below c.
func commands(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			names = append(names, sub.Name())
		}
	}
	return names
}

// OnlyBelow makes c, which only has commands below it, refuse other words.
func OnlyBelow(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.DisableFlagsInUseLine = true
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return Unknown("command", c.Name()+" "+args[0], prefixed(c.Name()+" ", commands(c)))
	}
	return c
}

func prefixed(prefix string, names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = prefix + n
	}
	return list
}

// HelpCommand is cobra's, but for an unknown command it returns an error.
func HelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Help about a command",
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 && of.HasSubCommands() {
				return of.RunE(of, rest)
			}
			return of.Help()
		},
	}
}
