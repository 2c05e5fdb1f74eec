package idx

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
)

// testShare is the part of a set without a test part, or without a train
// part, that becomes the test part.
const testShare = 0.2

// Options says how to open a folder.
type Options struct {
	Classes []string // names of the classes; nil: the numbers from 0 to the largest label
	Seed    uint64   // decides the split of a folder that has one part only
}

// Open reads the set in the folder dir. The files are found by their usual
// names, with "." or "-" before idx, with or without .gz, with "test" or
// "t10k" for the test part, and with any prefix that all have in common
// ("emnist-letters-"). A folder with one part only is split 80 to 20 at
// random, as opts.Seed decides.
func Open(dir string, opts Options) (train, test datasets.Dataset, err error) {
	files, err := list(dir)
	if err != nil {
		return nil, nil, errors.Wrap(err, "open idx folder")
	}
	parts := map[string]*pair{}
	for _, name := range []string{"train", "t10k"} {
		p, err := readPair(dir, files, name)
		if err != nil {
			return nil, nil, errors.Wrapf(err, "open idx folder %s", dir)
		}
		if p != nil {
			parts[name] = p
		}
	}
	if len(parts) == 0 {
		return nil, nil, errors.Wrapf(datasets.ErrNotFound, "open idx folder %s: train-images-idx3-ubyte, train-labels-idx1-ubyte, with or without .gz, or the same with t10k", dir)
	}
	classes := opts.Classes
	if classes == nil { // the parts must agree on them
		most := -1
		for _, p := range parts {
			most = max(most, largest(p.labels.Data))
		}
		classes = numbered(most + 1)
	}
	sets := map[string]*Set{}
	for name, p := range parts {
		if sets[name], err = NewSet(p.images, p.labels, classes); err != nil {
			return nil, nil, errors.Wrapf(err, "open idx folder %s: %s with %s", dir, p.imageFile, p.labelFile)
		}
	}
	if len(sets) == 1 {
		for _, s := range sets {
			if train, test, err = datasets.Split(s, testShare, opts.Seed); err != nil {
				return nil, nil, errors.Wrapf(err, "open idx folder %s", dir)
			}
		}
		return train, test, nil
	}
	if a, b := sets["train"].shape, sets["t10k"].shape; !slices.Equal(a, b) {
		return nil, nil, errors.Wrapf(datasets.ErrShape, "open idx folder %s: train images have the shape %v, test images %v", dir, a, b)
	}
	return sets["train"], sets["t10k"], nil
}

// pair is the images and the labels of a part.
type pair struct {
	imageFile, labelFile string
	images, labels       *Array
}

// readPair reads a part, or nothing if the folder has neither of its files.
func readPair(dir string, files map[string]string, part string) (*pair, error) {
	p := &pair{imageFile: files[part+"-images"], labelFile: files[part+"-labels"]}
	switch {
	case p.imageFile == "" && p.labelFile == "":
		return nil, nil
	case p.imageFile == "":
		return nil, errors.Wrapf(datasets.ErrNotFound, "%s is there, %s-images-idx3-ubyte is not", p.labelFile, part)
	case p.labelFile == "":
		return nil, errors.Wrapf(datasets.ErrNotFound, "%s is there, %s-labels-idx1-ubyte is not", p.imageFile, part)
	}
	var err error
	if p.images, err = ReadFile(filepath.Join(dir, p.imageFile)); err != nil {
		return nil, err
	}
	p.labels, err = ReadFile(filepath.Join(dir, p.labelFile))
	return p, err
}

// list returns the names of the IDX files in dir by part and kind
// ("train-images"). Of a plain file and its gzip the plain one is taken.
func list(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	usual := regexp.MustCompile(`^([^.].*)?(train|t10k|test)-(images|labels)[-.]idx[1-4]-ubyte(\.gz)?$`)
	files := map[string]string{}
	prefix, first := "", ""
	for _, e := range entries { // sorted: x before x.gz
		m := usual.FindStringSubmatch(e.Name())
		if m == nil || e.IsDir() {
			continue
		}
		if first != "" && m[1] != prefix {
			return nil, errors.Errorf("%s holds several sets, %s and %s: keep one in a folder", dir, first, e.Name())
		}
		prefix, first = m[1], e.Name()
		part := m[2]
		if part == "test" {
			part = "t10k"
		}
		key := part + "-" + m[3]
		if old, ok := files[key]; !ok {
			files[key] = e.Name()
		} else if strings.TrimSuffix(e.Name(), ".gz") != old {
			return nil, errors.Errorf("%s holds both %s and %s: keep one", dir, old, e.Name())
		}
	}
	return files, nil
}
