package faces

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/infer"
)

// used is a trained network without its data.
type used struct {
	*infer.Encoder
	card    *card.Card
	model   *infer.Model
	path    string
	weights string // the file
}

// Close ends the use.
func (u *used) Close() { _ = u.model.Close() }

// openForUse opens a run of the area, or a model with the weights of a file.
func openForUse(a *run.App, name, weights, data string) (*used, error) {
	if weights == "" && data != "" {
		return nil, run.Usagef("--data %s: goes with --weights; a run knows its data set", data)
	}
	r, err := a.OpenWeights(name, weights, data)
	if err != nil {
		return nil, err
	}
	return openRun(a, r)
}

func openRun(a *run.App, r *run.Run) (*used, error) {
	e, err := a.Catalog.Lookup(r.Settings.Model)
	if err != nil || e.Task != card.Embed {
		return nil, errors.Errorf("%s is a %s, expected siamese or triplet", r.Path, r.Settings.Model)
	}
	o := infer.Opts{Catalog: a.Catalog, Weights: r.Weights, Seed: r.Settings.Seed}
	path := r.Path
	if !r.InFolder() {
		if o.Card, err = (network{e}).card(r.Settings); err != nil {
			return nil, err
		}
		path = r.Weights
	}
	m, err := infer.Open(path, o)
	if err != nil {
		return nil, err
	}
	user, err := m.Encoder()
	if err != nil {
		return nil, err
	}
	return &used{user, m.Card(), m, r.Path, r.Weights}, nil
}

// dim returns the numbers of an embedding.
func (u *used) dim() (int, error) { return strconv.Atoi(u.card.Form["dim"]) }

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
	case u.card.Threshold == nil:
		return 0, 0, errors.Errorf("%s has no threshold, which the end of training chooses: --threshold names one", u.path)
	case math.IsNaN(l.far):
		return u.card.Threshold.Distance, u.card.Threshold.FAR, nil
	}
	for _, t := range append(slices.Clone(u.card.Thresholds), *u.card.Threshold) {
		if t.FAR == l.far {
			return t.Distance, t.FAR, nil
		}
	}
	return 0, 0, run.Usagef("--far %g: the run has thresholds for %v and %g", l.far, rates(), u.card.Threshold.FAR)
}

// read returns the picture in a file as an input of the network; - is the
// standard input.
func (u *used) read(a *run.App, path string) ([]float32, error) {
	if path != "-" {
		return u.card.Input.Read(path)
	}
	x, err := u.card.Input.Decode(a.In)
	return x, errors.Wrap(err, "read the standard input")
}
