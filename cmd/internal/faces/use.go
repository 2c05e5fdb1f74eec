package faces

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
)

// used is a trained network without its data.
type used struct {
	*job
	path    string
	weights string // the file
}

// openForUse opens a run of the area, or a model with the weights of a file.
func openForUse(a *run.App, name, weights, data string) (*used, error) {
	if weights == "" && data != "" {
		return nil, run.Usagef("--data %s: goes with --weights; a run knows its data set", data)
	}
	r, err := a.OpenWeights(name, weights, data)
	if err != nil {
		return nil, err
	}
	if _, ok := Area().Models[r.Settings.Model]; !ok {
		return nil, errors.Errorf("%s is a %s, expected siamese or triplet", r.Path, r.Settings.Model)
	}
	return openRun(r)
}

func openRun(r *run.Run) (*used, error) {
	d := described{Data: r.Settings.Data, Input: inputOf(r.Settings.Data)}
	if r.InFolder() {
		d = described{}
		if err := r.Describe(&d); err != nil {
			return nil, err
		}
		if err := d.check(r.Path); err != nil {
			return nil, err
		}
	}
	j, err := newJob(r.Settings, d, &parts{})
	if err != nil {
		return nil, err
	}
	return &used{j, r.Path, r.Weights}, r.Load(j)
}

// fingerprint tells the network from others, by its weights.
func (u *used) fingerprint() (string, error) {
	f, err := os.Open(u.weights)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", errors.Wrapf(err, "read %s", u.weights)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// limits are the flags that say how near two pictures of the same must be.
type limits struct {
	distance float64
	far      float64
}

// limit returns the squared distance up to which two pictures count as the same,
// and the share of strangers that it was chosen to accept, NaN where the user
// gave it.
func (u *used) limit(l limits) (distance, far float64, err error) {
	switch {
	case !math.IsNaN(l.distance) && !math.IsNaN(l.far):
		return 0, 0, run.Usagef("--threshold and --far: expected one of them")
	case !math.IsNaN(l.distance):
		if !(l.distance >= 0) {
			return 0, 0, run.Usagef("--threshold %g: expected a squared distance from 0 on", l.distance)
		}
		return l.distance, math.NaN(), nil
	case u.about.Chosen == nil:
		return 0, 0, errors.Errorf("%s has no threshold, which the end of training chooses: --threshold names one", u.path)
	case math.IsNaN(l.far):
		return u.about.Chosen.Distance, u.about.Chosen.FAR, nil
	}
	for _, t := range append(u.about.Thresholds, *u.about.Chosen) {
		if t.FAR == l.far {
			return t.Distance, t.FAR, nil
		}
	}
	return 0, 0, run.Usagef("--far %g: the run has thresholds for %v and %g", l.far, rates(), u.about.Chosen.FAR)
}

// read returns the picture in a file as an input of the network.
func (u *used) read(a *run.App, path string) ([]float32, error) {
	pic, err := readPicture(a, path)
	if err != nil {
		return nil, err
	}
	h, w := u.about.Input[1], u.about.Input[2]
	switch u.about.Data {
	case "digits", "omniglot":
		pic, err = image.Digit(pic)
	case "orl":
		pic, err = pic.Resize(h, w, image.Stretch)
	default:
		pic, err = pic.Resize(h, w, image.CenterCrop)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "prepare %s", path)
	}
	return pic.Pix, nil
}

const maxPicture = 64 << 20 // bytes

// readPicture returns a grey picture; - is the standard input.
func readPicture(a *run.App, path string) (*image.Picture, error) {
	o := image.Options{Channels: 1}
	if path != "-" {
		return image.Read(path, o)
	}
	data, err := io.ReadAll(io.LimitReader(a.In, maxPicture+1))
	if err != nil {
		return nil, errors.Wrap(err, "read the standard input")
	}
	if len(data) > maxPicture {
		return nil, errors.Errorf("the standard input holds more than %d MB, expected one picture", maxPicture>>20)
	}
	pic, err := image.Decode(data, o)
	return pic, errors.Wrap(err, "read the standard input")
}
