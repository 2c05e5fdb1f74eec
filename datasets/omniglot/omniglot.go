package omniglot

import (
	"archive/zip"
	"cmp"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
)

const (
	maxFile   = 1 << 20 // bytes of a picture or of class_labels.txt; the real ones have 400 and 980
	maxPixels = 1 << 20
)

// Options say what becomes of the drawings of 105×105 pixels. The zero value
// brings the ink into the form of MNIST, 28×28 with its centre of mass in the
// middle: where on the paper and how large somebody drew does not count.
type Options struct {
	// Side keeps the whole paper, resized to so many pixels a side.
	Side int
}

// side returns the pixels of a side of the pictures.
func (o Options) side() (int, error) {
	if o.Side < 0 {
		return 0, errors.Errorf("pictures of %d pixels a side, expected at least 1, or 0 for the form of MNIST", o.Side)
	}
	return cmp.Or(o.Side, mnistSide), nil
}

const mnistSide = 28

// Open reads the characters in a zip or folder, ALPHABET/characterNN/*.png at any
// depth, as pictures [1, side, side]. A class is a character, named
// "ALPHABET/characterNN".
func Open(name string, o Options) (*datasets.InMemory, error) {
	d, err := open(name, o)
	return d, errors.Wrapf(err, "read Omniglot %s", name)
}

func open(name string, o Options) (*datasets.InMemory, error) {
	side, err := o.side()
	if err != nil {
		return nil, err
	}
	files, done, err := openFiles(name)
	if err != nil {
		return nil, err
	}
	defer done()
	var names []string // of the pictures
	err = fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.EqualFold(path.Ext(p), ".png") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.Wrap(datasets.ErrEmpty, "no ALPHABET/characterNN/*.png")
	}
	slices.Sort(names)
	x, y := make([]float32, 0, len(names)*side*side), make([]int, 0, len(names))
	var classes []string
	for _, p := range names {
		dir := path.Dir(p)
		class := path.Join(path.Base(path.Dir(dir)), path.Base(dir))
		if len(classes) == 0 || classes[len(classes)-1] != class {
			classes = append(classes, class)
		}
		pix, err := picture(files, p, o)
		if err != nil {
			return nil, err
		}
		x, y = append(x, pix...), append(y, len(classes)-1)
	}
	return datasets.NewInMemory([]int{1, side, side}, classes, x, y)
}

// openFiles opens a folder or a zip.
func openFiles(name string) (files fs.FS, done func(), err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return os.DirFS(name), func() {}, nil
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, nil, err
	}
	return z, func() { _ = z.Close() }, nil // it was only read
}

// read returns the content of a small file.
func read(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errors.Errorf("larger than %d bytes", maxFile)
	}
	return b, errors.Wrap(err, name)
}

// picture returns a drawing [side·side] with ink 1.
func picture(files fs.FS, name string, o Options) ([]float32, error) {
	b, err := read(files, name)
	if err != nil {
		return nil, err
	}
	p, err := image.Decode(b, image.Options{Channels: 1, MaxPixels: maxPixels})
	if err != nil {
		return nil, errors.Wrap(err, name)
	}
	if o.Side == 0 {
		if p, err = image.Digit(p); err != nil {
			return nil, errors.Wrap(err, name)
		}
		return p.Pix, nil
	}
	if p, err = p.Resize(o.Side, o.Side, image.Stretch); err != nil {
		return nil, errors.Wrap(err, name)
	}
	for i, v := range p.Pix {
		p.Pix[i] = 1 - v // ink is black in the files
	}
	return p.Pix, nil
}

// Turned returns d [1, S, S] with every character turned by 0°, 90°, 180° and
// 270°, each turn of a character being a class of its own.
//
// Source: arXiv:1605.06065 §4.1.
func Turned(d *datasets.InMemory) (*datasets.InMemory, error) {
	shape := d.Shape()
	if len(shape) != 3 || shape[0] != 1 || shape[1] != shape[2] {
		return nil, errors.Wrapf(datasets.ErrShape, "turn pictures of shape %v, expected [1, S, S]", shape)
	}
	side, n := shape[1], d.Len()
	x, y := make([]float32, 0, 4*n*side*side), make([]int, 0, 4*n)
	var classes []string
	pix := make([]float32, side*side)
	for turn, suffix := range []string{"", " 90°", " 180°", " 270°"} {
		for _, class := range d.Classes() {
			classes = append(classes, class+suffix)
		}
		for i := range n {
			label, err := d.At(i, pix)
			if err != nil {
				return nil, err
			}
			for range turn {
				pix = quarter(pix, side)
			}
			x, y = append(x, pix...), append(y, label+turn*len(d.Classes()))
		}
	}
	return datasets.NewInMemory(shape, classes, x, y)
}

// quarter returns pix turned counter-clockwise by 90°.
func quarter(pix []float32, side int) []float32 {
	turned := make([]float32, len(pix))
	for r := range side {
		for c := range side {
			turned[(side-1-c)*side+r] = pix[r*side+c]
		}
	}
	return turned
}
