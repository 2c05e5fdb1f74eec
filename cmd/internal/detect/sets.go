package detect

import (
	"context"
	"io"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
	sets "github.com/hocsau/hocsau/datasets/open"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// parts is a data set of pictures, cut for training: those with boxes, or with
// key points for the model of landmarks.
type parts struct {
	train, val, test                   box.Pictures
	markedTrain, markedVal, markedTest marked
	set                                *sets.Parts // of those with boxes
}

// sizes returns the numbers of pictures.
func (p *parts) sizes() (train, val, test int) {
	count := func(a box.Pictures, b marked) int {
		switch {
		case b != nil:
			return b.Len()
		case a != nil:
			return a.Len()
		}
		return 0
	}
	return count(p.train, p.markedTrain), count(p.val, p.markedVal), count(p.test, p.markedTest)
}

// marked are pictures with key points.
type marked = detect.Marked

// The numbers of drawn pictures.
const (
	shapesTrain = 2000
	shapesTest  = 500
)

// testShare is the part of a set with key points that is kept for the test.
const testShare = 0.2

// openParts opens the set that s names, cut as s says, for the model of that
// name. classes are those of a trained model; nil for a new one.
func openParts(ctx context.Context, s run.Settings, o options, classes []string, offline bool, progress io.Writer) (*parts, error) {
	p, err := openSet(ctx, s, o, classes, offline, progress)
	if err != nil {
		return nil, err
	}
	if p.set != nil {
		if err := p.set.Cut(s.Val, s.Seed+1); err != nil {
			return nil, err
		}
		p.train, p.val, p.test = p.set.Boxes()
		return p, nil
	}
	if p.markedTrain != nil && p.markedTest == nil {
		if p.markedTrain, p.markedTest, err = splitMarked(p.markedTrain, testShare, s.Seed); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Val == 0:
	case p.train != nil:
		p.train, p.val, err = box.Split(p.train, s.Val, s.Seed+1)
	default:
		p.markedTrain, p.markedVal, err = splitMarked(p.markedTrain, s.Val, s.Seed+1)
	}
	return p, err
}

// openSet opens the set; of key points a missing test part is to be cut from
// train.
func openSet(ctx context.Context, s run.Settings, o options, classes []string, offline bool, progress io.Writer) (*parts, error) {
	if s.Data == "shapes" {
		return openShapes(s, o)
	}
	if s.Model == "landmarks" {
		path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
		if err != nil {
			return nil, err
		}
		m, err := openMarks(path, o)
		return &parts{markedTrain: m}, err
	}
	set, err := sets.Open(ctx, s.Data, sets.Opts{
		Task: sets.Detect, DataDir: s.DataDir, Offline: offline, Progress: run.DownloadProgress(progress),
		Input: []int{3, o.height, o.width}, Seed: s.Seed, Classes: classes,
	})
	if err != nil {
		return nil, err
	}
	p := &parts{set: set}
	p.train, p.val, p.test = set.Boxes()
	return p, nil
}

func openShapes(s run.Settings, o options) (*parts, error) {
	kind := shapes.Detect
	switch s.Model {
	case "localiser":
		kind = shapes.Localise
	case "landmarks":
		kind = shapes.Landmark
	}
	open := func(n int, part string) (*shapes.Set, error) {
		return shapes.New(shapes.Options{Task: kind, Len: n, Size: o.height, Seed: s.Seed, Part: part})
	}
	train, err := open(shapesTrain, "train")
	if err != nil {
		return nil, err
	}
	test, err := open(shapesTest, "test")
	if err != nil {
		return nil, err
	}
	if kind == shapes.Landmark {
		return &parts{markedTrain: train, markedTest: test}, nil
	}
	return &parts{train: train, test: test}, nil
}
