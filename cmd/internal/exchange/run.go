package exchange

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph/onnx"
)

// Run returns the command that computes an ONNX file's outputs.
func Run(a *run.App) *cobra.Command {
	var inputs []string
	var out string
	var threads int
	c := &cobra.Command{
		Use:     "run FILE.onnx --input NAME=FILE.npy… --out DIR",
		Short:   "Compute the outputs of an ONNX file",
		GroupID: run.GroupUse,
		Long: `run computes the outputs of a network in an ONNX file for arrays in .npy files of
NumPy and writes each output as DIR/OUTPUT.npy; letters of names that a file name
cannot have everywhere are written as %2F and the like. Elements may be of any type
that both formats have. What is not supported is refused by the operator's name.`,
		Example: "  hocsau run resnet18.onnx --input x=batch.npy --out answers",
		Args:    run.Takes(1, 1, "an ONNX file"),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return run.Usagef("--out is missing: expected the folder for the outputs")
			}
			return runFile(a, args[0], inputs, out, threads)
		},
	}
	c.Flags().StringArrayVar(&inputs, "input", nil, "an input's NAME=FILE.npy; once for each")
	c.Flags().StringVar(&out, "out", "", "folder for the outputs")
	c.Flags().IntVar(&threads, "threads", 0, "threads; 0 means all")
	return c
}

func runFile(a *run.App, path string, inputs []string, dir string, threads int) error {
	m, err := onnx.Open(path)
	if err != nil {
		return err
	}
	arrays := map[string]*onnx.Array{}
	for _, text := range inputs {
		name, file, err := parted(m, text)
		if err != nil {
			return err
		}
		if arrays[name] != nil {
			return run.Usagef("--input %s is given twice", name)
		}
		if arrays[name], err = readArray(file); err != nil {
			return errors.Wrapf(err, "input %s", name)
		}
	}
	s := m.Session()
	s.SetThreads(threads)
	outputs, err := s.Run(arrays)
	if err != nil {
		return errors.Wrapf(err, "run %s", path)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.WithStack(err)
	}
	for _, p := range m.Outputs() {
		file, err := writeArray(dir, p.Name, outputs[p.Name])
		if err != nil {
			return err
		}
		if err := report(a, p.Name, outputs[p.Name], file); err != nil {
			return err
		}
	}
	return nil
}

// parted splits NAME=FILE; where names have equals signs, after a name that
// the model has.
func parted(m *onnx.Model, text string) (name, file string, err error) {
	for i := range len(text) {
		if text[i] == '=' && m.HasInput(text[:i]) {
			return text[:i], text[i+1:], nil
		}
	}
	name, file, ok := strings.Cut(text, "=")
	if !ok || file == "" {
		return "", "", run.Usagef("--input %s: expected NAME=FILE.npy", text)
	}
	return name, file, nil
}

func report(a *run.App, name string, x *onnx.Array, file string) error {
	if !a.JSON {
		_, err := fmt.Fprintf(a.Out, "%s %s%v %s\n", name, x.Type, x.Shape, file)
		return err
	}
	return json.NewEncoder(a.Out).Encode(struct {
		Output string `json:"output"`
		Type   string `json:"type"`
		Shape  []int  `json:"shape"`
		File   string `json:"file"`
	}{name, x.Type.String(), x.Shape, file})
}
