package orl

import (
	"strconv"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/image"
)

// The people of the set, and the last of them to train on.
const (
	People    = 40
	LastTrain = 30
)

// Open reads the folder with every picture resized to height by width: s1 to
// s30 to train on, s31 to s40 for the test.
func Open(dir string, height, width int) (train, test datasets.Dataset, err error) {
	all, err := image.OpenFolder(dir, image.FolderOptions{Options: image.Options{Channels: 1}, Height: height, Width: width})
	if err != nil {
		return nil, nil, err
	}
	if p := all.Problems(); len(p) > 0 {
		return nil, nil, errors.Wrapf(p[0].Err, "ORL faces %s: %d unreadable pictures, the first is %s", dir, len(p), p[0].Path)
	}
	if train, err = datasets.OfClasses(all, people(1, LastTrain)); err != nil {
		return nil, nil, errors.Wrapf(err, "ORL faces %s", dir)
	}
	test, err = datasets.OfClasses(all, people(LastTrain+1, People))
	return train, test, errors.Wrapf(err, "ORL faces %s", dir)
}

func people(first, last int) []string {
	var names []string
	for i := first; i <= last; i++ {
		names = append(names, "s"+strconv.Itoa(i))
	}
	return names
}
