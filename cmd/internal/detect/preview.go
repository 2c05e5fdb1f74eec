package detect

import (
	"context"
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/plot"
)

// previews draw the sets of pictures with boxes.
func previews() map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error) {
	all := map[string]func(context.Context, *run.App, run.PreviewOptions) (image.Image, int, error){}
	for _, name := range []string{"bccd", "voc", "coco"} {
		all[name] = preview
	}
	return all
}

// preview draws the first pictures with their boxes, and what they hold.
func preview(ctx context.Context, a *run.App, o run.PreviewOptions) (image.Image, int, error) {
	s := run.Settings{Model: "yolo", Data: o.Name, DataDir: o.DataDir, Seed: o.Seed}
	set, err := readOptions(s, 96)
	if err != nil {
		return nil, 0, err
	}
	p, err := openSet(ctx, s, set, nil, o.Offline, a.Err)
	if err != nil {
		return nil, 0, err
	}
	a.ReportParts(p.set, false)
	shape := p.train.Shape()
	size := shape[0] * shape[1] * shape[2]
	n := min(o.Count, p.train.Len())
	pixels, captions := make([]float32, n*size), make([]string, n)
	for i := range n {
		x := pixels[i*size : (i+1)*size]
		if _, err := p.train.At(i, x); err != nil {
			return nil, 0, err
		}
		objects, err := p.train.Objects(i)
		if err != nil {
			return nil, 0, err
		}
		count := map[string]int{}
		for _, obj := range objects {
			count[obj.Class]++
			outline(x, shape, obj.Box)
		}
		var words []string
		for _, class := range slices.Sorted(maps.Keys(count)) {
			words = append(words, fmt.Sprintf("%d %s", count[class], class))
		}
		captions[i] = strings.Join(words, ", ")
	}
	img, err := plot.ImageGrid(pixels, [4]int{n, shape[0], shape[1], shape[2]}, plot.GridOpts{Title: o.Name, Captions: captions})
	return img, n, err
}

// outline draws the sides of a box, shares of the picture, into its pixels.
func outline(x []float32, shape []int, b box.Box) {
	h, w := shape[1], shape[2]
	at := func(share float64, n int) int { return min(max(int(share*float64(n)), 0), n-1) }
	x1, x2, y1, y2 := at(b.X1, w), at(b.X2, w), at(b.Y1, h), at(b.Y2, h)
	set := func(r, q int) {
		for c := range shape[0] {
			x[(c*h+r)*w+q] = []float32{0, 0.9, 0}[c%3]
		}
	}
	for q := x1; q <= x2; q++ {
		set(y1, q)
		set(y2, q)
	}
	for r := y1; r <= y2; r++ {
		set(r, x1)
		set(r, x2)
	}
}
