package look

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/plot"
)

// Summary returns the command that shows a model layer by layer.
func Summary(a *run.App) *cobra.Command {
	var memory bool
	var batch int
	var dot, svg string
	c := &cobra.Command{
		Use:     "summary MODEL|FILE.onnx",
		Short:   "Show a model layer by layer",
		GroupID: run.GroupLook,
		Long: `summary shows a model layer by layer: the shape of its result, the rows and columns
of the picture that one element sees (the receptive field), trained numbers,
multiply-adds.`,
		Example: "  hocsau summary lenet\n  hocsau summary resnet20 --svg resnet20.svg\n  hocsau summary lenet --memory --batch 64",
		Args:    run.Takes(1, 1, "the name of a model, which hocsau models lists, or an ONNX file"),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := a.Shown(args[0])
			if err != nil {
				return err
			}
			if batch < 1 {
				return run.Usagef("--batch %d: expected at least 1", batch)
			}
			if dot != "" || svg != "" {
				return draw(a, args[0], m, batch, dot, svg)
			}
			if memory {
				return showMemory(a, args[0], m, batch)
			}
			return summary(a, args[0], m, batch)
		},
	}
	c.Flags().BoolVar(&memory, "memory", false, "show what a training step needs")
	c.Flags().IntVar(&batch, "batch", 1, "examples a step")
	c.Flags().StringVar(&dot, "dot", "", "write the layers as a graph for Graphviz into this file, - for the output")
	c.Flags().StringVar(&svg, "svg", "", "draw the layers into this SVG file, - for the output")
	return c
}

func summary(a *run.App, name string, m run.Model, batch int) error {
	store := graph.NewStore(graph.Float32, 1)
	if !run.IsONNX(name) {
		store.Sketch()
	}
	g := graph.New(store, graph.Eval)
	built := m.Build(g, batch)
	if err := g.Err(); err != nil {
		return err
	}
	table := g.Summary(built.Outputs()...)
	if a.JSON {
		var rows []map[string]any
		for _, l := range table.Layers {
			rows = append(rows, row(l))
		}
		return a.PrintJSON(map[string]any{"model": name, "input": built.Inputs[0].Shape(), "layers": rows, "parameters": table.Parameters(), "macs": table.MACs()})
	}
	_, err := fmt.Fprint(a.Out, table)
	return err
}

// row is a layer in JSON.
func row(l graph.Layer) map[string]any {
	r := map[string]any{
		"layer": l.Name, "operation": l.Operation, "output": l.Output, "inputs": l.Inputs,
		"parameters": l.Parameters, "macs": l.MACs,
	}
	if l.Field[0] > 0 {
		r["receptive_field"] = l.Field
	}
	if l.Kernel[0] > 0 {
		r["kernel"], r["stride"] = l.Kernel, l.Stride
		r["padding"] = [][2]int{{l.PadStart[0], l.PadEnd[0]}, {l.PadStart[1], l.PadEnd[1]}} // of rows, of columns
	}
	return r
}

// field is the receptive field of a layer; nothing behind another input than a
// picture.
func field(l graph.Layer) string {
	if l.Field[0] == 0 {
		return ""
	}
	return fmt.Sprintf("%d×%d", l.Field[0], l.Field[1])
}

// draw writes the layers as a picture.
func draw(a *run.App, name string, m run.Model, batch int, dot, svg string) error {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	built := m.Build(g, batch)
	if err := g.Err(); err != nil {
		return err
	}
	var blocks []plot.Block
	for _, l := range g.Layers(built.Outputs()...) {
		detail := shapeText(l.Output)
		if l.Field[0] > 0 {
			detail += ", sees " + field(l)
		}
		if l.Parameters > 0 {
			detail += ", " + run.Thousands(l.Parameters) + " parameters"
		}
		blocks = append(blocks, plot.Block{Title: strings.TrimSpace(l.String() + " " + l.Name), Detail: detail, Inputs: l.Inputs})
	}
	input := shapeText(built.Inputs[0].Shape())
	for _, file := range []struct {
		path  string
		write func(w io.Writer, name, input string, blocks []plot.Block) error
	}{{dot, plot.WriteDOT}, {svg, plot.WriteSVG}} {
		if file.path == "" {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b, name, input, blocks); err != nil {
			return err
		}
		if file.path == "-" {
			if _, err := a.Out.Write(b.Bytes()); err != nil {
				return err
			}
			continue
		}
		if err := atomicfile.WriteBytes(file.path, b.Bytes()); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%d layers of %s written to %s\n", len(blocks), name, file.path)
	}
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
