package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// Export returns the command that writes a model as an ONNX file.
func Export(a *run.App) *cobra.Command {
	var weights string
	var batch int
	c := &cobra.Command{
		Use:     "export RUN|MODEL FILE.onnx",
		Short:   "Write a model as an ONNX file",
		GroupID: run.GroupUse,
		Long: `export writes the network of a run, or a model with the weights of a file, as it is
in evaluation: opset 17, parameters under PyTorch's names, recurrent layers as ONNX's
own, the batch size left free. The file's metadata has the model's name and, of a
run, its card: classes and how pictures are prepared.`,
		Example: "  hocsau export runs/lenet-1 lenet.onnx\n  hocsau export resnet18 resnet18.onnx --weights resnet18.pth --batch 1",
		Args:    run.Takes(2, 2, "a run (or last) or a model, and the file to write"),
		RunE: func(c *cobra.Command, args []string) error {
			if !run.IsONNX(args[1]) {
				return run.Usagef("%s: expected a name that ends in .onnx", args[1])
			}
			if c.Flags().Changed("batch") && batch < 1 {
				return run.Usagef("--batch %d: expected at least 1", batch)
			}
			return export(a, args[0], args[1], weights, batch)
		},
	}
	c.Flags().StringVar(&weights, "weights", "", "file with the weights")
	c.Flags().IntVar(&batch, "batch", 0, "batch size (default: free)")
	return c
}

// source is a network to write.
type source struct {
	name    string
	network onnx.Network
	card    *card.Card
	store   *graph.Store
}

func export(a *run.App, name, path, weights string, batch int) error {
	s, err := sourceOf(a, name, weights)
	if err != nil {
		return err
	}
	meta := map[string]string{"hocsau.model": s.name}
	if s.card != nil {
		c := s.card.Clone()
		c.Network = nil // the file has it
		b, err := json.Marshal(c)
		if err != nil {
			return errors.WithStack(err)
		}
		meta[catalog.MetadataCard] = string(b)
	}
	write := func(w io.Writer) error {
		return onnx.Write(w, s.network, onnx.WriteOpts{Name: s.name, Batch: batch, Metadata: meta})
	}
	err = atomicfile.Write(path, write)
	fixed := ""
	if errors.Is(err, onnx.ErrBatch) && batch == 0 { // a constant for each picture: the size is what it was made for
		fixed = fmt.Sprintf("the batch size is fixed at 1: %s\n", run.OneLine(err.Error()))
		batch = 1
		err = atomicfile.Write(path, write)
	}
	if err != nil {
		return errors.Wrapf(err, "export %s", name)
	}
	info, err := os.Stat(path)
	if err != nil {
		return errors.WithStack(err)
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"model": s.name, "file": path, "bytes": info.Size(), "batch": batch})
	}
	_, err = fmt.Fprintf(a.Out, "%s%s written to %s, %s bytes\n", fixed, s.name, path, run.Thousands(int(info.Size())))
	return err
}

// sourceOf finds what the user means by name.
func sourceOf(a *run.App, name, weights string) (*source, error) {
	if _, isModel := a.Models()[name]; isModel && !isFolder(name) {
		return ofModel(a, name, weights)
	}
	if run.IsONNX(name) {
		return nil, run.Usagef("%s is an ONNX file already; %s convert writes it anew", name, run.Self())
	}
	r, err := a.OpenRun(name)
	if err != nil {
		return nil, err
	}
	if weights != "" {
		r.Weights = weights
	}
	if r.Card != nil {
		m, err := infer.Open(r.Path, infer.Opts{Catalog: a.Catalog, Weights: weights})
		if err != nil {
			return nil, err
		}
		defer m.Close()
		s := &source{name: r.Settings.Model, card: m.Card(), store: m.Store()}
		if net, err := m.Entry().Network(s.card); err == nil {
			s.network = func(batch int) ([]*graph.Node, error) {
				g := graph.New(s.store, graph.Eval)
				y := net(g.Scope()).Forward(g.Input("x", append([]int{batch}, s.card.Input.Shape...)...))
				return []*graph.Node{y}, g.Err()
			}
			return s, nil
		}
	}
	s, err := ofModel(a, r.Settings.Model, r.Weights)
	if err == nil {
		s.card = r.Card
	}
	return s, errors.Wrapf(err, "export %s in the usual form of %s", name, r.Settings.Model)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// ofModel is a model in its usual form, with the weights of a file.
func ofModel(a *run.App, name, weights string) (*source, error) {
	m, err := a.Model(name)
	if err != nil {
		return nil, err
	}
	s := &source{name: name, store: graph.NewStore(graph.Float32, 1)}
	s.network = func(batch int) ([]*graph.Node, error) {
		g := graph.New(s.store, graph.Eval)
		return m.Build(g, batch).Outputs(), g.Err()
	}
	if weights == "" {
		return s, nil
	}
	if _, err := s.network(1); err != nil {
		return nil, err
	}
	if _, err := checkpoint.Load(weights, s.store, checkpoint.Opts{Rename: m.Rename}); err != nil {
		return nil, err
	}
	return s, nil
}

// Convert returns the command that writes files of networks in another form.
func Convert(a *run.App) *cobra.Command {
	return &cobra.Command{
		Use:     "convert FILE.onnx FILE",
		Short:   "Write an ONNX file anew, or its weights as safetensors",
		GroupID: run.GroupUse,
		Long: `convert writes an ONNX file anew (.onnx), in one file with the weights that lay in
others, or its weights (.safetensors), which --weights of other commands takes.`,
		Example: "  hocsau convert resnet18.onnx resnet18.safetensors",
		Args:    run.Takes(2, 2, "an ONNX file and the file to write"),
		RunE:    func(_ *cobra.Command, args []string) error { return convert(a, args[0], args[1]) },
	}
}

func convert(a *run.App, from, to string) error {
	if !run.IsONNX(from) {
		return run.Usagef("%s: expected a file whose name ends in .onnx; %s export writes runs and models, %s weights convert files of weights", from, run.Self(), run.Self())
	}
	ending := strings.ToLower(filepath.Ext(to))
	if ending != ".onnx" && ending != ".safetensors" {
		return run.Usagef("%s: expected a name that ends in .onnx or .safetensors", to)
	}
	var err error
	if ending == ".onnx" {
		var m *onnx.Model
		if m, err = onnx.Open(from); err != nil {
			return err
		}
		err = atomicfile.Write(to, func(w io.Writer) error { return m.Write(w, nil) })
	} else {
		_, err = checkpoint.Convert(from, to, nil)
	}
	if err != nil {
		return errors.Wrapf(err, "convert %s", from)
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"from": from, "file": to})
	}
	_, err = fmt.Fprintf(a.Out, "%s written to %s\n", from, to)
	return err
}
