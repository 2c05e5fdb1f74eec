package faces

import (
	"context"
	"image"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/plot"
)

// previews draw the sets that only this area has.
func previews() map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error) {
	return map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error){"orl": preview, "omniglot": preview}
}

// preview draws the first pictures with whom they show.
func preview(ctx context.Context, a *run.App, o run.PreviewOptions) (image.Image, int, error) {
	p, err := openParts(ctx, run.Settings{Data: o.Name, DataDir: o.DataDir, Seed: o.Seed}, o.Offline, a.Err)
	if err != nil {
		return nil, 0, err
	}
	shape := p.train.Shape()
	size, count := datasets.Size(shape), min(o.Count, p.train.Len())
	images, captions := make([]float32, count*size), make([]string, count)
	for i := range count {
		label, err := p.train.At(i, images[i*size:(i+1)*size])
		if err != nil {
			return nil, 0, err
		}
		captions[i] = p.train.Classes()[label]
	}
	img, err := plot.ImageGrid(images, [4]int{count, shape[0], shape[1], shape[2]}, plot.GridOpts{Title: o.Name, Captions: captions})
	return img, count, err
}
