package classify

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
)

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) { f.Int("top", 3, "how many guesses to show") }

// predict says what a trained model sees in pictures.
func predict(ctx context.Context, a *run.App, r *run.Run, pictures []string, f *pflag.FlagSet) error {
	top, err := f.GetInt("top")
	if err != nil {
		return err
	}
	if top < 1 {
		return run.Usagef("--top %d: expected at least 1", top)
	}
	j, err := openForUse(r)
	if err != nil {
		return err
	}
	defer j.Close()
	failed := 0
	for _, path := range pictures {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := j.predictOne(a, path, top); err != nil {
			if len(pictures) == 1 {
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

// openForUse opens a run, or a model with weights, without its data.
func openForUse(r *run.Run) (*job, error) {
	d, err := describe(r)
	if err != nil {
		return nil, err
	}
	j, err := newJob(r.Settings, d, &parts{test: shapeOnly{d.Input, d.Classes}})
	if err != nil {
		return nil, err
	}
	return j, r.Load(j)
}

// describe returns what a run says of its model, or what the data set says of a
// model that has weights only.
func describe(r *run.Run) (described, error) {
	var d described
	if r.InFolder() {
		if err := r.Describe(&d); err != nil {
			return d, err
		}
		return d, d.check(r.Path)
	}
	s := r.Settings
	set, err := datasets.Lookup(s.Data)
	if err != nil {
		return d, err
	}
	if len(set.Classes) == 0 {
		return d, run.Usagef("--data %s: its classes are in its files only; name the run instead of --weights", s.Data)
	}
	input := inputOf(s.Model)
	var examples datasets.Dataset
	if set.Origin == datasets.BuiltIn {
		if examples, _, err = openSet(context.Background(), s.Data, "", s.Seed, input, true, nil); err != nil {
			return d, err
		}
	}
	norm, err := normalisationOf(s.Data, examples)
	return described{Input: input, Classes: set.Classes, Normalisation: norm}, err
}

// shapeOnly is a data set of which only the form is known.
type shapeOnly struct {
	shape   []int
	classes []string
}

func (s shapeOnly) Len() int          { return 0 }
func (s shapeOnly) Shape() []int      { return s.shape }
func (s shapeOnly) Classes() []string { return s.classes }
func (s shapeOnly) At(i int, _ []float32) (int, error) {
	return 0, errors.Errorf("example %d of a set without examples", i)
}

// guess is a class with its probability.
type guess struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

func (j *job) predictOne(a *run.App, path string, top int) error {
	x, err := j.readPicture(a, path)
	if err != nil {
		return err
	}
	j.about.Normalisation.apply(x)
	logits, err := j.task.Logits(x)
	if err != nil {
		return errors.Wrapf(err, "predict %s", path)
	}
	p := softmax(logits)
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(p[k], p[i]) })
	var guesses []guess
	for _, i := range order[:min(top, len(order))] {
		guesses = append(guesses, guess{j.about.Classes[i], p[i]})
	}
	far := j.about.Familiar != nil && float64(slices.Max(logits)) < *j.about.Familiar
	if a.JSON {
		return a.PrintJSON(map[string]any{"file": path, "guesses": guesses, "unfamiliar": far})
	}
	line := path + ":"
	for _, g := range guesses {
		line += fmt.Sprintf("  %s %.1f %%", g.Class, 100*g.Probability)
	}
	if far {
		line += "  (unlike what the model was trained on: take this with care)"
	}
	_, err = fmt.Fprintln(a.Out, line)
	return err
}

// readPicture returns the picture as the model's input, before normalisation.
func (j *job) readPicture(a *run.App, path string) ([]float32, error) {
	if len(j.about.Input) != 3 {
		return nil, errors.Errorf("%s takes examples of shape %v, which are no pictures", j.settings.Model, j.about.Input)
	}
	o := image.Options{Channels: j.about.Input[0]}
	var pic *image.Picture
	var err error
	if path == "-" {
		data, readErr := io.ReadAll(io.LimitReader(a.In, maxPicture+1))
		switch {
		case readErr != nil:
			return nil, errors.Wrap(readErr, "read the standard input")
		case len(data) > maxPicture:
			return nil, errors.Errorf("the standard input holds more than %d MB, expected one picture", maxPicture>>20)
		}
		pic, err = image.Decode(data, o)
		err = errors.Wrap(err, "read the standard input")
	} else {
		pic, err = image.Read(path, o)
	}
	if err != nil {
		return nil, err
	}
	if size(j.about.Input) == 28*28 && j.about.Input[0] == 1 && j.settings.Data != "fashion-mnist" {
		pic, err = image.Digit(pic)
	} else {
		pic, err = pic.Resize(j.about.Input[1], j.about.Input[2], image.Stretch)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "prepare %s", path)
	}
	return pic.Pix, nil
}

const maxPicture = 64 << 20 // bytes
