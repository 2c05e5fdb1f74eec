package classify

import (
	"context"
	"image"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
)

// previews draw the sets of labelled pictures.
func previews() map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error) {
	all := map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error){}
	for _, n := range networks() {
		for _, name := range n.data {
			all[name] = preview
		}
	}
	return all
}

// preview draws the first examples with their labels.
func preview(ctx context.Context, a *run.App, o run.PreviewOptions) (image.Image, int, error) {
	train, _, err := openSet(ctx, o.Name, o.DataDir, o.Seed, nil, o.Offline, a.Err)
	if err != nil {
		return nil, 0, err
	}
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
	img, err := plot.ImageGrid(images, [4]int{count, shape[0], shape[1], shape[2]}, plot.GridOpts{Title: o.Name, Captions: captions})
	return img, count, err
}
