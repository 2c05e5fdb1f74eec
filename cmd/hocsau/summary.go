package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
)

func (a *app) summaryCommand() *cobra.Command {
	var memory bool
	var batch int
	c := &cobra.Command{
		Use:     "summary MODEL",
		Short:   "Show a model layer by layer",
		GroupID: groupLook,
		Example: "  hocsau summary lenet\n  hocsau summary lenet --memory --batch 64",
		Args:    takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := lookUp(args[0])
			if err != nil {
				return err
			}
			if batch < 1 {
				return usagef("--batch %d: expected at least 1", batch)
			}
			if memory {
				return a.memory(args[0], m, batch)
			}
			return a.summary(args[0], m, batch)
		},
	}
	c.Flags().BoolVar(&memory, "memory", false, "show what a training step needs")
	c.Flags().IntVar(&batch, "batch", 1, "examples a step")
	return c
}

func (a *app) summary(name string, m model, batch int) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Eval)
	x := g.Input("x", append([]int{batch}, m.input...)...)
	logits := m.build(g.Scope(), m.input, m.classes).Forward(x)
	if err := g.Err(); err != nil {
		return err
	}
	layers := g.Layers(logits)
	params, macs := 0, 0
	for _, l := range layers {
		params, macs = params+l.Parameters, macs+l.MACs
	}
	if a.json {
		var rows []map[string]any
		for _, l := range layers {
			rows = append(rows, map[string]any{"layer": l.Name, "operation": l.Operation, "output": l.Output, "parameters": l.Parameters, "macs": l.MACs})
		}
		return a.printJSON(map[string]any{"model": name, "input": x.Shape(), "layers": rows, "parameters": params, "macs": macs})
	}
	fmt.Fprintf(a.out, "%-12s %-14s %-18s %12s %14s\n", "layer", "operation", "output", "parameters", "multiply-adds")
	fmt.Fprintf(a.out, "%-12s %-14s %s\n", "", "input", shapeText(x.Shape()))
	for _, l := range layers {
		fmt.Fprintf(a.out, "%-12s %-14s %-18s %12s %14s\n", l.Name, l.Operation, shapeText(l.Output), thousands(l.Parameters), thousands(l.MACs))
	}
	fmt.Fprintf(a.out, "%-12s %-14s %-18s %12s %14s\n", "total", "", "", thousands(params), thousands(macs))
	return nil
}

func shapeText(s []int) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// memory shows what a training step of the model needs.
func (a *app) memory(name string, m model, batch int) error {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	x := g.Input("x", append([]int{batch}, m.input...)...)
	y := g.Labels("labels", batch)
	loss := losses.CrossEntropy(m.build(g.Scope(), m.input, m.classes).Forward(x), y, losses.CrossEntropyOpts{})
	prog, err := g.Compile(loss)
	if err != nil {
		return err
	}
	use := prog.Memory()
	if a.json {
		return a.printJSON(map[string]any{
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
		fmt.Fprintf(a.out, "%-24s %12s bytes\n", row.what, thousands(row.bytes))
	}
	if len(use.Allocating) == 0 {
		fmt.Fprintln(a.out, "a step allocates nothing")
	} else {
		fmt.Fprintf(a.out, "operations that allocate in each step: %s\n", strings.Join(use.Allocating, ", "))
	}
	return nil
}
