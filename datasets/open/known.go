package open

import (
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/cifar"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
	"github.com/hocsau/hocsau/datasets/orl"
	"github.com/hocsau/hocsau/datasets/shapes"
)

func isUTF8(b []byte) bool { return utf8.Valid(b) }

// openDrawn opens a set that is drawn.
func openDrawn(name string, o Opts) (*Parts, error) {
	p := &Parts{task: o.Task, where: name}
	switch name {
	case "digits":
		train, test := digits.Open(o.Seed)
		p.Train, p.Test = train, test
		return p, nil
	case "shapes":
		task, sizes := shapes.Classify, [2]int{4000, 1000}
		if o.Task == Detect {
			task, sizes = shapes.Detect, [2]int{2000, 500}
		}
		for i, to := range []*datasets.Dataset{&p.Train, &p.Test} {
			set, err := shapes.New(shapes.Options{Task: task, Len: sizes[i], Size: o.Input[1], Seed: o.Seed, Part: []string{train, test}[i]})
			if err != nil {
				return nil, err
			}
			*to = set
		}
		return p, nil
	}
	return nil, errors.Errorf("open data set %s: it has no pictures", name)
}

// openKnown opens a set of pictures that the table names.
func openKnown(path string, set datasets.Set, o Opts) (*Parts, error) {
	p := &Parts{task: o.Task, where: set.Name}
	var err error
	switch set.Name {
	case "mnist", "fashion-mnist", "idx":
		p.Train, p.Test, err = idx.Open(path, idx.Options{Classes: set.Classes, Seed: o.Seed})
	case "cifar10":
		if p.Train, err = cifar.Open(path, cifar.Train); err == nil {
			p.Test, err = cifar.Open(path, cifar.Test)
		}
	case "orl":
		p.own = true
		p.Train, p.Test, err = orl.Open(path, o.Input[1], o.Input[2])
	case "bccd":
		o.Task = Detect
		if p, err = openBoxes(path, "voc", o); err == nil {
			p.Took = ""
		}
	default:
		return nil, errors.Errorf("open data set %s: it has no pictures in parts", set.Name)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
