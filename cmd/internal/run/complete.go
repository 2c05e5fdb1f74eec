package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
)

// Complete gives c and the commands below it what a shell completes: models, runs,
// data sets, solvers, and keys of --set with their values. What is a file is left to
// the shell.
func (a *App) Complete(c *cobra.Command) {
	for _, sub := range c.Commands() {
		a.Complete(sub)
	}
	if words := strings.Fields(c.Use); c.ValidArgsFunction == nil && len(words) > 1 {
		isRun, isModel := strings.Contains(words[1], "RUN"), strings.Contains(words[1], "MODEL")
		if isRun || isModel {
			c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				if len(args) > 0 {
					return nil, cobra.ShellCompDirectiveDefault
				}
				var names []string
				if isRun {
					names = append(runsHere(), "last")
				}
				if isModel {
					names = append(names, slices.Sorted(slices.Values(Keys(a.Models())))...)
				}
				return names, cobra.ShellCompDirectiveDefault
			}
		}
	}
	for name, complete := range map[string]func(args []string, begun string) []string{
		"data":    func(args []string, _ string) []string { return a.setsOf(args) },
		"solver":  func([]string, string) []string { return solvers.Names() },
		"set":     a.completeSet,
		"weights": func([]string, string) []string { return runsHere() },
	} {
		if c.LocalNonPersistentFlags().Lookup(name) == nil {
			continue
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		switch name {
		case "weights":
			directive = cobra.ShellCompDirectiveDefault
		case "set":
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		// A flag that has its own completions keeps them.
		_ = c.RegisterFlagCompletionFunc(name, func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			return complete(args, begun), directive
		})
	}
}

// runsHere returns the runs in runs/ that have a checkpoint.
func runsHere() []string {
	entries, err := os.ReadDir(runsDir)
	if err != nil {
		return nil
	}
	var runs []string
	for _, e := range entries {
		path := filepath.Join(runsDir, e.Name())
		if _, err := train.CheckpointDir(path); err == nil {
			runs = append(runs, path)
		}
	}
	return runs
}

// setsOf returns the data sets of the model that args begin with, else those of all
// models.
func (a *App) setsOf(args []string) []string {
	all := a.Models()
	if len(args) > 0 {
		if m, ok := all[args[0]]; ok {
			return m.Data
		}
	}
	var sets []string
	for _, m := range all {
		sets = append(sets, m.Data...)
	}
	slices.Sort(sets)
	return slices.Compact(sets)
}

// completeSet returns keys of --set for the model that args begin with, or the values
// of the key that is begun. Keys behind a comma follow what is there.
func (a *App) completeSet(args []string, begun string) []string {
	before := ""
	if i := strings.LastIndexByte(begun, ','); i >= 0 {
		before, begun = begun[:i+1], begun[i+1:]
	}
	var list []string
	if key, _, ok := strings.Cut(begun, "="); ok {
		if key == "schedule" {
			for _, s := range schedules() {
				list = append(list, before+key+"="+s)
			}
		}
		return list
	}
	keys := Keys(CommonKeys())
	if len(args) > 0 {
		if m, ok := a.Models()[args[0]]; ok {
			keys = append(commonTo(m), Keys(m.Keys)...)
		}
	}
	slices.Sort(keys)
	for _, k := range slices.Compact(keys) {
		list = append(list, before+k+"=")
	}
	return list
}
