package check

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/plot"
)

// initCommand returns check init.
func initCommand(a *run.App) *cobra.Command {
	var out string
	var batch int
	var seed uint64
	c := &cobra.Command{
		Use:   "init MODEL",
		Short: "Show how signals pass a network under different initialisations",
		Long: `init feeds random input of variance 1 to the untrained model and shows, layer by
layer, the standard deviation of the activations and the root mean square of the
gradient of the weights: as the model is initialised, with Xavier's and He's
rules for every weight, and with two naive rules. Signals that die out or blow
up on the way make a network hard to train.`,
		Example: "  hocsau check init vgg16\n  hocsau check init mlp --out init.png",
		Args:    run.Takes(1, 1, "the name of a model; hocsau models lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			if batch < 2 {
				return run.Usagef("--batch %d: expected at least 2", batch)
			}
			return checkInit(c.Context(), a, args[0], batch, seed, run.OrElse(out, args[0]+"-init.png"))
		},
	}
	run.PNGVar(c.Flags(), &out, "out", "", "PNG to draw (default MODEL-init.png)")
	c.Flags().IntVar(&batch, "batch", 16, "examples")
	c.Flags().Uint64Var(&seed, "seed", 1, "decides the weights")
	return c
}

// rule is a way to draw the weights; nil keeps the model's own.
type rule struct {
	name string
	init graph.Init
}

// rules are the ways that are compared.
func rules() []rule {
	return []rule{
		{"the model's", nil},
		{"Xavier", nn.XavierNormal},
		{"He", nn.HeNormal},
		{"normal 0.01", nn.Normal(0, 0.01)},
		{"normal 1", nn.Normal(0, 1)},
	}
}

// signal is what an initialisation does to a model.
type signal struct {
	rule   string
	layers []string
	spread []float64 // standard deviation of each layer's output
	params []string
	grads  []float64 // root mean square of each weight's gradient
}

func checkInit(ctx context.Context, a *run.App, name string, batch int, seed uint64, out string) error {
	m, err := a.Model(name)
	if err != nil {
		return err
	}
	var all []signal
	for _, r := range rules() {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := signals(m, r, batch, seed)
		if err != nil {
			return errors.Wrapf(err, "check init %s, %s", name, r.name)
		}
		all = append(all, s)
	}
	forward := plot.Panel{Title: name + ": activations", XLabel: "layer", YLabel: "standard deviation", LogY: true}
	back := plot.Panel{Title: name + ": gradients of the weights", XLabel: "weight", YLabel: "root mean square", LogY: true}
	for _, s := range all {
		forward.Series = append(forward.Series, plot.Series{Name: s.rule, Y: s.spread})
		back.Series = append(back.Series, plot.Series{Name: s.rule, Y: s.grads})
	}
	img, err := plot.Curves(forward, back)
	if err != nil {
		return err
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if a.JSON {
		for _, s := range all {
			if err := a.PrintJSON(map[string]any{
				"init": s.rule, "layers": s.layers, "activation_std": finite(s.spread), "weights": s.params, "gradient_rms": finite(s.grads),
			}); err != nil {
				return err
			}
		}
		return a.PrintJSON(map[string]any{"event": "done", "model": name, "file": filepath.ToSlash(out)})
	}
	table(a, "layer", all[0].layers, all, func(s signal) []float64 { return s.spread })
	fmt.Fprintln(a.Out)
	table(a, "gradient of", all[0].params, all, func(s signal) []float64 { return s.grads })
	for _, s := range all {
		fmt.Fprintf(a.Out, "%s: %s\n", s.rule, s.verdict())
	}
	_, err = fmt.Fprintf(a.Out, "drawn in %s\n", out)
	return err
}

// finite replaces what JSON cannot say by nil.
func finite(x []float64) []any {
	y := make([]any, len(x))
	for i, v := range x {
		if v-v == 0 {
			y[i] = v
		}
	}
	return y
}

// signals builds the model with its weights drawn by r and runs it once.
func signals(m run.Model, r rule, batch int, seed uint64) (signal, error) {
	s := signal{rule: r.name}
	store := graph.NewStore(graph.Float64, seed)
	g := graph.New(store, graph.Train)
	built := m.Build(g, batch)
	if err := g.Err(); err != nil {
		return s, err
	}
	var nodes []*graph.Node
	for _, l := range g.Layers(built.Outputs()...) {
		if l.Parameters == 0 {
			continue
		}
		nodes = append(nodes, l.Node)
		s.layers = append(s.layers, l.Name+" "+l.Operation)
	}
	prog, err := g.Compile(built.Loss, nodes...)
	if err != nil {
		return s, err
	}
	if r.init != nil {
		if err := nn.Redraw(store, r.init); err != nil {
			return s, err
		}
	}
	if err := prog.Run(built.Feed(rand.New(rand.NewPCG(seed, 2)))...); err != nil {
		return s, err
	}
	for i := range nodes {
		s.spread = append(s.spread, deviation(prog.Values(prog.Fetched(i))))
	}
	grads := map[string][]float64{}
	for _, v := range prog.Gradients() {
		if n, ok := v.(interface{ Name() string }); ok {
			d, err := v.Grad()
			if err != nil {
				return s, err
			}
			if x, ok := d.Data().([]float64); ok {
				grads[n.Name()] = x
			}
		}
	}
	for _, p := range store.Params() {
		if x, ok := grads[p.Name()]; ok && len(p.Shape()) > 1 {
			s.params = append(s.params, p.Name())
			s.grads = append(s.grads, rms(x))
		}
	}
	return s, nil
}

func deviation(x []float64) float64 {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)))
}

func rms(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

func table(a *run.App, head string, rows []string, all []signal, of func(signal) []float64) {
	width := len(head)
	for _, r := range rows {
		width = max(width, len([]rune(r)))
	}
	fmt.Fprintf(a.Out, "%-*s", width, head)
	for _, s := range all {
		fmt.Fprintf(a.Out, " %12s", s.rule)
	}
	fmt.Fprintln(a.Out)
	for i, r := range rows {
		fmt.Fprintf(a.Out, "%-*s", width, r)
		for _, s := range all {
			fmt.Fprintf(a.Out, " %12.3g", of(s)[i])
		}
		fmt.Fprintln(a.Out)
	}
}

// verdict says whether signals die out or blow up on the way through.
func (s signal) verdict() string {
	lo, hi := math.Inf(1), 0.0
	for _, v := range s.spread {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	switch {
	case !(hi < 1e4):
		return fmt.Sprintf("activations blow up (to %.1g)", hi)
	case lo < 1e-4:
		return fmt.Sprintf("activations die out (to %.1g)", lo)
	}
	return fmt.Sprintf("activations stay between %.2g and %.2g", lo, hi)
}
