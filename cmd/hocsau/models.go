package main

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/graph"
)

func (a *app) modelsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "models [GLOB]",
		Short:   "List the models and the data they train on",
		GroupID: groupLearn,
		Example: "  hocsau models\n  hocsau models 'lenet*'",
		Args:    takes(0, 1, "at most one pattern"),
		RunE: func(c *cobra.Command, args []string) error {
			glob := "*"
			if len(args) == 1 {
				glob = args[0]
			}
			return a.models(glob)
		},
	}
}

func (a *app) models(glob string) error {
	all := models()
	names := keys(all)
	sort.Strings(names)
	shown := 0
	for _, name := range names {
		ok, err := path.Match(glob, name)
		if err != nil {
			return usagef("models %q: a malformed pattern", glob)
		}
		if !ok {
			continue
		}
		shown++
		m := all[name]
		n, err := m.parameters()
		if err != nil {
			return err
		}
		if a.json {
			err = a.printJSON(map[string]any{"model": name, "about": m.about, "section": m.section, "data": m.data, "parameters": n})
		} else {
			_, err = fmt.Fprintf(a.out, "%-12s %-50s %10s parameters  §%s  data: %s\n", name, m.about, thousands(n), m.section, strings.Join(m.data, ", "))
		}
		if err != nil {
			return err
		}
	}
	if shown == 0 {
		return unknown("model", glob, names)
	}
	return nil
}

// parameters returns the number of trained numbers in the model's usual form.
func (m model) parameters() (int, error) {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	x := g.Input("x", append([]int{1}, m.input...)...)
	m.build(g.Scope(), m.input, m.classes).Forward(x)
	n := 0
	for _, p := range store.Params() {
		if !p.IsBuffer() {
			n += p.Len()
		}
	}
	return n, g.Err()
}
