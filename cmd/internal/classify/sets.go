package classify

import (
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	sets "github.com/hocsau/hocsau/datasets/open"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// parts is a data set of labelled examples, cut for training and normalised.
type parts struct {
	train, val, test datasets.Dataset
	plain            datasets.Dataset // the test part as it is, to show
	set              *sets.Parts
}

// statisticsOf is how many training examples decide the normalisation of a set
// whose values are not published.
const statisticsOf = 1000

// openParts opens the set that s names, cut as s says, as the inputs of card c.
// Where sized is false, the set decides the size of the inputs; where c lacks the
// normalisation or the classes, the set decides them.
func openParts(ctx context.Context, s run.Settings, c *card.Card, sized, offline bool, progress io.Writer) (*parts, error) {
	classes := c.Classes
	if s.Data != "folder" { // the others number theirs
		classes = nil
	}
	set, err := openSet(ctx, s.Data, s.DataDir, s.Seed, c.Input, classes, offline, progress)
	if err != nil {
		return nil, err
	}
	if !sized {
		c.Input.Shape = set.Test.Shape()
	}
	if err := frame(s, c.Input, set.Train); err != nil {
		return nil, err
	}
	for _, part := range []*datasets.Dataset{&set.Train, &set.Val, &set.Test} {
		if *part == nil {
			continue
		}
		if *part, err = c.Input.Framed(*part); err != nil {
			return nil, errors.Wrapf(err, "data set %s", s.Data)
		}
	}
	if c.Classes == nil {
		c.Classes = set.Test.Classes()
	}
	if c.Input.Mean == nil {
		if c.Input.Mean, c.Input.Std, err = normalisationOf(s.Data, set.Train); err != nil {
			return nil, err
		}
	}
	p := &parts{plain: set.Test, set: set}
	if err := set.Cut(s.Val, s.Seed); err != nil {
		return nil, err
	}
	train, val := set.Train, set.Val
	if n, _ := s.Int("per_class", 0, 1); n > 0 { // checked before
		if train, err = few(train, n); err != nil {
			return nil, err
		}
	}
	if p.train, err = c.Input.Dataset(train); err != nil {
		return nil, err
	}
	if val != nil && val.Len() > 0 {
		if p.val, err = c.Input.Dataset(val); err != nil {
			return nil, err
		}
	}
	p.test, err = c.Input.Dataset(set.Test)
	return p, err
}

// openSet returns the parts of a set as they are. Pictures that have no size of
// their own are brought to that of in, or to 64×64 where it is nil. classes are
// those of a trained model; nil for a new one.
func openSet(ctx context.Context, name, dir string, seed uint64, in *card.Input, classes []string, offline bool, progress io.Writer) (*sets.Parts, error) {
	if in == nil {
		in = &card.Input{Shape: []int{3, 64, 64}, Fit: card.Crop}
	}
	return sets.Open(ctx, name, sets.Opts{
		Task: sets.Classify, DataDir: dir, Offline: offline, Progress: run.DownloadProgress(progress),
		Input: in.Shape, Fit: in.ImageFit(), Seed: seed, Classes: classes,
	})
}

// normalisationOf returns the published mean and deviation of each channel of a
// set, else those of its first training examples.
func normalisationOf(name string, train datasets.Dataset) (mean, std []float32, err error) {
	switch name {
	case "mnist":
		return []float32{0.1307}, []float32{0.3081}, nil
	case "fashion-mnist":
		return []float32{0.2860}, []float32{0.3530}, nil
	case "cifar10": // what the published weights of the CIFAR ResNets were trained with
		in := catalog.ImageNet(32)
		return in.Mean, in.Std, nil
	}
	first := make([]int, min(statisticsOf, train.Len()))
	for i := range first {
		first[i] = i
	}
	sample, err := datasets.Subset(train, first)
	if err != nil {
		return nil, nil, err
	}
	if mean, std, err = datasets.Stats(sample); err != nil {
		return nil, nil, err
	}
	for i, v := range std {
		if v == 0 {
			return nil, nil, errors.Errorf("data set %s: channel %d is constant, expected pictures that differ", name, i)
		}
	}
	return mean, std, nil
}
