package faces

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/omniglot"
	sets "github.com/hocsau/hocsau/datasets/open"
	"github.com/hocsau/hocsau/datasets/orl"
)

// The size of faces in the network, that of ORL halved.
const (
	faceHeight = 56
	faceWidth  = 46
)

// faces reports whether a set shows faces, which are alike in a mirror.
func faces(data string) bool { return data == "orl" || data == "folder" }

// inputOf returns the shape of the pictures of a set.
func inputOf(data string) []int {
	if faces(data) {
		return []int{1, faceHeight, faceWidth}
	}
	return usual()
}

// parts is a data set, cut so that no person is in two parts. Of drawn digits,
// of which there are ten, the pictures are cut.
type parts struct {
	train, val, test datasets.Dataset
	runs             []omniglot.Run // the test of omniglot
	shared           bool           // the parts show the same classes
	set              *sets.Parts    // of a folder
}

// openParts opens the set that s names, cut as s says.
func openParts(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (*parts, error) {
	if s.Data == "digits" {
		return openDigits(s)
	}
	if s.Data == "folder" {
		p, err := openFolder(ctx, s, offline)
		if err != nil || p.val != nil {
			return p, err
		}
		return p, p.validate(s)
	}
	path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
	if err != nil {
		return nil, err
	}
	if s.Data == "omniglot" {
		return openOmniglot(path, s)
	}
	p := &parts{}
	if p.train, p.test, err = orl.Open(path, faceHeight, faceWidth); err != nil {
		return nil, err
	}
	return p, p.validate(s)
}

func openDigits(s run.Settings) (*parts, error) {
	train, test := digits.Open(s.Seed)
	p := &parts{train: train, test: test, shared: true}
	if s.Val == 0 {
		return p, nil
	}
	var err error
	p.train, p.val, err = datasets.Split(train, s.Val, s.Seed)
	return p, err
}

// leastStrangers is how many people a validation part has at least: fewer make
// too few pairs of strangers for a threshold.
const leastStrangers = 3

// validate takes people from the training part to validate on.
func (p *parts) validate(s run.Settings) error {
	if s.Val == 0 {
		return nil
	}
	n := len(p.train.Classes())
	if n < leastStrangers+2 {
		return errors.Errorf("data set %s has %d people to train on, expected at least %d, of which %d are kept to validate on; --val 0 keeps none", s.Data, n, leastStrangers+2, leastStrangers)
	}
	share := max(s.Val, leastStrangers/float64(n))
	if share*float64(n) > float64(n-2) {
		return errors.Errorf("--val %g leaves fewer than two of %d people to train on", s.Val, n)
	}
	var err error
	if p.train, p.val, err = datasets.SplitClasses(p.train, share, s.Seed); err != nil {
		return err
	}
	return pairs("validate on", p.val)
}

// pairs makes it an error where nobody in a part has two pictures: there is
// nothing to be taken for the same.
func pairs(what string, d datasets.Dataset) error {
	labels, err := datasets.Labels(d)
	if err != nil {
		return err
	}
	seen := map[int]bool{}
	for _, label := range labels {
		if seen[label] {
			return nil
		}
		seen[label] = true
	}
	return errors.Errorf("nobody of %d people to %s has two pictures: another --seed draws others", len(d.Classes()), what)
}

// openOmniglot opens the background characters, turned to make four of each, and
// the runs.
func openOmniglot(dir string, s run.Settings) (*parts, error) {
	background, err := named(dir, "images_background_small1")
	if err != nil {
		return nil, err
	}
	list, err := named(dir, "all_runs")
	if err != nil {
		return nil, err
	}
	p := &parts{}
	if p.runs, err = omniglot.OpenRuns(list, omniglot.Options{}); err != nil {
		return nil, err
	}
	if p.train, err = omniglot.Open(background, omniglot.Options{}); err != nil {
		return nil, err
	}
	if err := p.validate(s); err != nil {
		return nil, err
	}
	train, err := datasets.Decode(p.train)
	if err != nil {
		return nil, err
	}
	p.train, err = omniglot.Turned(train)
	return p, err
}

// named returns the zip of that name in dir, or the folder of what is in it.
func named(dir, name string) (string, error) {
	for _, path := range []string{filepath.Join(dir, name+".zip"), filepath.Join(dir, name)} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.Errorf("data set omniglot: %s has no %s.zip and no folder %s", dir, name, name)
}

// testShare is the part of the people in a folder that is kept for the test.
const testShare = 0.2

// openFolder opens a folder with a sub-folder a person, or one that has such
// folders for its parts.
func openFolder(ctx context.Context, s run.Settings, offline bool) (*parts, error) {
	set, err := sets.Open(ctx, s.Data, sets.Opts{
		Task: sets.Identify, DataDir: s.DataDir, Offline: offline, Input: []int{1, faceHeight, faceWidth}, Fit: image.CenterCrop, Seed: s.Seed,
	})
	if err != nil {
		return nil, err
	}
	p := &parts{train: set.Train, val: set.Val, test: set.Test, set: set}
	if p.test != nil {
		return p, nil
	}
	n := len(p.train.Classes())
	if n < 4 {
		return nil, errors.Errorf("data set folder: %s has %d sub-folders of people, expected at least 4, two to train on and two for the test", s.DataDir, n)
	}
	share := max(testShare, 2/float64(n))
	if p.train, p.test, err = datasets.SplitClasses(p.train, math.Min(share, 0.5), s.Seed); err != nil {
		return nil, err
	}
	return p, pairs("test with", p.test)
}
