package classify

import (
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/augment"
)

// cropPad is how many pixels a picture is enlarged by on each side before it is
// cropped at random: 4 of 32, as in arXiv:1512.03385 §4.2.
const cropPad = 4

// augmentations are the choices of --set augment, joined by +.
func augmentations() []string { return []string{"none", "crop", "flip"} }

// augmentation returns those chosen.
func augmentation(s run.Settings) ([]string, error) {
	names := strings.Split(s.Text("augment", "none"), "+")
	for _, name := range names {
		if !slices.Contains(augmentations(), name) {
			return nil, run.Unknown("augmentation", name, augmentations())
		}
	}
	return names, nil
}

// transform returns what augment does to the training examples; nil for nothing.
func transform(names []string, seed uint64, shape []int) (func(x []float32, epoch, index int), error) {
	var steps []augment.Transform
	if slices.Contains(names, "crop") {
		steps = append(steps, augment.RandomCrop{Pad: cropPad})
	}
	if slices.Contains(names, "flip") {
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
