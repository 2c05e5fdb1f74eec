package classify

import (
	"context"
	"fmt"
	"image"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// previews draw the sets of labelled pictures.
func previews(models *catalog.Catalog) map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error) {
	all := map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error){}
	for _, e := range models.Of(card.Classify) {
		for _, name := range e.Data {
			all[name] = preview
		}
	}
	return all
}

// preview draws the first examples with their labels; a single one as it is, so
// that predict can be tried on it.
func preview(ctx context.Context, a *run.App, o run.PreviewOptions) (image.Image, int, error) {
	set, err := openSet(ctx, o.Name, o.DataDir, o.Seed, nil, nil, o.Offline, a.Err)
	if err != nil {
		return nil, 0, err
	}
	a.ReportParts(set, false)
	train := set.Train
	shape := train.Shape()
	if len(shape) != 3 {
		return nil, 0, errors.Errorf("data preview %s: examples of shape %v are no pictures", o.Name, shape)
	}
	count := min(o.Count, train.Len())
	images := make([]float32, count*size(shape))
	captions := make([]string, count)
	for i := range count {
		label, err := train.At(i, images[i*size(shape):(i+1)*size(shape)])
		if err != nil {
			return nil, 0, err
		}
		captions[i] = train.Classes()[label]
	}
	if o.Augment != "" {
		img, err := previewChanges(o, train, images, captions)
		return img, count, err
	}
	if count == 1 {
		return alone(images, shape), count, nil
	}
	img, err := plot.ImageGrid(images, [4]int{count, shape[0], shape[1], shape[2]}, plot.GridOpts{Title: o.Name, Captions: captions})
	return img, count, err
}

// alone returns a picture [C, H, W] of values in [0, 1], grey or coloured, with
// nothing around it.
func alone(x []float32, shape []int) image.Image {
	channels, h, w := shape[0], shape[1], shape[2]
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range h * w {
		for c := range 3 {
			v := x[min(c, channels-1)*h*w+i]
			img.Pix[4*i+c] = uint8(255*min(max(v, 0), 1) + 0.5)
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

// changedForms is how many changed forms of a picture are drawn beside it: those
// that it has in the first epochs.
const changedForms = 7

// previewChanges draws each picture in a row with changed forms of it.
func previewChanges(o run.PreviewOptions, train datasets.Dataset, images []float32, names []string) (image.Image, error) {
	list, err := parseAugment(o.Augment)
	if err != nil {
		return nil, err
	}
	shape := train.Shape()
	in := &card.Input{Shape: shape, Fit: card.Crop}
	if in.Mean, in.Std, err = normalisationOf(o.Name, train); err != nil {
		return nil, err
	}
	change, err := transform(list, in, o.Seed)
	if err != nil {
		return nil, err
	}
	var all []float32
	var captions []string
	for i, name := range names {
		one := images[i*size(shape) : (i+1)*size(shape)]
		all = append(all, one...)
		captions = append(captions, name)
		for epoch := range changedForms {
			x := slices.Clone(one)
			if change != nil {
				in.Normalise(x)
				change(x, epoch, i)
				in.Restore(x)
			}
			all = append(all, x...)
			captions = append(captions, "")
		}
	}
	return plot.ImageGrid(all, [4]int{len(captions), shape[0], shape[1], shape[2]}, plot.GridOpts{
		Title: fmt.Sprintf("%s, with %s", o.Name, o.Augment), Captions: captions, Columns: 1 + changedForms,
	})
}
