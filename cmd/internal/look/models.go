package look

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
)

// Models returns the command that lists the models.
func Models(a *run.App) *cobra.Command {
	return &cobra.Command{
		Use:     "models [GLOB]",
		Short:   "List the models and the data they train on",
		GroupID: run.GroupLearn,
		Example: "  hocsau models\n  hocsau models 'lenet*'",
		Args:    run.Takes(0, 1, "at most one pattern"),
		RunE: func(c *cobra.Command, args []string) error {
			glob := "*"
			if len(args) == 1 {
				glob = args[0]
			}
			return list(a, glob)
		},
	}
}

func list(a *run.App, glob string) error {
	all := a.Models()
	names := run.Keys(all)
	sort.Strings(names)
	width := 0 // of what the models are about
	for _, m := range all {
		width = max(width, utf8.RuneCountInString(m.About))
	}
	shown := 0
	for _, name := range names {
		ok, err := path.Match(glob, name)
		if err != nil {
			return run.Usagef("models %q: a malformed pattern", glob)
		}
		if !ok {
			continue
		}
		shown++
		m := all[name]
		n, err := parameters(m)
		if err != nil {
			return err
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"model": name, "about": m.About, "section": m.Section, "data": m.Data, "parameters": n})
		} else {
			line := fmt.Sprintf("%-18s %-*s %11s parameters  §%s  data: %s", name, width, m.About, run.Thousands(n), m.Section, strings.Join(m.Data, ", "))
			_, err = fmt.Fprintln(a.Out, shortened(line, a.Terminal()))
		}
		if err != nil {
			return err
		}
	}
	if shown == 1 && !a.JSON {
		for _, name := range names {
			if ok, _ := path.Match(glob, name); ok {
				if err := describe(a, name, all[name]); err != nil {
					return err
				}
			}
		}
	}
	if shown == 0 {
		return run.Unknown("model", glob, names)
	}
	return nil
}

// shortened cuts a line to the columns of a terminal; 0 is none.
func shortened(line string, columns int) string {
	runes := []rune(line)
	if columns < 2 || len(runes) < columns {
		return line
	}
	return string(runes[:columns-2]) + "…"
}

// parameters returns the number of trained numbers in the model's usual form.
func parameters(m run.Model) (int, error) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	g := graph.New(store, graph.Eval)
	m.Build(g, 1)
	return run.Parameters(store), g.Err()
}

// describe prints how a model is trained, and what --set knows for it.
func describe(a *run.App, name string, m run.Model) error {
	for _, d := range m.Data {
		r := m.RecipeFor(d)
		if _, err := fmt.Fprintf(a.Out, "  on %-15s %d epochs, batch %d, %s, learning rate %g", d, r.Epochs, r.Batch, r.Solver, r.Rate); err != nil {
			return err
		}
		for _, k := range slices.Sorted(maps.Keys(r.Set)) {
			fmt.Fprintf(a.Out, ", %s=%s", k, r.Set[k])
		}
		fmt.Fprintln(a.Out)
	}
	keys := m.Keys
	if m.Train == nil {
		keys = maps.Clone(run.CommonKeys())
		maps.Copy(keys, m.Keys)
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		fmt.Fprintf(a.Out, "  --set %s=…: %s\n", k, keys[k])
	}
	_, err := fmt.Fprintf(a.Out, "%s train %s\n", run.Self(), name)
	return err
}
