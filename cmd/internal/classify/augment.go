package classify

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/zoo/card"
)

// change is a kind of augmentation that --set augment names.
type change struct {
	name string
	// usual is the strength where none is given after a colon.
	usual float64
	what  string // the strength is
	// color says that it changes values, between 0 and 1, rather than places.
	color bool
	step  func(strength float64) augment.Transform
}

// changes are the choices of --set augment, joined by +.
//
// Source: cheatsheet §3.1.
func changes() []change {
	return []change{
		{"crop", 4, "pixels of padding", false, func(v float64) augment.Transform { return augment.RandomCrop{Pad: int(v)} }}, // arXiv:1512.03385 §4.2
		{"resizedcrop", 0.25, "smallest share of the area", false, func(v float64) augment.Transform { return augment.RandomResizedCrop{MinArea: v} }},
		{"flip", 0.5, "probability", false, func(v float64) augment.Transform { return augment.RandomFlip{Horizontal: v} }},
		{"vflip", 0.5, "probability", false, func(v float64) augment.Transform { return augment.RandomFlip{Vertical: v} }},
		{"rotate", 15, "degrees at most", false, func(v float64) augment.Transform { return augment.RandomRotation{Degrees: v} }},
		{"erase", 0.5, "probability", false, func(v float64) augment.Transform { return augment.RandomErase{Prob: v} }},
		{"cutout", 8, "pixels", false, func(v float64) augment.Transform { return augment.RandomCutout{Size: int(v)} }},
		{"color", 0.1, "shift of a channel at most", true, func(v float64) augment.Transform { return augment.RandomColorShift{Max: v} }},
		{"noise", 0.05, "deviation", true, func(v float64) augment.Transform { return augment.RandomNoise{Std: v} }},
		{"brightness", 0.3, "share at most", true, func(v float64) augment.Transform { return augment.RandomBrightness{Max: v} }},
		{"contrast", 0.3, "share at most", true, func(v float64) augment.Transform { return augment.RandomContrast{Max: v} }},
	}
}

func changeNames() []string {
	names := []string{"none"}
	for _, c := range changes() {
		names = append(names, c.name)
	}
	return names
}

// augmentUsage says what --set augment takes.
func augmentUsage() string {
	parts := make([]string, 0, len(changes()))
	for _, c := range changes() {
		parts = append(parts, c.name+":"+strconv.FormatFloat(c.usual, 'g', -1, 64)+" ("+c.what+")")
	}
	return "changes of the training pictures, joined by +, each with its usual strength or another after a colon: " + strings.Join(parts, ", ")
}

// chosen is a change with its strength.
type chosen struct {
	change
	strength float64
}

// parseAugment reads a value of --set augment, such as "crop+flip+rotate:10".
func parseAugment(text string) ([]chosen, error) {
	var list []chosen
	for _, part := range strings.Split(text, "+") {
		name, strength, given := strings.Cut(part, ":")
		if name == "none" && !given {
			continue
		}
		all := changes()
		i := slices.IndexFunc(all, func(c change) bool { return c.name == name })
		if i < 0 {
			return nil, run.Unknown("augmentation", name, changeNames())
		}
		c := chosen{all[i], all[i].usual}
		if given {
			v, err := strconv.ParseFloat(strength, 64)
			if err != nil {
				return nil, run.Usagef("augment %s: %q, expected a number (%s)", part, strength, c.what)
			}
			c.strength = v
		}
		if err := c.step(c.strength).Check(3, 224, 224); err != nil {
			return nil, run.Usagef("augment %s: %v", part, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// colorStream tells the random numbers of changes of values from those of
// changes of places.
const colorStream = 0x636f6c6f72

// A changing is what the changes do to training examples: nil functions for nothing.
type changing struct {
	transform func(x []float32, epoch, index int)
	part      func(epoch, index int) datasets.Part
}

// cropped is transform for the set d: a random part that is the first change of
// places is taken from the pixels of d's files, where d can be read in part.
func cropped(list []chosen, in *card.Input, seed uint64, d datasets.Dataset) (c changing, err error) {
	c.transform, err = transform(list, in, seed)
	i := slices.IndexFunc(list, func(c chosen) bool { return !c.color })
	if err != nil || i < 0 || d == nil || datasets.Parts(d) == nil {
		return c, err
	}
	first, err := augment.NewPipeline(seed, in.Shape, list[i].step(list[i].strength))
	if err != nil {
		return c, err
	}
	part, _, ok := first.Cropped()
	if !ok {
		return c, nil
	}
	c.part = func(epoch, index int) datasets.Part {
		top, left, height, width := part(epoch, index)
		return datasets.Part{Top: top, Left: left, Height: height, Width: width}
	}
	c.transform, err = transforms(list, in, seed, true)
	return c, err
}

// transform returns what the changes do to a training example, an input; nil for nothing. Values change between 0 and 1, before the
// normalisation; what moves in from outside a picture is its mean, as in
// arXiv:1512.03385 §4.2.
func transform(list []chosen, in *card.Input, seed uint64) (func(x []float32, epoch, index int), error) {
	return transforms(list, in, seed, false)
}

// transforms is transform; without the first change of places where it was read.
func transforms(list []chosen, in *card.Input, seed uint64, read bool) (func(x []float32, epoch, index int), error) {
	if len(list) == 0 {
		return nil, nil
	}
	shape := in.Shape
	if len(shape) != 3 {
		return nil, errors.Errorf("augment: examples of shape %v are no pictures", shape)
	}
	var places, values []augment.Transform
	for _, c := range list {
		if c.color {
			values = append(values, c.step(c.strength))
		} else {
			places = append(places, c.step(c.strength))
		}
	}
	move, err := augment.NewPipeline(seed, shape, places...)
	if err != nil {
		return nil, err
	}
	if read {
		_, move, _ = move.Cropped()
	}
	color, err := augment.NewPipeline(seed^colorStream, shape, values...)
	if err != nil {
		return nil, err
	}
	return func(x []float32, epoch, index int) {
		if len(values) > 0 {
			in.Restore(x)
			color.Apply(x, epoch, index)
			in.Normalise(x)
		}
		move.Apply(x, epoch, index)
	}, nil
}
