package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
)

// predictFlags are the flags of predict.
type predictFlags struct {
	weights string
	data    string
	top     int
}

func (a *app) predictCommand() *cobra.Command {
	var f predictFlags
	c := &cobra.Command{
		Use:     "predict RUN PICTURE…",
		Short:   "Say what a trained model sees in pictures",
		GroupID: groupUse,
		Long: `predict says what a trained model sees in pictures: PNG, JPEG, GIF, BMP, TIFF,
WebP or PGM of any size; - reads one from the standard input. A picture for a
digit model is made grey, inverted where its background is light, cut to its
content and centred.`,
		Example: `  hocsau predict last digit.png
  hocsau predict runs/lenet-1 a.png b.jpg --json
  hocsau predict lenet --weights lenet.safetensors digit.png`,
		Args: takes(2, math.MaxInt, "a run (or last) and one or more pictures, - for the standard input"),
		RunE: func(c *cobra.Command, args []string) error { return a.predict(c.Context(), args[0], args[1:], f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.weights, "weights", "", "safetensors file with the weights of a model, named instead of a run")
	fl.StringVar(&f.data, "data", "", "with --weights: the data set the model was trained on")
	fl.IntVar(&f.top, "top", 3, "how many guesses to show")
	return c
}

func (a *app) predict(ctx context.Context, name string, pictures []string, f predictFlags) error {
	if f.top < 1 {
		return usagef("--top %d: expected at least 1", f.top)
	}
	t, err := a.openForUse(ctx, name, f.weights, f.data)
	if err != nil {
		return err
	}
	failed := 0
	for _, path := range pictures {
		if err := a.predictOne(t, path, f.top); err != nil {
			if len(pictures) == 1 {
				return err
			}
			failed++
			fmt.Fprintf(a.err, "hocsau: %s\n", oneLine(err.Error()))
		}
	}
	if failed > 0 {
		return errors.Errorf("%d of %d pictures could not be read", failed, len(pictures))
	}
	return nil
}

// openForUse opens a run, or a model with weights, without its data.
func (a *app) openForUse(ctx context.Context, name, weights, data string) (*trained, error) {
	if weights == "" {
		path, err := resolveRun(name)
		if err != nil {
			return nil, err
		}
		return openRun(path)
	}
	m, err := lookUp(name)
	if err != nil {
		return nil, err
	}
	s := defaults(name, m)
	s.Data = orElse(data, s.Data)
	if err := s.check(m); err != nil {
		return nil, err
	}
	set, err := datasets.Lookup(s.Data)
	if err != nil {
		return nil, err
	}
	if len(set.Classes) == 0 {
		return nil, usagef("--data %s: its classes are in its files only; name the run instead of --weights", s.Data)
	}
	var examples datasets.Dataset
	if set.Origin == datasets.BuiltIn {
		if examples, _, err = openSet(ctx, s.Data, "", s.Seed, m.input, true, nil); err != nil {
			return nil, err
		}
	}
	norm, err := normalisationOf(s.Data, examples)
	if err != nil {
		return nil, err
	}
	t := &trained{path: name, settings: s, saved: saved{Model: name, Data: s.Data, Input: m.input, Classes: set.Classes, Normalisation: norm}}
	return t, t.load(m, weights)
}

// guess is a class with its probability.
type guess struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

func (a *app) predictOne(t *trained, path string, top int) error {
	x, err := a.readPicture(t, path)
	if err != nil {
		return err
	}
	t.Normalisation.apply(x)
	logits, err := t.task.Logits(x)
	if err != nil {
		return errors.Wrapf(err, "predict %s", path)
	}
	p := softmax(logits)
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] > p[j]:
			return -1
		case p[i] < p[j]:
			return 1
		}
		return 0
	})
	var guesses []guess
	for _, i := range order[:min(top, len(order))] {
		guesses = append(guesses, guess{t.Classes[i], p[i]})
	}
	far := t.Familiar != nil && float64(slices.Max(logits)) < *t.Familiar
	if a.json {
		return a.printJSON(map[string]any{"file": path, "guesses": guesses, "unfamiliar": far})
	}
	line := path + ":"
	for _, g := range guesses {
		line += fmt.Sprintf("  %s %.1f %%", g.Class, 100*g.Probability)
	}
	if far {
		line += "  (unlike what the model was trained on: take this with care)"
	}
	_, err = fmt.Fprintln(a.out, line)
	return err
}

// readPicture returns the picture as the model's input, before normalisation.
func (a *app) readPicture(t *trained, path string) ([]float32, error) {
	if len(t.Input) != 3 {
		return nil, errors.Errorf("run %s takes examples of shape %v, which are no pictures", t.path, t.Input)
	}
	o := image.Options{Channels: t.Input[0]}
	var pic *image.Picture
	var err error
	if path == "-" {
		data, readErr := io.ReadAll(io.LimitReader(a.in, maxPicture+1))
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
	if size(t.Input) == 28*28 && t.Input[0] == 1 && t.Data != "fashion-mnist" {
		pic, err = image.Digit(pic)
	} else {
		pic, err = pic.Resize(t.Input[1], t.Input[2], image.Stretch)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "prepare %s", path)
	}
	return pic.Pix, nil
}

const maxPicture = 64 << 20 // bytes
