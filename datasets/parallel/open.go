package parallel

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// Parts are the pairs of a set, cut for training. Val is empty where the set has
// no such part.
type Parts struct{ Train, Val, Test []Pair }

// The sets that Open knows by name.
const (
	Multi30k = "multi30k-de-en"
	Tatoeba  = "tatoeba-vi-en"
	IWSLT15  = "iwslt15-vi-en"
	Files    = "files"
)

// Open opens a set that lies in path:
//
//   - multi30k-de-en: its own parts, test_2016_flickr to test;
//   - tatoeba-vi-en: the first Vietnamese sentence of each English one, of which
//     500 are kept to test, 250 to validate, drawn by a fixed seed;
//   - iwslt15-vi-en: dev2010, tst2010, tst2011 to train, tst2012 to validate,
//     tst2013 to test;
//   - files: see [OpenFiles].
func Open(name, path string, seed uint64) (*Parts, error) { return Reader{}.Open(name, path, seed) }

// Open is the function [Open].
func (o Reader) Open(name, path string, seed uint64) (*Parts, error) {
	switch name {
	case Multi30k:
		return o.openMulti30k(path)
	case Tatoeba:
		return openTatoeba(path)
	case IWSLT15:
		return openIWSLT15(path)
	case Files:
		return o.OpenFiles(path, seed)
	}
	return nil, errors.Errorf("data set %s is no parallel text", name)
}

func (o Reader) openMulti30k(dir string) (*Parts, error) {
	var p Parts
	for part, to := range map[string]*[]Pair{"train": &p.Train, "val": &p.Val, "test_2016_flickr": &p.Test} {
		var err error
		if *to, err = o.Files(plainOrPacked(dir, part+".de"), plainOrPacked(dir, part+".en")); err != nil {
			return nil, err
		}
	}
	return &p, nil
}

// plainOrPacked returns the path of a file or, where it is not there, of its
// gzip.
func plainOrPacked(dir, name string) string {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return path + ".gz"
	}
	return path
}

// How many pairs of Tatoeba are kept.
const (
	tatoebaTest = 500
	tatoebaVal  = 250
)

func openTatoeba(dir string) (*Parts, error) {
	all, err := ReadTSV(filepath.Join(dir, "vie.txt"), 1, 0)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(p Pair) bool {
		was := seen[p.Target]
		seen[p.Target] = true
		return was
	})
	if len(all) <= tatoebaTest+tatoebaVal {
		return nil, errors.Errorf("%s: %d pairs, expected more than %d", dir, len(all), tatoebaTest+tatoebaVal)
	}
	shuffle(all, 0)
	return &Parts{Test: all[:tatoebaTest], Val: all[tatoebaTest:][:tatoebaVal], Train: all[tatoebaTest+tatoebaVal:]}, nil
}

func shuffle(pairs []Pair, seed uint64) {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
}

func openIWSLT15(dir string) (*Parts, error) {
	read := func(parts ...string) ([]Pair, error) {
		var all []Pair
		for _, part := range parts {
			name := "IWSLT15.TED." + part + ".en-vi."
			pairs, err := ReadIWSLT(filepath.Join(dir, name+"vi.xml"), filepath.Join(dir, name+"en.xml"))
			if err != nil {
				return nil, err
			}
			all = append(all, pairs...)
		}
		return all, nil
	}
	var p Parts
	var err error
	if p.Train, err = read("dev2010", "tst2010", "tst2011"); err != nil {
		return nil, err
	}
	if p.Val, err = read("tst2012"); err != nil {
		return nil, err
	}
	p.Test, err = read("tst2013")
	return &p, err
}

// testShare is the part of files without a test part that is kept for it.
const testShare = 0.1

// OpenFiles opens a user's own pairs: a file of two columns parted by a tab, or a
// folder that holds the files train.X, train.Y of the languages X, Y, plain or
// compressed, and perhaps val.X, val.Y (or dev, valid, validation), test.X,
// test.Y; or just two files. The
// first in the order of their names is the source. Without a part to test a
// tenth of the pairs, drawn by the seed, is kept.
func OpenFiles(path string, seed uint64) (*Parts, error) { return Reader{}.OpenFiles(path, seed) }

// OpenFiles is the function [OpenFiles].
func (o Reader) OpenFiles(path string, seed uint64) (*Parts, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Wrap(err, "open pairs")
	}
	var p Parts
	if !info.IsDir() {
		if p.Train, err = o.TSV(path, 0, 1); err != nil {
			return nil, err
		}
		return p.withTest(path, seed)
	}
	files, err := text.Files(path)
	if err != nil {
		return nil, err
	}
	for i, part := range []string{"train", "val", "test"} {
		two := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return partOf(f) != part })
		if len(two) == 0 && part == "train" && len(files) == 2 {
			two = files
		}
		switch {
		case len(two) == 0 && part != "train":
			continue
		case len(two) != 2:
			return nil, errors.Errorf("%s: %d files for the part %s, expected two, such as %s.de and %s.en", path, len(two), part, part, part)
		}
		if *[]*[]Pair{&p.Train, &p.Val, &p.Test}[i], err = o.Files(two[0], two[1]); err != nil {
			return nil, err
		}
	}
	return p.withTest(path, seed)
}

// partOf returns the part that a file's name says it holds.
func partOf(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	switch name {
	case "dev", "valid", "validation":
		return "val"
	}
	return name
}

// withTest takes the pairs to test from those to train where there are none.
func (p *Parts) withTest(path string, seed uint64) (*Parts, error) {
	if len(p.Test) == 0 {
		shuffle(p.Train, seed)
		n := max(1, int(testShare*float64(len(p.Train))))
		if n >= len(p.Train) {
			return nil, errors.Errorf("%s: %d pairs, expected at least 2", path, len(p.Train))
		}
		p.Test, p.Train = p.Train[:n], p.Train[n:]
	}
	return p, nil
}

// Split takes a share of the pairs to train, drawn by the seed, for validation
// where there is no such part. A share of 0 leaves none, whatever there was.
func (p *Parts) Split(share float64, seed uint64) {
	switch {
	case share == 0:
		p.Val = nil
	case len(p.Val) == 0:
		p.Train = slices.Clone(p.Train)
		shuffle(p.Train, seed)
		n := int(share * float64(len(p.Train)))
		p.Val, p.Train = p.Train[:n], p.Train[n:]
	}
}

// Short leaves out the pairs of which a side has more than most words, and
// returns the others.
func Short(pairs []Pair, most int) []Pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p Pair) bool {
		return len(text.Fields(p.Source)) > most || len(text.Fields(p.Target)) > most
	})
}
