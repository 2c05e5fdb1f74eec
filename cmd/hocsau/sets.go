package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
)

// parts is a data set of labelled examples, cut for training and normalised.
type parts struct {
	train, val, test datasets.Dataset
	plain            datasets.Dataset // the test part as it is, to show
	norm             normalisation
}

// normalisation is what is taken from each channel of an input, and what it is
// then divided by.
type normalisation struct {
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
}

// apply normalises an example [C, …] in place.
func (n normalisation) apply(x []float32) {
	area := len(x) / len(n.Mean)
	for c := range n.Mean {
		plane := x[c*area : (c+1)*area]
		for i := range plane {
			plane[i] = (plane[i] - n.Mean[c]) / n.Std[c]
		}
	}
}

// statisticsOf is how many training examples decide the normalisation of a set
// whose values are not published.
const statisticsOf = 1000

// openParts opens the set that s names, cut as s says. Where norm is nil the set
// decides its normalisation; a trained model has one already.
func openParts(ctx context.Context, s settings, norm *normalisation, offline bool, progress io.Writer) (*parts, error) {
	train, test, err := openSet(ctx, s.Data, s.DataDir, s.Seed, offline, progress)
	if err != nil {
		return nil, err
	}
	p := &parts{plain: test}
	if norm != nil {
		p.norm = *norm
	} else if p.norm, err = normalisationOf(s.Data, train); err != nil {
		return nil, err
	}
	var val datasets.Dataset
	if s.Val > 0 {
		if train, val, err = datasets.Split(train, s.Val, s.Seed); err != nil {
			return nil, err
		}
	}
	if p.train, err = p.normalised(train); err != nil {
		return nil, err
	}
	if val != nil && val.Len() > 0 {
		if p.val, err = p.normalised(val); err != nil {
			return nil, err
		}
	}
	p.test, err = p.normalised(test)
	return p, err
}

func (p *parts) normalised(d datasets.Dataset) (datasets.Dataset, error) {
	return datasets.Normalized(d, p.norm.Mean, p.norm.Std)
}

// openSet returns the two parts of a set as they are.
func openSet(ctx context.Context, name, dir string, seed uint64, offline bool, progress io.Writer) (train, test datasets.Dataset, err error) {
	if name == "digits" {
		train, test := digits.Open(seed)
		return train, test, nil
	}
	path, err := datasets.Locate(ctx, name, dir, datasets.GetOptions{Offline: offline, Progress: downloadProgress(progress)})
	if err != nil {
		return nil, nil, err
	}
	set, err := datasets.Lookup(name)
	if err != nil {
		return nil, nil, err
	}
	return idx.Open(path, idx.Options{Classes: set.Classes, Seed: seed})
}

// downloadProgress prints a line for each tenth of a file.
func downloadProgress(w io.Writer) func(file string, done, total int64) {
	if w == nil {
		return nil
	}
	last := map[string]int64{}
	return func(file string, done, total int64) {
		if total <= 0 {
			return
		}
		if tenth := 10 * done / total; tenth > last[file] {
			last[file] = tenth
			fmt.Fprintf(w, "download %s: %d %% of %.1f MB\n", file, 10*tenth, float64(total)/1e6)
		}
	}
}

// normalisationOf returns the published values of a set, else those of its
// first training examples.
func normalisationOf(name string, train datasets.Dataset) (normalisation, error) {
	switch name {
	case "mnist":
		return normalisation{[]float32{0.1307}, []float32{0.3081}}, nil
	case "fashion-mnist":
		return normalisation{[]float32{0.2860}, []float32{0.3530}}, nil
	}
	first := make([]int, min(statisticsOf, train.Len()))
	for i := range first {
		first[i] = i
	}
	sample, err := datasets.Subset(train, first)
	if err != nil {
		return normalisation{}, err
	}
	mean, std, err := datasets.Stats(sample)
	if err != nil {
		return normalisation{}, err
	}
	for i, v := range std {
		if v == 0 {
			return normalisation{}, errors.Errorf("data set %s: channel %d is constant, expected pictures that differ", name, i)
		}
	}
	return normalisation{mean, std}, nil
}
