package main

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/solvers"
)

// cropPad is how many pixels a picture is enlarged by on each side before it is
// cropped at random: 4 of 32, as in arXiv:1512.03385 §4.2.
const cropPad = 4

// transform returns what augment does to the training examples; nil for nothing.
func (e extras) transform(seed uint64, shape []int) (func(x []float32, epoch, index int), error) {
	var steps []augment.Transform
	if slices.Contains(e.augment, "crop") {
		steps = append(steps, augment.RandomCrop{Pad: cropPad})
	}
	if slices.Contains(e.augment, "flip") {
		steps = append(steps, augment.RandomFlip{Horizontal: 0.5})
	}
	if len(steps) == 0 {
		return nil, nil
	}
	if len(shape) != 3 {
		return nil, errors.Errorf("--set augment: examples of shape %v are no pictures", shape)
	}
	p, err := augment.NewPipeline(seed, shape, steps...)
	if err != nil {
		return nil, err
	}
	return p.Apply, nil
}

// rates returns the learning rate of each of so many steps; nil for a constant
// one. The rate is the highest.
func (e extras) rates(rate float64, steps int) solvers.Schedule {
	switch e.schedule {
	case "cosine":
		return solvers.CosineDecay{Start: rate, Steps: steps}
	case "onecycle":
		return solvers.NewOneCycle(rate, steps)
	}
	return nil
}
