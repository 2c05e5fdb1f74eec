package infer

import (
	"context"
	"image"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	dimage "github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/proposal"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
	"github.com/hocsau/hocsau/zoo/decode"
	"github.com/hocsau/hocsau/zoo/detector"
)

// Detector finds objects in pictures.
type Detector struct {
	card *card.Card
	turn *turn
	find detector.Detector
}

// Object is something that was found in a picture.
type Object struct {
	Class string  `json:"class"`
	Score float64 `json:"score"` // probability that it is there, and of the class
	// Box is left, top, right, bottom in pixels of the picture as it is seen.
	Box [4]float64 `json:"box"`
	// Number is that of the class.
	Number int `json:"-"`
}

// DetectOpts say which boxes are shown; the zero value means
// decode.DefaultSuppress().
type DetectOpts struct {
	// Suppress are the least score, and the overlap from which on the lesser of
	// two boxes is dropped; nil means the usual ones.
	Suppress *decode.SuppressOptions
}

func (o DetectOpts) suppress() decode.SuppressOptions {
	if o.Suppress != nil {
		return *o.Suppress
	}
	return decode.DefaultSuppress()
}

// Detector returns the model for finding objects.
func (m *Model) Detector() (*Detector, error) {
	if err := m.is(card.Detect, card.Locate); err != nil {
		return nil, err
	}
	find, err := newDetector(m.entry, m.card, m.store)
	if err != nil {
		return nil, err
	}
	return &Detector{m.card, m.turn, find}, nil
}

// newDetector returns the use of a network that finds objects.
func newDetector(e catalog.Entry, c *card.Card, store *graph.Store) (detector.Detector, error) {
	shape, classes := c.Input.Shape, len(c.Classes)
	if err := detector.CheckSides(shape); err != nil {
		return nil, errors.Wrap(err, c.Model)
	}
	switch e.Regions {
	case catalog.Warped, catalog.Pooled:
		return detector.NewRegions(store, shape, classes, e.Regions == catalog.Warped, proposal.Options{}), nil
	case catalog.Proposed:
		return detector.NewFasterRCNN(store, shape, c.Anchors, classes), nil
	}
	net, err := e.Network(c)
	if err != nil {
		return nil, err
	}
	if c.Task == card.Locate {
		return detector.Localiser{Vector: detector.NewVector(store, net, shape)}, nil
	}
	return detector.NewYOLO(store, net, shape, c.Anchors, classes), nil
}

// Classes returns the names of the classes.
func (d *Detector) Classes() []string { return slices.Clone(d.card.Classes) }

// Detect returns what is found in a picture, the surest first.
func (d *Detector) Detect(ctx context.Context, picture image.Image, o DetectOpts) ([]Object, error) {
	p, err := dimage.FromImage(picture, dimage.Options{Channels: 3})
	if err != nil {
		return nil, err
	}
	return d.DetectPicture(ctx, p, o)
}

// DetectFile returns what is found in the picture in a file.
func (d *Detector) DetectFile(ctx context.Context, path string, o DetectOpts) ([]Object, error) {
	p, err := dimage.Read(path, dimage.Options{Channels: 3})
	if err != nil {
		return nil, err
	}
	found, err := d.DetectPicture(ctx, p, o)
	return found, errors.Wrapf(err, "detect %s", path)
}

// DetectPicture returns what is found in a picture of package datasets/image.
func (d *Detector) DetectPicture(ctx context.Context, p *dimage.Picture, o DetectOpts) ([]Object, error) {
	x, err := d.card.Input.Prepare(p)
	if err != nil {
		return nil, err
	}
	all, err := d.DetectInputs(ctx, x, o)
	if err != nil {
		return nil, err
	}
	found := []Object{}
	for _, f := range all[0] {
		b := d.card.Input.Unframe(f.Box, p.Width, p.Height).Clip(float64(p.Width), float64(p.Height))
		if b.Valid() {
			found = append(found, Object{Class: d.card.Classes[f.Class], Score: f.Score, Box: [4]float64{b.X1, b.Y1, b.X2, b.Y2}, Number: f.Class})
		}
	}
	return found, nil
}

// DetectInputs returns what is found in each of the inputs x [N·C·H·W], as
// card.Input.Prepare makes them; boxes are shares of the input.
func (d *Detector) DetectInputs(ctx context.Context, x []float32, o DetectOpts) ([][]decode.Detection, error) {
	size := d.card.Input.Len()
	if len(x) == 0 || len(x)%size != 0 {
		return nil, errors.Errorf("detect: %d values, expected a positive multiple of %d, the size of an input %v", len(x), size, d.card.Input.Shape)
	}
	done, err := d.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return d.find.Detect(x, len(x)/size, o.suppress())
}

// Pointer finds key points in pictures.
type Pointer struct {
	card *card.Card
	turn *turn
	find detector.Landmarks
}

// Landmarks returns the model for finding key points.
func (m *Model) Landmarks() (*Pointer, error) {
	if err := m.is(card.Landmarks); err != nil {
		return nil, err
	}
	net, err := m.entry.Network(m.card)
	if err != nil {
		return nil, err
	}
	return &Pointer{m.card, m.turn, detector.Landmarks{Vector: detector.NewVector(m.store, net, m.card.Input.Shape)}}, nil
}

// FindFile returns the key points of the picture in a file: x and y of each in
// pixels of the picture as it is seen.
func (p *Pointer) FindFile(ctx context.Context, path string) ([][2]float64, error) {
	pic, err := dimage.Read(path, dimage.Options{Channels: 3})
	if err != nil {
		return nil, err
	}
	points, err := p.FindPicture(ctx, pic)
	return points, errors.Wrapf(err, "find landmarks of %s", path)
}

// Find returns the key points of a picture: x and y of each in its pixels.
func (p *Pointer) Find(ctx context.Context, picture image.Image) ([][2]float64, error) {
	pic, err := dimage.FromImage(picture, dimage.Options{Channels: 3})
	if err != nil {
		return nil, err
	}
	return p.FindPicture(ctx, pic)
}

// FindPicture returns the key points of a picture of package datasets/image.
func (p *Pointer) FindPicture(ctx context.Context, pic *dimage.Picture) ([][2]float64, error) {
	x, err := p.card.Input.Prepare(pic)
	if err != nil {
		return nil, err
	}
	done, err := p.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := p.find.Find(x, 1)
	if err != nil {
		return nil, err
	}
	points := make([][2]float64, 0, len(all[0])/2)
	for k := 0; k+1 < len(all[0]); k += 2 {
		b := p.card.Input.Unframe(box.Box{X1: all[0][k], Y1: all[0][k+1], X2: all[0][k], Y2: all[0][k+1]}, pic.Width, pic.Height)
		points = append(points, [2]float64{b.X1, b.Y1})
	}
	return points, nil
}

// layer makes the parameters of a network with one input.
func (m *Model) layer(g *graph.Graph, net func(s graph.Scope) nn.Layer) {
	net(g.Scope()).Forward(g.Input(inputName, append([]int{1}, m.card.Input.Shape...)...))
}
