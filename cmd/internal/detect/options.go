package detect

import (
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/solvers/train/detect"
	"github.com/hocsau/hocsau/zoo"
)

// options are the settings of --set that the area's models share.
type options struct {
	height, width int
	anchors       int
	augment       bool
}

// readOptions reads them; side is that of a drawn picture.
func readOptions(s run.Settings, side int) (o options, err error) {
	o.height, o.width = side, side
	switch s.Data {
	case "bccd":
		o.height, o.width = 192, 256
	case "voc", "coco":
		o.height, o.width = 256, 256
	}
	if size, ok := s.Set["size"]; ok {
		var rest string
		n, _ := fmt.Sscanf(size+" ", "%dx%d%s", &o.width, &o.height, &rest)
		const most = 1024
		if n != 2 || o.width < 1 || o.height < 1 || o.width > most || o.height > most || o.width%zoo.SmallStride != 0 || o.height%zoo.SmallStride != 0 {
			return o, run.Usagef("--set size=%s: expected WIDTHxHEIGHT, multiples of %d up to %d, such as 256x192", size, zoo.SmallStride, most)
		}
		if s.Data == "shapes" && o.width != o.height {
			return o, run.Usagef("--set size=%s: shapes are drawn in squares, expected equal sides", size)
		}
	}
	if o.anchors, err = s.Int("anchors", 5, 1); err != nil {
		return o, err
	}
	o.augment, err = s.Bool("augment", true)
	return o, err
}

// training returns the options of a task.
func (o options) training(s run.Settings) (detect.Options, error) {
	t := detect.Options{Batch: s.Batch, DropLast: s.DropLast, Seed: s.Seed}
	if !o.augment {
		return t, nil
	}
	t.Augment = &box.Augmentation{Seed: s.Seed, FlipX: 0.5, Scale: 0.25, Shift: 0.1}
	if s.Data == "bccd" || s.Data == "shapes" {
		t.Augment.FlipY = 0.5 // no up or down in them
	}
	color, err := augment.NewPipeline(s.Seed+1, []int{3, o.height, o.width},
		augment.RandomColorShift{Max: 0.05}, augment.RandomBrightness{Max: 0.2}, augment.RandomContrast{Max: 0.2})
	if err != nil {
		return t, err
	}
	t.Color = color.Apply
	return t, nil
}
