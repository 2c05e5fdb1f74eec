package classify

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/infer"
)

// usualTop is how many guesses are shown.
const usualTop = 3

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) {
	f.Int("top", usualTop, "how many guesses to show")
	f.String("classes", "", "with --weights: file with the names of the classes, one a line")
}

// predict says what a trained model sees in pictures.
func predict(ctx context.Context, a *run.App, n network, r *run.Run, pictures []string, f *pflag.FlagSet) error {
	top, err := f.GetInt("top")
	if err != nil {
		return err
	}
	if top < 1 {
		return run.Usagef("--top %d: expected at least 1", top)
	}
	classes, err := f.GetString("classes")
	if err != nil {
		return err
	}
	m, err := n.openForUse(ctx, r, classes)
	if err != nil {
		return err
	}
	defer m.Close()
	c, err := m.Classifier()
	if err != nil {
		return err
	}
	failed := 0
	for _, path := range pictures {
		if err := predictOne(ctx, a, c, path, top); err != nil {
			if len(pictures) == 1 || ctx.Err() != nil {
				return err
			}
			failed++
			fmt.Fprintf(a.Err, "hocsau: %s\n", run.OneLine(err.Error()))
		}
	}
	if failed > 0 {
		return errors.Errorf("%d of %d pictures could not be read", failed, len(pictures))
	}
	return nil
}

func predictOne(ctx context.Context, a *run.App, c *infer.Classifier, path string, top int) error {
	x, err := read(a, c.Input(), path)
	if err != nil {
		return err
	}
	answers, err := c.ClassifyInputs(ctx, x, top)
	if err != nil {
		return errors.Wrapf(err, "predict %s", path)
	}
	answer := answers[0]
	if a.JSON {
		return a.PrintJSON(struct {
			File string `json:"file"`
			infer.Answer
		}{path, answer})
	}
	line := path + ":" + guessed(answer.Guesses)
	if answer.Unfamiliar {
		line += "  (unlike what the model was trained on: take this with care)"
	}
	_, err = fmt.Fprintln(a.Out, line)
	return err
}

// guessed lists guesses in one line.
func guessed(guesses []infer.Guess) string {
	line := ""
	for _, g := range guesses {
		line += fmt.Sprintf("  %s %.1f %%", g.Class, 100*g.Probability)
	}
	return line
}

// read returns the picture in a file as an input; - is the standard input.
func read(a *run.App, in *card.Input, path string) ([]float32, error) {
	if path != "-" {
		return in.Read(path)
	}
	x, err := in.Decode(a.In)
	return x, errors.Wrap(err, "read the standard input")
}

// openForUse opens a run, or the model with the weights of a file. classes is the
// file with the names of the classes, where the user gives one.
func (n network) openForUse(ctx context.Context, r *run.Run, classes string) (*infer.Model, error) {
	if run.IsONNX(r.Path) {
		return openImported(r, classes)
	}
	o := infer.Opts{Catalog: r.Catalog, Weights: r.Weights, Seed: r.Settings.Seed}
	path := r.Path
	if !r.InFolder() {
		path = r.Weights
		var err error
		if o.Card, err = n.described(ctx, r, classes); err != nil {
			return nil, err
		}
	}
	m, err := infer.Open(path, o)
	if err == nil {
		r.NotePrefix(m.Prefix())
	}
	return m, err
}

// described returns the card of a model that has weights only: what they or the
// data set say.
func (n network) described(ctx context.Context, r *run.Run, classes string) (*card.Card, error) {
	s := r.Settings
	set, err := datasets.Lookup(s.Data)
	if err != nil {
		return nil, err
	}
	if classes == "" && len(set.Classes) == 0 && set.Origin != datasets.BuiltIn && !n.HasPublished() {
		return nil, run.Usagef("--data %s: its classes are in its files only; name the run instead of --weights", s.Data)
	}
	c, _, err := n.known(s, run.OpenOptions{Path: r.Path, Weights: r.Weights})
	if err != nil {
		return nil, err
	}
	count, err := n.classCount(r)
	if err != nil {
		return nil, err
	}
	if c.Input.Mean != nil { // published weights
		if c.Input.Fit == "" {
			c.Input.Fit = card.Stretch
		}
		c.Classes, err = catalog.ClassNames(classes, filepath.Dir(r.Weights), count)
		return c, err
	}
	var examples datasets.Dataset
	if set.Origin == datasets.BuiltIn {
		parts, err := openSet(ctx, s.Data, "", s.Seed, c.Input, nil, true, nil)
		if err != nil {
			return nil, err
		}
		examples = parts.Train
		c.Input.Shape, set.Classes = examples.Shape(), examples.Classes()
	}
	if c.Classes = set.Classes; classes != "" {
		if c.Classes, err = catalog.ClassNames(classes, filepath.Dir(r.Weights), count); err != nil {
			return nil, err
		}
	}
	if len(c.Classes) == 0 || examples == nil && set.Origin == datasets.Given {
		return nil, run.Usagef("--data %s: its classes and the form of its pictures are in its files only; name the run instead of --weights", s.Data)
	}
	if count != len(c.Classes) {
		return nil, run.Usagef("%s tells %d classes apart, data set %s has %d: expected their names by --classes FILE, one a line, or their data set by --data", r.Weights, count, s.Data, len(c.Classes))
	}
	if err := frame(s, c.Input, examples); err != nil {
		return nil, err
	}
	c.Input.Mean, c.Input.Std, err = normalisationOf(s.Data, examples)
	return c, err
}

// classCount returns the number of classes that the weights of a run tell apart.
func (n network) classCount(r *run.Run) (int, error) {
	f, err := n.Open(r.Weights)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	count := n.Outputs(f)
	if count == 0 {
		return 0, errors.Errorf("%s has no %s.weight: train the model with --weights %s to tell classes apart", r.Weights, n.Head, run.ShellWord(r.Weights))
	}
	return count, nil
}
