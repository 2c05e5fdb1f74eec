package open

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
)

// Task is what a set is opened for: it decides how a layout is read.
type Task int

// The tasks.
const (
	// Any is Detect for a layout of boxes, else Classify.
	Any Task = iota
	// Classify reads pictures in a folder a class; all parts have the classes of the training part.
	Classify
	// Detect reads pictures with boxes.
	Detect
	// Identify reads pictures in a folder a person; each part has its own people.
	Identify
	// Plain reads pictures without regard to classes.
	Plain
)

// Opts say where a set is looked for, and what becomes of its pictures.
type Opts struct {
	Task Task
	// DataDir is the folder below which known sets lie, or the set's own.
	DataDir  string
	Offline  bool
	Progress func(file string, done, total int64) // of a download; may be nil
	// Input is the shape [C, H, W] of pictures that have no size of their own; nil means [3, 64, 64].
	Input []int
	Fit   image.Fit // of pictures of classes; those with boxes are stretched
	// Seed decides what is drawn, and which examples are kept for the test where the set has no part for it.
	Seed uint64
	// Classes are those of a trained model, which decide the numbers of classes; nil means those of the training part.
	Classes []string
}

// Parts are the parts of a set.
type Parts struct {
	Train, Test datasets.Dataset
	Val         datasets.Dataset // nil where the set has no part to validate on; see Cut
	// Took says in one line which files became which part; "" for sets that are drawn or known by name.
	Took string
	// Warnings say in one line each what makes little sense, such as a class without a picture.
	Warnings []string
	// Left are files and objects that were left out or changed.
	Left []Problem

	task  Task
	where string
	own   bool // each part has classes of its own
}

// Problem is a file, or a part of it, that was left out or changed.
type Problem struct{ Where, Reason string }

// String returns "where: reason".
func (p Problem) String() string {
	if strings.Contains(p.Reason, p.Where) {
		return p.Reason
	}
	return p.Where + ": " + p.Reason
}

// testShare is the part of a set that is kept for the test, where it has no part for it.
const testShare = 0.2

// cacheBytes is how much of pictures with boxes stays in memory, a byte a value.
const cacheBytes = 1 << 30

// Open opens a set by the name that datasets.Catalog has for it, or the folder of that path by its layout. The sets
// folder, voc, coco, idx are what DataDir names.
func Open(ctx context.Context, name string, o Opts) (*Parts, error) {
	if o.Input == nil {
		o.Input = []int{3, 64, 64}
	}
	if len(o.Input) != 3 {
		return nil, errors.Errorf("open data set %s: input of shape %v, expected [C, H, W]", name, o.Input)
	}
	set, err := datasets.Lookup(name)
	if err != nil {
		if info, statErr := os.Stat(name); statErr != nil || !info.IsDir() {
			return nil, err
		}
		return openFolder(name, o)
	}
	if set.Origin == datasets.BuiltIn {
		return openDrawn(name, o)
	}
	path, err := datasets.Locate(ctx, name, o.DataDir, datasets.GetOptions{Offline: o.Offline, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	switch name {
	case "folder":
		return openFolder(path, o)
	case "voc", "coco":
		o.Task = Detect
		return openBoxes(path, name, o)
	}
	return openKnown(path, set, o)
}

// openFolder opens a folder by its layout.
func openFolder(path string, o Opts) (*Parts, error) {
	if o.Task == Any {
		o.Task = Classify
		if boxesIn(path) != "" {
			o.Task = Detect
		}
	}
	if o.Task == Detect {
		return openBoxes(path, "", o)
	}
	if o.Task == Classify && holdsIDX(path) {
		return openKnown(path, datasets.Set{Name: "idx"}, o)
	}
	return openClasses(path, o)
}

// Boxes returns the parts of a set of pictures with boxes.
func (p *Parts) Boxes() (train, val, test box.Pictures) {
	as := func(d datasets.Dataset) box.Pictures {
		b, _ := d.(box.Pictures)
		return b
	}
	return as(p.Train), as(p.Val), as(p.Test)
}

// Cut keeps a share of the training part to validate on, where the set has no part for it; 0 keeps none. A small part
// has at least one example of each class where that is possible.
func (p *Parts) Cut(share float64, seed uint64) error {
	if p.Val != nil || share == 0 {
		return nil
	}
	var err error
	n := p.Train.Len()
	if train, ok := p.Train.(box.Pictures); ok {
		var rest, val box.Pictures
		if rest, val, err = box.SplitEvenly(train, share, 0.35, seed); err != nil {
			return errors.Wrapf(err, "data set %s", p.where)
		}
		p.Train, p.Val = rest, val
	} else if p.Train, p.Val, err = datasets.SplitEvenly(p.Train, share, seed); err != nil {
		return errors.Wrapf(err, "data set %s", p.where)
	}
	p.say("%d of the %d to train on are kept to validate", p.Val.Len(), n)
	return nil
}

// say adds to what was taken, for sets of one's own.
func (p *Parts) say(format string, args ...any) {
	if p.Took != "" {
		p.Took += "; " + fmt.Sprintf(format, args...)
	}
}

func (p *Parts) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// cutTest keeps a share of the training part for the test.
func (p *Parts) cutTest(seed uint64) error {
	var err error
	n := p.Train.Len()
	if train, ok := p.Train.(box.Pictures); ok {
		var rest, test box.Pictures
		if rest, test, err = box.SplitEvenly(train, testShare, 0.3, seed); err == nil {
			p.Train, p.Test = rest, test
		}
	} else {
		p.Train, p.Test, err = datasets.Split(p.Train, testShare, seed)
	}
	if err != nil {
		return errors.Wrapf(err, "data set %s has no part for the test", p.where)
	}
	p.say("no part for the test: %d of %d are kept for it", p.Test.Len(), n)
	return nil
}

// judge warns of what makes little sense: count has how often each class occurs, by part.
func (p *Parts) judge(classes []string, count map[string][]int) {
	if len(classes) == 1 && p.task == Classify {
		p.warn("%s has only one class, %q: there is nothing to tell apart, and an accuracy of 1 says nothing", p.where, classes[0])
	}
	what := map[bool]string{true: "object", false: "picture"}[p.task == Detect]
	var none, untested []string
	for i, c := range classes {
		if count[train][i] == 0 {
			none = append(none, c)
		} else if n, ok := count[test]; ok && n[i] == 0 {
			untested = append(untested, c)
		}
	}
	if len(none) > 0 {
		p.warn("%s %s no %s to train on: %s cannot be learnt", named("class", none), has(none), what, map[bool]string{true: "it", false: "they"}[len(none) == 1])
	}
	if len(untested) > 0 {
		p.warn("%s %s no %s to test on", named("class", untested), has(untested), what)
	}
}

// named lists names after what they are; most are cut.
func named(what string, names []string) string {
	const most = 10
	quoted := make([]string, 0, most)
	for _, n := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	list := strings.Join(quoted, ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	if len(names) > 1 {
		what += map[bool]string{true: "es", false: "s"}[strings.HasSuffix(what, "s")]
	}
	return what + " " + list
}

func has(names []string) string {
	if len(names) == 1 {
		return "has"
	}
	return "have"
}

// once leaves out what another part has already.
type once map[string]string

// taken tells in which part a file is, or notes it for this one.
func (o once) taken(path, part string) (other string, is bool) {
	if other, is = o[path]; is {
		return other, true
	}
	o[path] = part
	return "", false
}

func index(classes []string) map[string]int {
	m := map[string]int{}
	for i, c := range slices.Backward(classes) {
		m[c] = i
	}
	return m
}
