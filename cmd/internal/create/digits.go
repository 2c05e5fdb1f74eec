package create

import (
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
)

// digitParts is a set of pictures of 28×28 with values from 0 to 1.
type digitParts struct {
	train, val, test datasets.Dataset // val may be nil
}

// validation returns the number of pictures to validate with.
func (p *digitParts) validation() int {
	if p.val == nil {
		return 0
	}
	return p.val.Len()
}

// openDigits opens the set that s names.
func openDigits(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (*digitParts, error) {
	p := &digitParts{}
	if s.Data == "digits" {
		p.train, p.test = digits.Open(s.Seed)
	} else {
		path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
		if err != nil {
			return nil, err
		}
		set, err := datasets.Lookup(s.Data)
		if err != nil {
			return nil, err
		}
		if p.train, p.test, err = openIDX(path, set.Classes, s.Seed); err != nil {
			return nil, err
		}
	}
	if shape := p.train.Shape(); len(shape) != 3 || shape[0] != 1 || shape[1] != 28 || shape[2] != 28 {
		return nil, errors.Errorf("data set %s has examples of shape %v, expected grey pictures of 28×28", s.Data, shape)
	}
	if s.Val > 0 {
		var err error
		if p.train, p.val, err = datasets.Split(p.train, s.Val, s.Seed); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func openIDX(path string, classes []string, seed uint64) (train, test datasets.Dataset, err error) {
	return idx.Open(path, idx.Options{Classes: classes, Seed: seed})
}

// framed is a set of grey pictures with a black frame around each, side pixels
// in all.
type framed struct {
	datasets.Dataset
	side int
}

// Shape returns the shape with the frame.
func (f framed) Shape() []int { return []int{1, f.side, f.side} }

// At writes picture i with its frame.
func (f framed) At(i int, x []float32) (int, error) {
	h, w := f.Dataset.Shape()[1], f.Dataset.Shape()[2]
	// The picture lies at the end first, then its rows move to their places.
	inner := x[len(x)-h*w:]
	label, err := f.Dataset.At(i, inner)
	if err != nil {
		return label, err
	}
	picture := append([]float32(nil), inner...)
	clear(x)
	top, left := (f.side-h)/2, (f.side-w)/2
	for y := range h {
		copy(x[(top+y)*f.side+left:], picture[y*w:(y+1)*w])
	}
	return label, nil
}
