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
	"github.com/hocsau/hocsau/graph/checkpoint"
)

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) {
	f.Int("top", 3, "how many guesses to show")
	f.String("classes", "", "with --weights: file with the names of the classes, one a line")
}

// predict says what a trained model sees in pictures.
func predict(ctx context.Context, a *run.App, r *run.Run, pictures []string, f *pflag.FlagSet) error {
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
	j, err := openForUse(r, classes)
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

// openForUse opens a run, or a model with weights, without its data. classes is
// the file with the names of the classes, where the user gives one.
func openForUse(r *run.Run, classes string) (*job, error) {
	d, err := describe(r, classes)
	if err != nil {
		return nil, err
	}
	s := r.Settings
	s.Set = merged(s.Set, d.Form)
	j, err := newJob(s, d, &parts{test: shapeOnly{d.Input, d.Classes}})
	if err != nil {
		return nil, err
	}
	return j, r.Load(j)
}

// describe returns what a run says of its model, or what its weights or the data
// set say of a model that has weights only.
func describe(r *run.Run, classes string) (described, error) {
	set, err := datasets.Lookup(r.Settings.Data)
	if err != nil {
		return described{}, err
	}
	if !r.InFolder() && classes == "" && len(set.Classes) == 0 && set.Origin != datasets.BuiltIn && !hasPublished(r.Settings.Model) {
		return described{}, run.Usagef("--data %s: its classes are in its files only; name the run instead of --weights", r.Settings.Data)
	}
	d, err := knownOf(r.Settings, run.OpenOptions{About: r.About, Path: r.Path, Weights: r.Given()})
	if err != nil || r.InFolder() {
		return d, err
	}
	if d.Normalisation.Mean != nil {
		n, err := classCount(r)
		if err != nil {
			return d, err
		}
		d.Classes, err = classNames(classes, r.Weights, n)
		return d, err
	}
	s := r.Settings
	var examples datasets.Dataset
	if set.Origin == datasets.BuiltIn {
		if examples, _, err = openSet(context.Background(), s.Data, "", s.Seed, d.Input, true, nil); err != nil {
			return d, err
		}
		set.Classes = examples.Classes()
	}
	if d.Classes = set.Classes; classes != "" {
		n, err := classCount(r)
		if err != nil {
			return d, err
		}
		if d.Classes, err = classNames(classes, r.Weights, n); err != nil {
			return d, err
		}
	}
	if len(d.Classes) == 0 || examples == nil && set.Origin == datasets.Given {
		return d, run.Usagef("--data %s: its classes and the form of its pictures are in its files only; name the run instead of --weights", s.Data)
	}
	d.Normalisation, err = normalisationOf(s.Data, examples)
	return d, err
}

// classCount returns the number of classes that the weights of a run tell apart.
func classCount(r *run.Run) (int, error) {
	f, err := checkpoint.Open(r.Weights)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n := networks()[r.Settings.Model]
	count := outputsOf(f, n)
	if count == 0 {
		return 0, errors.Errorf("%s has no %s.weight: train the model with --weights %s to tell classes apart", r.Weights, n.head, run.ShellWord(r.Weights))
	}
	return count, nil
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
