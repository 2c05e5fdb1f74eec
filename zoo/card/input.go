package card

import (
	stdimage "image"
	"io"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
)

// Fit says how a picture of any size becomes one of the network's.
type Fit string

// The ways of Fit.
const (
	Crop    Fit = "crop"    // scaled until it covers the size, the middle taken
	Stretch Fit = "stretch" // proportions are ignored
	// Digit frames a drawn or photographed digit as MNIST does: light ink on
	// black, scaled into a box, its centre of mass in the middle. A picture that
	// is so already is taken as it is.
	Digit Fit = "digit"
)

// Fits are the ways of Fit by name.
func Fits() []string { return []string{string(Crop), string(Stretch), string(Digit)} }

// Input says how a picture becomes the input [C, H, W] of a network:
//
//	x_c = (pixel_c − Mean_c) / Std_c, pixels in [0, 1]
//
// after it is turned as its file says, given the channels that the network
// reads, and brought to its size.
type Input struct {
	Shape []int     `json:"shape"` // [C, H, W]; other ranks are no pictures
	Fit   Fit       `json:"fit,omitempty"`
	Mean  []float32 `json:"mean,omitempty"` // by channel; none leaves the pixels as they are
	Std   []float32 `json:"std,omitempty"`
	// BGR says that the network reads blue, green, red; Mean and Std have that
	// order.
	BGR bool `json:"bgr,omitempty"`
}

// maxPicture is the largest picture, in bytes, that a stream may hold.
const maxPicture = 64 << 20

func (in *Input) check() error {
	if len(in.Shape) == 0 {
		return errors.New("the input has no shape")
	}
	size := 1
	for _, n := range in.Shape {
		if n < 1 || size > 1<<28/n {
			return errors.Errorf("input of shape %v, expected positive sizes, at most 2^28 numbers", in.Shape)
		}
		size *= n
	}
	if len(in.Mean) != len(in.Std) || len(in.Mean) > 0 && len(in.Mean) != in.Shape[0] && len(in.Mean) != 1 {
		return errors.Errorf("input of shape %v with %d means and %d deviations, expected one a channel", in.Shape, len(in.Mean), len(in.Std))
	}
	for i, v := range in.Std {
		if !(v > 0) {
			return errors.Errorf("input: the deviation of channel %d is %g, expected a positive number", i, v)
		}
	}
	if in.BGR && in.Shape[0] != 3 {
		return errors.Errorf("input of %d channels in the order blue, green, red, expected 3", in.Shape[0])
	}
	if in.Fit == Digit && datasets.Size(in.Shape) != 28*28 {
		return errors.Errorf("input of shape %v framed as digits, expected [1 28 28]", in.Shape)
	}
	return nil
}

// Len returns the number of values of one input.
func (in *Input) Len() int { return datasets.Size(in.Shape) }

// options are those of reading a file.
func (in *Input) options() (image.Options, error) {
	if len(in.Shape) != 3 || in.Shape[0] != 1 && in.Shape[0] != 3 {
		return image.Options{}, errors.Errorf("the model takes examples of shape %v, which are no pictures", in.Shape)
	}
	return image.Options{Channels: in.Shape[0]}, nil
}

// Read returns the picture in the file at path as an input.
func (in *Input) Read(path string) ([]float32, error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	p, err := image.Read(path, o)
	if err != nil {
		return nil, err
	}
	x, err := in.Prepare(p)
	return x, errors.Wrapf(err, "prepare %s", path)
}

// Decode returns the picture that r holds as a file of any known format.
func (in *Input) Decode(r io.Reader) ([]float32, error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxPicture+1))
	switch {
	case err != nil:
		return nil, errors.Wrap(err, "read picture")
	case len(data) > maxPicture:
		return nil, errors.Errorf("read picture: more than %d MB, expected one picture", maxPicture>>20)
	}
	p, err := image.Decode(data, o)
	if err != nil {
		return nil, err
	}
	return in.Prepare(p)
}

// FromImage returns a picture of Go's image package as an input.
func (in *Input) FromImage(m stdimage.Image) ([]float32, error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	p, err := image.FromImage(m, o)
	if err != nil {
		return nil, err
	}
	return in.Prepare(p)
}

// Prepare returns the picture as an input [C·H·W].
func (in *Input) Prepare(p *image.Picture) ([]float32, error) {
	x, err := in.Frame(p)
	if err != nil {
		return nil, err
	}
	in.Normalise(x)
	return x, nil
}

// Frame returns the picture with the network's channels, at its size, before
// Normalise: what a person would look at. Pixels are bytes / 255 unless Fit is
// Digit.
func (in *Input) Frame(p *image.Picture) ([]float32, error) {
	if _, err := in.options(); err != nil {
		return nil, err
	}
	if in.Shape[0] == 1 {
		p = p.Gray()
	} else {
		p = p.RGB()
	}
	var err error
	switch in.Fit {
	case Digit:
		if !isDigit(p) {
			if p, err = image.Digit(p); err != nil {
				return nil, err
			}
		}
		return slices.Clone(p.Pix), nil
	case Stretch:
		p, err = p.Resize(in.Shape[1], in.Shape[2], image.Stretch)
	default:
		p, err = p.Resize(in.Shape[1], in.Shape[2], image.CenterCrop)
	}
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(p.Pix))
	for i, b := range p.Bytes() {
		x[i] = float32(b) / 255
	}
	return x, nil
}

// isDigit reports whether a picture is framed already: of MNIST's size, black
// around, its ink in a box of 20 pixels with the centre of mass in the middle.
func isDigit(p *image.Picture) bool {
	const side, box, middle = 28, 20, 14
	if p.Height != side || p.Width != side {
		return false
	}
	ink := 0.2 * slices.Max(p.Pix)
	var mass, my, mx float64
	top, left, bottom, right := side, side, -1, -1
	for k, v := range p.Pix {
		if v <= ink {
			continue
		}
		y, x := k/side, k%side
		mass, my, mx = mass+float64(v), my+float64(v)*float64(y), mx+float64(v)*float64(x)
		top, left, bottom, right = min(top, y), min(left, x), max(bottom, y), max(right, x)
	}
	return mass > 0 && max(bottom-top, right-left)+1 == box &&
		math.Abs(my/mass-middle) <= 0.5 && math.Abs(mx/mass-middle) <= 0.5
}

// ImageFit returns how datasets/image brings files to the size, for those who
// open folders of pictures.
func (in *Input) ImageFit() image.Fit {
	if in.Fit == Stretch {
		return image.Stretch
	}
	return image.CenterCrop
}

// Unframe returns where a box of an input, in shares of it, lies in a picture of
// width×height pixels from which Frame made the input.
func (in *Input) Unframe(b box.Box, width, height int) box.Box {
	w, h := float64(width), float64(height)
	if in.Fit == Stretch || len(in.Shape) != 3 {
		return b.Scale(w, h)
	}
	left, top, cw, ch := image.CropArea(width, height, in.Shape[2], in.Shape[1])
	b = b.Scale(float64(cw), float64(ch))
	x, y := float64(left), float64(top)
	return box.Box{X1: b.X1 + x, Y1: b.Y1 + y, X2: b.X2 + x, Y2: b.Y2 + y}
}

// Normalise brings the pixels x [C·…] to the form that the network reads, in
// place. It may hold several examples only where there is one mean for all.
func (in *Input) Normalise(x []float32) {
	if in.BGR {
		swapEnds(x)
	}
	plane := len(x) / max(1, len(in.Mean))
	for c, m := range in.Mean {
		scale := float32(1 / float64(in.Std[c])) // as datasets.Normalized has it
		values := x[c*plane : (c+1)*plane]
		for i, v := range values {
			values[i] = (v - m) * scale
		}
	}
}

// Restore takes back Normalise, to show an input.
func (in *Input) Restore(x []float32) {
	plane := len(x) / max(1, len(in.Mean))
	for c, m := range in.Mean {
		values := x[c*plane : (c+1)*plane]
		for i, v := range values {
			values[i] = v*in.Std[c] + m
		}
	}
	if in.BGR {
		swapEnds(x)
	}
}

// swapEnds exchanges the first and the last third of x: red and blue.
func swapEnds(x []float32) {
	area := len(x) / 3
	for i := range area {
		x[i], x[2*area+i] = x[2*area+i], x[i]
	}
}

// Dataset returns the examples of d, pixels in [0, 1], as the network reads
// them. Pictures of another size go through Frame.
func (in *Input) Dataset(d datasets.Dataset) (datasets.Dataset, error) {
	framed, err := in.Framed(d)
	if err != nil {
		return nil, err
	}
	return normalised{framed, in}, nil
}

// Framed returns the examples of d at the network's size, before Normalise.
func (in *Input) Framed(d datasets.Dataset) (datasets.Dataset, error) {
	shape := d.Shape()
	switch {
	case slices.Equal(shape, in.Shape), len(in.Shape) != 3 && datasets.Size(shape) == in.Len():
		return d, nil
	case len(shape) != 3 || len(in.Shape) != 3:
		return nil, errors.Errorf("examples of shape %v, the model takes %v", shape, in.Shape)
	}
	return framed{d, in}, nil
}

// normalised is a set of inputs.
type normalised struct {
	datasets.Dataset
	in *Input
}

func (n normalised) At(i int, x []float32) (int, error) {
	label, err := n.Dataset.At(i, x)
	if err == nil {
		n.in.Normalise(x)
	}
	return label, err
}

// Parts implements datasets.PartReader.
func (n normalised) Parts() datasets.ReadPart {
	read := datasets.Parts(n.Dataset)
	if read == nil {
		return nil
	}
	return func(i int, x []float32, p datasets.Part) (int, error) {
		label, err := read(i, x, p)
		if err == nil {
			n.in.Normalise(x)
		}
		return label, err
	}
}

// Path returns the file of example i, empty where there is none.
func (n normalised) Path(i int) string { return datasets.PathOf(n.Dataset, i) }

// framed is a set whose pictures are brought to another size.
type framed struct {
	datasets.Dataset
	in *Input
}

func (f framed) Shape() []int { return f.in.Shape }

// Path returns the file of example i, empty where there is none.
func (f framed) Path(i int) string { return datasets.PathOf(f.Dataset, i) }

func (f framed) At(i int, x []float32) (int, error) {
	if len(x) != f.in.Len() {
		return 0, errors.Errorf("example %d: room for %d values, expected %d", i, len(x), f.in.Len())
	}
	s := f.Dataset.Shape()
	p := &image.Picture{Pix: make([]float32, datasets.Size(s)), Channels: s[0], Height: s[1], Width: s[2]}
	label, err := f.Dataset.At(i, p.Pix)
	if err != nil {
		return 0, err
	}
	y, err := f.in.Frame(p)
	if err != nil {
		return 0, errors.Wrapf(err, "example %d", i)
	}
	copy(x, y)
	return label, nil
}
