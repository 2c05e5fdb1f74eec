package classify

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/explain"
	"github.com/hocsau/hocsau/zoo/infer"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	weights, data, classes string
	class, out             string
}

// explainCommand returns the command that draws what a network sees.
func explainCommand(a *run.App, models *catalog.Catalog) *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:     "explain RUN|MODEL PICTURE",
		Short:   "Draw what a convolutional network sees in a picture",
		GroupID: run.GroupLook,
		Long: `explain draws the filters of a network's first layer, its feature maps of each
size for the picture, and by Grad-CAM which parts of the picture speak for its
first guesses of 1 % or more, or for --class.`,
		Example: `  hocsau explain last cat.png
  hocsau explain squeezenet cat.png --weights squeezenet1_0.safetensors --class tabby`,
		Args: run.Takes(2, 2, "a run (or last) and a picture, - for the standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := a.OpenWeights(args[0], f.weights, f.data)
			if err != nil {
				return err
			}
			return explainPicture(c.Context(), a, models, r, args[1], f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.weights, "weights", "", "weights of a model named instead of a run: a file, or the folder of a run")
	fl.StringVar(&f.data, "data", "", "with --weights: the data set the model was trained on")
	fl.StringVar(&f.classes, "classes", "", "with --weights: file with the names of the classes, one a line")
	fl.StringVar(&f.class, "class", "", "class to explain (default: the first three guesses)")
	fl.StringVar(&f.out, "out", "", "folder to draw into (default explain in the run's folder, or here)")
	return c
}

func explainPicture(ctx context.Context, a *run.App, models *catalog.Catalog, r *run.Run, path string, f explainFlags) error {
	entry, err := models.Lookup(r.Settings.Model)
	if err != nil || entry.Task != card.Classify {
		return run.Usagef("explain: %s tells no classes of pictures apart", r.Settings.Model)
	}
	m, err := network{entry}.openForUse(ctx, r, f.classes)
	if err != nil {
		return err
	}
	defer m.Close()
	c := m.Card()
	build, err := entry.Classifier(c)
	if err != nil {
		return err
	}
	if _, ok := build(graph.New(m.Store(), graph.Eval).Scope()).(trunked); !ok {
		return run.Usagef("explain: %s has no feature maps below its head; the convolutional networks have, as hocsau models lists them", r.Settings.Model)
	}
	x, err := read(a, c.Input, path)
	if err != nil {
		return err
	}
	plain := slices.Clone(x)
	c.Input.Restore(plain)
	view, err := explain.Look(m.Store(), func(s graph.Scope) explain.Network {
		t, _ := build(s).(trunked)
		return t
	}, x, c.Input.Shape)
	if err != nil {
		return err
	}
	e := &explained{card: c, store: m.Store(), view: view, plain: plain, p: softmax(view.Logits), dir: f.out, free: a.Output}
	if e.dir == "" {
		e.dir = "explain"
		if r.InFolder() {
			e.dir = filepath.Join(r.Path, "explain")
		}
	}
	if err := os.MkdirAll(e.dir, 0o777); err != nil {
		return errors.Wrap(err, "explain")
	}
	chosen, err := e.choose(f.class)
	if err != nil {
		return err
	}
	for _, draw := range []func() error{e.drawFilters, e.drawMaps, func() error { return e.drawHeat(chosen) }} {
		if err := draw(); err != nil {
			return err
		}
	}
	return e.report(a, path, chosen)
}

// explained is a picture under explanation.
type explained struct {
	free  func(path string) error // whether it may be written
	card  *card.Card
	store *graph.Store
	view  *explain.View
	plain []float32 // the picture before normalisation
	p     []float64
	dir   string
	files []string
}

// choose returns the class of that name, or the surest ones.
func (e *explained) choose(name string) ([]int, error) {
	classes := e.card.Classes
	if name != "" {
		i := slices.Index(classes, name)
		if i < 0 {
			return nil, run.Unknown("class", name, classes)
		}
		return []int{i}, nil
	}
	order := make([]int, len(e.p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(e.p[k], e.p[i]) })
	n := 1
	for n < min(3, len(order)) && e.p[order[n]] >= leastShown {
		n++
	}
	return order[:n], nil
}

// leastShown is the probability below which a class is not explained unless it is
// the first, or asked for: its map would be scaled up from next to nothing.
const leastShown = 0.01

// drawFilters draws the filters of the first layer, each from its least value,
// black, to its largest, white; of filters with other than three channels the
// first one.
func (e *explained) drawFilters() error {
	name, shape, values, err := explain.Filters(e.store)
	if err != nil {
		return err
	}
	channels, area := 1, shape[2]*shape[3]
	if shape[1] == 3 {
		channels = 3
	}
	images := make([]float32, 0, shape[0]*channels*area)
	for k := range shape[0] {
		filter := values[k*shape[1]*area : k*shape[1]*area+channels*area]
		low, high := slices.Min(filter), slices.Max(filter)
		first := len(images)
		for _, v := range filter {
			images = append(images, float32((v-low)/max(high-low, 1e-12)))
		}
		if e.card.Input.BGR && channels == 3 {
			for i, end := range images[first+2*area:] {
				images[first+i], images[first+2*area+i] = end, images[first+i]
			}
		}
	}
	return e.write("filters.png", images, [4]int{shape[0], channels, shape[2], shape[3]}, plot.GridOpts{Title: fmt.Sprintf("%s %v", name, shape)})
}

// mostMaps is how many feature maps of a layer are drawn.
const mostMaps = 64

// drawMaps draws feature maps of each size, each from 0, black, to its largest
// value, white.
func (e *explained) drawMaps() error {
	for i, m := range e.view.Stages {
		n, area := min(mostMaps, m.Shape[0]), m.Shape[1]*m.Shape[2]
		images := make([]float32, n*area)
		for k := range n {
			plane := m.Values[k*area : (k+1)*area]
			top := max(slices.Max(plane), 1e-12)
			for p, v := range plane {
				images[k*area+p] = max(0, v) / top
			}
		}
		title := fmt.Sprintf("%d of %d feature maps %d×%d", n, m.Shape[0], m.Shape[1], m.Shape[2])
		if err := e.write(fmt.Sprintf("maps-%d.png", i+1), images, [4]int{n, 1, m.Shape[1], m.Shape[2]}, plot.GridOpts{Title: title}); err != nil {
			return err
		}
	}
	return nil
}

// drawHeat draws the picture, and over it what speaks for each class.
func (e *explained) drawHeat(classes []int) error {
	shape := [3]int(e.card.Input.Shape)
	whole := augment.Image[float32]{Pix: e.plain, C: shape[0], H: shape[1], W: shape[2]}
	images := slices.Clone(e.plain)
	if shape[0] == 1 {
		images = slices.Concat(e.plain, e.plain, e.plain)
	}
	captions := []string{"picture"}
	for _, class := range classes {
		heat, err := e.view.GradCAM(class)
		if err != nil {
			return err
		}
		maps := augment.Image[float32]{Pix: heat, C: 1, H: e.view.Last.Shape[1], W: e.view.Last.Shape[2]}
		large, err := augment.Resize(maps, whole.H, whole.W, augment.Bilinear)
		if err != nil {
			return err
		}
		over, err := plot.Heat(e.plain, large.Pix, shape)
		if err != nil {
			return err
		}
		images = append(images, over...)
		captions = append(captions, fmt.Sprintf("%s %.3f", e.card.Classes[class], e.p[class]))
	}
	return e.write("grad-cam.png", images, [4]int{len(captions), 3, whole.H, whole.W}, plot.GridOpts{Title: "what speaks for a class", Captions: captions, Columns: len(captions), Scale: max(1, 224/whole.H)})
}

func (e *explained) write(name string, images []float32, shape [4]int, o plot.GridOpts) error {
	img, err := plot.ImageGrid(images, shape, o)
	if err != nil {
		return err
	}
	path := filepath.Join(e.dir, name)
	if err := e.free(path); err != nil {
		return err
	}
	e.files = append(e.files, path)
	return plot.WritePNG(path, img)
}

func (e *explained) report(a *run.App, path string, classes []int) error {
	var guesses []infer.Guess
	for _, c := range classes {
		guesses = append(guesses, infer.Guess{Class: e.card.Classes[c], Probability: e.p[c]})
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"file": path, "guesses": guesses, "drawn": e.files})
	}
	_, err := fmt.Fprintf(a.Out, "%s:%s\ndrawn: %s\n", path, guessed(guesses), strings.Join(e.files, ", "))
	return err
}
