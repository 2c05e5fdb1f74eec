package look

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
)

// Summary returns the command that shows a model layer by layer.
func Summary(a *run.App) *cobra.Command {
	var memory bool
	var batch int
	c := &cobra.Command{
		Use:     "summary MODEL",
		Short:   "Show a model layer by layer",
		GroupID: run.GroupLook,
		Example: "  hocsau summary lenet\n  hocsau summary lenet --memory --batch 64",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := a.Model(args[0])
			if err != nil {
				return err
			}
			if batch < 1 {
				return run.Usagef("--batch %d: expected at least 1", batch)
			}
			if memory {
				return showMemory(a, args[0], m, batch)
			}
			return summary(a, args[0], m, batch)
		},
	}
	c.Flags().BoolVar(&memory, "memory", false, "show what a training step needs")
	c.Flags().IntVar(&batch, "batch", 1, "examples a step")
	return c
}

func summary(a *run.App, name string, m run.Model, batch int) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	built := m.Build(g, batch)
	if err := g.Err(); err != nil {
		return err
	}
	layers := g.Layers(built.Output)
	params, macs := 0, 0
	for _, l := range layers {
		params, macs = params+l.Parameters, macs+l.MACs
	}
	if a.JSON {
		var rows []map[string]any
		for _, l := range layers {
			rows = append(rows, map[string]any{"layer": l.Name, "operation": l.Operation, "output": l.Output, "parameters": l.Parameters, "macs": l.MACs})
		}
		return a.PrintJSON(map[string]any{"model": name, "input": built.Inputs[0].Shape(), "layers": rows, "parameters": params, "macs": macs})
	}
	fmt.Fprintf(a.Out, "%-12s %-14s %-18s %12s %14s\n", "layer", "operation", "output", "parameters", "multiply-adds")
	for _, x := range built.Inputs {
		fmt.Fprintf(a.Out, "%-12s %-14s %s\n", "", "input", shapeText(x.Shape()))
	}
	for _, l := range layers {
		fmt.Fprintf(a.Out, "%-12s %-14s %-18s %12s %14s\n", l.Name, l.Operation, shapeText(l.Output), run.Thousands(l.Parameters), run.Thousands(l.MACs))
	}
	fmt.Fprintf(a.Out, "%-12s %-14s %-18s %12s %14s\n", "total", "", "", run.Thousands(params), run.Thousands(macs))
	return nil
}

func shapeText(s []int) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// showMemory shows what a training step of the model needs.
func showMemory(a *run.App, name string, m run.Model, batch int) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	prog, err := g.Compile(m.Build(g, batch).Loss)
	if err != nil {
		return err
	}
	use := prog.Memory()
	if a.JSON {
		return a.PrintJSON(map[string]any{
			"model": name, "batch": batch, "parameters": use.Parameters, "gradients": use.Gradients,
			"kept": use.Kept, "arena": use.Arena, "bound": use.Bound, "allocating": use.Allocating,
		})
	}
	for _, row := range []struct {
		what  string
		bytes int
	}{
		{"parameters", use.Parameters},
		{"gradients", use.Gradients},
		{"inputs and results", use.Kept},
		{"intermediate values", use.Arena},
		{"  alive at once at most", use.Bound},
	} {
		fmt.Fprintf(a.Out, "%-24s %12s bytes\n", row.what, run.Thousands(row.bytes))
	}
	if len(use.Allocating) == 0 {
		fmt.Fprintln(a.Out, "a step allocates nothing")
	} else {
		fmt.Fprintf(a.Out, "operations that allocate in each step: %s\n", strings.Join(use.Allocating, ", "))
	}
	return nil
}
