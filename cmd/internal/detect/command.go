package detect

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/darknet"
	"github.com/hocsau/hocsau/zoo/decode"
	"github.com/hocsau/hocsau/zoo/infer"
)

// command returns detect.
func command(a *run.App) *cobra.Command {
	var out, weights, names string
	c := &cobra.Command{
		Use:     "detect RUN|NETWORK.cfg PICTURE|FOLDER…",
		Short:   "Find the objects in your own pictures and draw them",
		GroupID: run.GroupUse,
		Long: `detect finds the objects in pictures, or in those of a folder, with the model of a
run, or with a network in darknet's form. It draws what it finds into PNG files and prints, a picture a
line, the boxes in pixels as JSON; on a terminal in words.`,
		Example: `  hocsau detect last photo.jpg --out found
  hocsau detect last photos
  hocsau detect yolo-fastest.cfg photo.jpg --score 0.3`,
		Args: run.Takes(2, math.MaxInt, "a run (or last, or a .cfg file of darknet) and one or more pictures"),
	}
	f := c.Flags()
	f.StringVar(&out, "out", "detections", "folder for the pictures with boxes")
	f.StringVar(&weights, "weights", "", "of a .cfg: its .weights (default: the file of that name beside it)")
	f.StringVar(&names, "names", "", "of a .cfg: the names of its classes, one a line (default: a .names file beside it)")
	findFlags(f)
	c.RunE = func(c *cobra.Command, args []string) error {
		o, err := readFind(f)
		if err != nil {
			return err
		}
		o.out = out
		d, err := openFinder(a, args[0], weights, names)
		if err != nil {
			return err
		}
		defer d.close()
		pictures, err := a.Pictures(args[1:])
		if err != nil {
			return err
		}
		return d.findAll(c.Context(), a, pictures, o)
	}
	return c
}

// findFlags declares the flags that decide what is shown.
func findFlags(f *pflag.FlagSet) {
	f.Float64("score", 0.6, "least score of a box that is shown")
	f.Float64("iou", 0.5, "overlap from which on a box is dropped beside a better one")
	f.Bool("per-class", false, "boxes drop only those of their own class")
}

// find are the settings of finding.
type find struct {
	decode.SuppressOptions
	out string // folder for pictures; "" draws none
}

func readFind(f *pflag.FlagSet) (o find, err error) {
	if o.ScoreMin, err = f.GetFloat64("score"); err != nil {
		return o, err
	}
	if o.IoU, err = f.GetFloat64("iou"); err != nil {
		return o, err
	}
	if o.PerClass, err = f.GetBool("per-class"); err != nil {
		return o, err
	}
	for name, v := range map[string]float64{"score": o.ScoreMin, "iou": o.IoU} {
		if !(v >= 0 && v <= 1) {
			return o, run.Usagef("--%s %g: expected 0 to 1", name, v)
		}
	}
	return o, nil
}

// finder is a model that is ready for pictures: one of three.
type finder struct {
	objects *infer.Detector
	points  *infer.Pointer
	darknet *darknet.Detector
	names   []string // of darknet's classes
	close   func()
}

// openFinder opens a run, or a network of darknet's.
func openFinder(a *run.App, name, weights, names string) (*finder, error) {
	if strings.EqualFold(filepath.Ext(name), ".cfg") {
		return openDarknet(name, weights, names)
	}
	if weights != "" || names != "" {
		return nil, run.Usagef("--weights, --names: expected only with a .cfg file, found %s", name)
	}
	r, err := a.OpenRun(name)
	if err != nil {
		return nil, err
	}
	e, err := a.Catalog.Lookup(r.Settings.Model)
	if err != nil || !slices.Contains([]card.Task{card.Detect, card.Locate, card.Landmarks}, e.Task) {
		return nil, run.Usagef("detect: %s is no model that finds objects, expected one of %s", r.Settings.Model, strings.Join(run.Keys(Area(a.Catalog).Models), ", "))
	}
	return openForUse(context.Background(), a, network{e}, r)
}

// openForUse opens a run, or a model with weights, for pictures.
func openForUse(ctx context.Context, a *run.App, n network, r *run.Run) (*finder, error) {
	o := infer.Opts{Catalog: a.Catalog, Weights: r.Weights, Seed: r.Settings.Seed}
	path := r.Path
	if !r.InFolder() { // the set decides the classes and the anchors
		set, err := readOptions(r.Settings, n.Shape[1])
		if err != nil {
			return nil, err
		}
		p, err := openParts(ctx, r.Settings, set, nil, true, a.Err)
		if err != nil {
			return nil, err
		}
		if o.Card, err = n.describe(r.Settings, set, p); err != nil {
			return nil, err
		}
		path = r.Weights
	}
	m, err := infer.Open(path, o)
	if err != nil {
		return nil, err
	}
	f := &finder{close: func() { _ = m.Close() }}
	if n.Task == card.Landmarks {
		f.points, err = m.Landmarks()
	} else {
		f.objects, err = m.Detector()
	}
	return f, err
}

func openDarknet(cfg, weights, names string) (*finder, error) {
	stem := strings.TrimSuffix(cfg, filepath.Ext(cfg))
	d, err := darknet.Open(cfg, run.OrElse(weights, stem+".weights"))
	if err != nil {
		return nil, err
	}
	if names == "" {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(cfg), "*.names"))
		if err == nil && len(found) == 1 {
			names = found[0]
		}
	}
	f := &finder{darknet: d, close: func() {}}
	if names != "" {
		text, err := os.ReadFile(names)
		if err != nil {
			return nil, errors.Wrap(err, "--names")
		}
		for line := range strings.Lines(string(text)) {
			f.names = append(f.names, strings.TrimSpace(line))
		}
	}
	for i := len(f.names); i < d.Classes(); i++ {
		f.names = append(f.names, fmt.Sprintf("class %d", i))
	}
	return f, nil
}

// predict is detect without pictures, for the common command.
func predict(ctx context.Context, a *run.App, n network, r *run.Run, pictures []string, f *pflag.FlagSet) error {
	o, err := readFind(f)
	if err != nil {
		return err
	}
	d, err := openForUse(ctx, a, n, r)
	if err != nil {
		return err
	}
	defer d.close()
	return d.findAll(ctx, a, pictures, o)
}

// findAll goes through pictures; one that cannot be read does not stop the
// others.
func (f *finder) findAll(ctx context.Context, a *run.App, pictures []string, o find) error {
	var targets []string
	if o.out != "" {
		var err error
		if targets, err = run.Outputs(o.out, pictures, ".png"); err != nil {
			return err
		}
		if err := os.MkdirAll(o.out, 0o777); err != nil {
			return errors.Wrap(err, "--out")
		}
	}
	failed := 0
	for i, path := range pictures {
		if err := ctx.Err(); err != nil {
			return err
		}
		target := ""
		if targets != nil {
			target = targets[i]
		}
		if err := f.findOne(ctx, a, path, o, target); err != nil {
			if len(pictures) == 1 {
				return err
			}
			failed++
			fmt.Fprintf(a.Err, "hocsau: %s\n", run.OneLine(err.Error()))
		}
	}
	if failed > 0 {
		return errors.Errorf("%d of %d pictures could not be used", failed, len(pictures))
	}
	return nil
}

// found is what is printed for a picture.
type found struct {
	File       string         `json:"file"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Detections []infer.Object `json:"detections"`
	Landmarks  [][2]float64   `json:"landmarks,omitempty"` // x, y in pixels
	Picture    string         `json:"picture,omitempty"`   // what was drawn
	Ms         float64        `json:"ms"`                  // of the network with its decoding
}

// findOne finds the objects in a picture and draws them into target, where there is
// one.
func (f *finder) findOne(ctx context.Context, a *run.App, path string, o find, target string) error {
	pic, err := image.Read(path, image.Options{Channels: 3})
	if err != nil {
		return err
	}
	r := found{File: path, Width: pic.Width, Height: pic.Height, Detections: []infer.Object{}}
	begin := time.Now()
	switch {
	case f.points != nil:
		r.Landmarks, err = f.points.FindPicture(ctx, pic)
	case f.objects != nil:
		r.Detections, err = f.objects.DetectPicture(ctx, pic, infer.DetectOpts{Suppress: &o.SuppressOptions})
	default:
		r.Detections, err = f.byDarknet(pic, o)
	}
	if err != nil {
		return errors.Wrapf(err, "detect %s", path)
	}
	r.Ms = float64(time.Since(begin).Microseconds()) / 1000
	if target != "" {
		r.Picture = target
		if err := r.draw(pic); err != nil {
			return err
		}
	}
	return r.print(a)
}

// byDarknet finds objects with a network of darknet's.
func (f *finder) byDarknet(pic *image.Picture, o find) ([]infer.Object, error) {
	shape := f.darknet.Shape()
	small, err := pic.Resize(shape[1], shape[2], image.Stretch)
	if err != nil {
		return nil, err
	}
	all, err := f.darknet.Detect(small.Pix, 1, o.SuppressOptions)
	if err != nil {
		return nil, err
	}
	objects := []infer.Object{}
	w, h := float64(pic.Width), float64(pic.Height)
	for _, d := range all[0] {
		if b := d.Box.Scale(w, h).Clip(w, h); b.Valid() {
			objects = append(objects, infer.Object{Class: f.names[d.Class], Score: d.Score, Box: [4]float64{b.X1, b.Y1, b.X2, b.Y2}, Number: d.Class})
		}
	}
	return objects, nil
}

// draw draws what was found into the picture's file.
func (r found) draw(pic *image.Picture) error {
	var marks []plot.Mark
	for _, d := range r.Detections {
		marks = append(marks, plot.Mark{X1: d.Box[0], Y1: d.Box[1], X2: d.Box[2], Y2: d.Box[3], Label: fmt.Sprintf("%s %.2f", d.Class, d.Score), Series: d.Number})
	}
	var spots []plot.Spot
	for _, p := range r.Landmarks {
		spots = append(spots, plot.Spot{X: p[0], Y: p[1]})
	}
	img, err := plot.Boxes(pic.Pix, [3]int{3, pic.Height, pic.Width}, marks, spots)
	if err != nil {
		return errors.Wrapf(err, "draw %s", r.File)
	}
	return plot.WritePNG(r.Picture, img)
}

// print prints JSON, or words on a terminal.
func (r found) print(a *run.App) error {
	if a.JSON || a.Terminal() == 0 {
		return a.PrintJSON(r)
	}
	fmt.Fprintf(a.Out, "%s: %d objects, %.1f ms\n", r.File, len(r.Detections), r.Ms)
	for _, d := range r.Detections {
		fmt.Fprintf(a.Out, "  %-14s %.2f  %4.0f, %4.0f to %4.0f, %4.0f\n", d.Class, d.Score, d.Box[0], d.Box[1], d.Box[2], d.Box[3])
	}
	for i, p := range r.Landmarks {
		fmt.Fprintf(a.Out, "  point %d at %.0f, %.0f\n", i+1, p[0], p[1])
	}
	if r.Picture != "" {
		fmt.Fprintf(a.Out, "  drawn in %s\n", r.Picture)
	}
	return nil
}
