package classify

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/cifar"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// parts is a data set of labelled examples, cut for training and normalised.
type parts struct {
	train, val, test datasets.Dataset
	plain            datasets.Dataset // the test part as it is, to show
}

// statisticsOf is how many training examples decide the normalisation of a set
// whose values are not published.
const statisticsOf = 1000

// openParts opens the set that s names, cut as s says, as the inputs of card c.
// Where sized is false, the set decides the size of the inputs; where c lacks the
// normalisation or the classes, the set decides them.
func openParts(ctx context.Context, s run.Settings, c *card.Card, sized, offline bool, progress io.Writer) (*parts, error) {
	train, test, err := openSet(ctx, s.Data, s.DataDir, s.Seed, c.Input, offline, progress)
	if err != nil {
		return nil, err
	}
	if !sized {
		c.Input.Shape = test.Shape()
	}
	if err := frame(s, c.Input, train); err != nil {
		return nil, err
	}
	if train, err = c.Input.Framed(train); err != nil {
		return nil, errors.Wrapf(err, "data set %s", s.Data)
	}
	if test, err = c.Input.Framed(test); err != nil {
		return nil, errors.Wrapf(err, "data set %s", s.Data)
	}
	if c.Classes == nil {
		c.Classes = test.Classes()
	}
	if c.Input.Mean == nil {
		if c.Input.Mean, c.Input.Std, err = normalisationOf(s.Data, train); err != nil {
			return nil, err
		}
	}
	p := &parts{plain: test}
	var val datasets.Dataset
	if s.Val > 0 {
		if train, val, err = datasets.Split(train, s.Val, s.Seed); err != nil {
			return nil, err
		}
	}
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
	p.test, err = c.Input.Dataset(test)
	return p, err
}

// openSet returns the two parts of a set as they are. Pictures that have no size
// of their own are brought to that of in, or to 64×64 where it is nil.
func openSet(ctx context.Context, name, dir string, seed uint64, in *card.Input, offline bool, progress io.Writer) (train, test datasets.Dataset, err error) {
	if in == nil {
		in = &card.Input{Shape: []int{3, 64, 64}, Fit: card.Crop}
	}
	switch name {
	case "digits":
		train, test := digits.Open(seed)
		return train, test, nil
	case "shapes":
		return openShapes(seed, in.Shape[1])
	}
	path, err := datasets.Locate(ctx, name, dir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
	if err != nil {
		return nil, nil, err
	}
	set, err := datasets.Lookup(name)
	if err != nil {
		return nil, nil, err
	}
	switch name {
	case "cifar10":
		return openCIFAR(path)
	case "folder":
		return openPictures(path, seed, in, progress)
	}
	return idx.Open(path, idx.Options{Classes: set.Classes, Seed: seed})
}

// The numbers of drawn shapes to train on and to test on.
const (
	shapesTrain = 4000
	shapesTest  = 1000
)

func openShapes(seed uint64, side int) (train, test datasets.Dataset, err error) {
	if train, err = shapes.New(shapes.Options{Len: shapesTrain, Size: side, Seed: seed, Part: "train"}); err != nil {
		return nil, nil, err
	}
	test, err = shapes.New(shapes.Options{Len: shapesTest, Size: side, Seed: seed, Part: "test"})
	return train, test, err
}

func openCIFAR(dir string) (train, test datasets.Dataset, err error) {
	if train, err = cifar.Open(dir, cifar.Train); err != nil {
		return nil, nil, err
	}
	test, err = cifar.Open(dir, cifar.Test)
	return train, test, err
}

// testShare is the part of a folder of pictures that is kept for the test.
const testShare = 0.2

// openPictures opens a folder with a sub-folder a class, or one that has such
// folders named train and test.
func openPictures(dir string, seed uint64, in *card.Input, warn io.Writer) (train, test datasets.Dataset, err error) {
	o := image.FolderOptions{Options: image.Options{Channels: in.Shape[0]}, Height: in.Shape[1], Width: in.Shape[2], Fit: in.ImageFit()}
	open := func(dir string) (datasets.Dataset, error) {
		f, err := image.OpenFolder(dir, o)
		if err != nil {
			return nil, err
		}
		reportProblems(warn, dir, f)
		return f, nil
	}
	if run.IsDir(filepath.Join(dir, "train")) && run.IsDir(filepath.Join(dir, "test")) {
		if train, err = open(filepath.Join(dir, "train")); err != nil {
			return nil, nil, err
		}
		test, err = open(filepath.Join(dir, "test"))
		return train, test, err
	}
	all, err := open(dir)
	if err != nil {
		return nil, nil, err
	}
	return datasets.Split(all, testShare, seed)
}

// mostProblems is how many unreadable files are named one by one.
const mostProblems = 10

// reportProblems names the files of a folder that are no readable pictures.
func reportProblems(w io.Writer, dir string, f *image.Folder) {
	problems := f.Problems()
	if w == nil || len(problems) == 0 {
		return
	}
	for _, p := range problems[:min(mostProblems, len(problems))] {
		fmt.Fprintf(w, "hocsau: left out: %s\n", run.OneLine(named(p).Error()))
	}
	fmt.Fprintf(w, "hocsau: %d of %d files in %s are no readable pictures and were left out\n", len(problems), len(problems)+f.Len(), dir)
}

// named is a problem with the path of its file in it.
func named(p image.Problem) error {
	if strings.Contains(p.Err.Error(), p.Path) {
		return p.Err
	}
	return errors.Wrap(p.Err, p.Path)
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
