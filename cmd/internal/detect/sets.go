package detect

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/solvers/train/detect"
)

// parts is a data set of pictures, cut for training: those with boxes, or with
// key points for the model of landmarks.
type parts struct {
	train, val, test                   box.Pictures
	markedTrain, markedVal, markedTest marked
	problems                           []box.Problem
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

// testShare is the part of a set that is kept for the test, where it has no part
// for it.
const testShare = 0.2

// cacheBytes is how much of the pictures stays in memory, a byte a value.
const cacheBytes = 1 << 30

// openParts opens the set that s names, cut as s says, for the model of that
// name.
func openParts(ctx context.Context, s run.Settings, o options, offline bool, progress io.Writer) (*parts, error) {
	p, err := openSet(ctx, s, o, offline, progress)
	if err != nil {
		return nil, err
	}
	if p.test == nil && p.markedTest == nil {
		if p.train != nil {
			p.train, p.test, err = box.Split(p.train, testShare, s.Seed)
		} else {
			p.markedTrain, p.markedTest, err = splitMarked(p.markedTrain, testShare, s.Seed)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.Val > 0 {
		if p.train != nil {
			p.train, p.val, err = box.Split(p.train, s.Val, s.Seed+1)
		} else {
			p.markedTrain, p.markedVal, err = splitMarked(p.markedTrain, s.Val, s.Seed+1)
		}
	}
	return p, err
}

// openSet opens the set; a missing test part is to be cut from train.
func openSet(ctx context.Context, s run.Settings, o options, offline bool, progress io.Writer) (*parts, error) {
	if s.Data == "shapes" {
		return openShapes(s, o)
	}
	path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(progress)})
	if err != nil {
		return nil, err
	}
	switch {
	case s.Model == "landmarks":
		m, err := openMarks(path, o)
		return &parts{markedTrain: m}, err
	case s.Data == "bccd":
		return openVOC(path, o, "trainval", "test")
	case s.Data == "coco":
		return openCOCO(path, o)
	case s.Data == "folder" && !run.IsDir(filepath.Join(path, "Annotations")):
		return openYOLO(path, o)
	}
	for _, names := range [][2]string{{"trainval", "test"}, {"train", "test"}, {"train", "val"}} {
		if isFile(part(path, names[0])) && isFile(part(path, names[1])) {
			return openVOC(path, o, names[0], names[1])
		}
	}
	return openVOC(path, o, "", "")
}

func part(dir, name string) string { return filepath.Join(dir, "ImageSets", "Main", name+".txt") }

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

// openVOC opens a folder in Pascal VOC form; the names of both parts are empty
// where it has none.
func openVOC(dir string, o options, train, test string) (*parts, error) {
	all, err := box.OpenVOC(dir, train, nil)
	if err != nil {
		return nil, err
	}
	p := &parts{problems: all.Problems}
	if p.train, err = examples(all, o); err != nil || test == "" {
		return p, err
	}
	rest, err := box.OpenVOC(dir, test, all.Classes)
	if err != nil {
		return nil, err
	}
	p.problems = append(p.problems, rest.Problems...)
	p.test, err = examples(rest, o)
	return p, err
}

func examples(s *box.Set, o options) (box.Pictures, error) {
	return box.NewExamples(s, o.height, o.width, cacheBytes, image.Options{})
}

// openYOLO opens a folder with images/, labels/ and classes.txt, in YOLO's form.
func openYOLO(dir string, o options) (*parts, error) {
	names := filepath.Join(dir, "classes.txt")
	text, err := os.ReadFile(names)
	if err != nil {
		return nil, errors.Errorf("folder %s: expected Annotations in VOC form, or images, labels and classes.txt in YOLO form", dir)
	}
	classes := strings.Fields(string(text))
	if len(classes) == 0 {
		return nil, errors.Errorf("%s: no class, expected one a line", names)
	}
	s, err := box.OpenYOLO(filepath.Join(dir, "images"), filepath.Join(dir, "labels"), classes)
	if err != nil {
		return nil, err
	}
	p := &parts{problems: s.Problems}
	p.train, err = examples(s, o)
	return p, err
}

// openCOCO opens a folder in COCO's form: annotations/*train*.json and *val*.json,
// or one file for all; the pictures lie in a folder of the file's name behind
// the last _, in images or beside the file.
func openCOCO(dir string, o options) (*parts, error) {
	var files []string
	for _, pattern := range []string{"annotations/instances*.json", "annotations/*.json", "*.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		if files = found; len(files) > 0 {
			break
		}
	}
	if len(files) == 0 {
		return nil, errors.Errorf("folder %s: no annotations/*.json, expected a file in COCO form", dir)
	}
	named := func(word string) string {
		for _, f := range files {
			if strings.Contains(filepath.Base(f), word) {
				return f
			}
		}
		return ""
	}
	train, val := named("train"), named("val")
	p := &parts{}
	if train == "" || val == "" {
		train, val = files[0], ""
	}
	for _, f := range []struct {
		file string
		to   *box.Pictures
	}{{train, &p.train}, {val, &p.test}} {
		if f.file == "" {
			continue
		}
		set, err := box.OpenCOCO(f.file, pictures(dir, f.file))
		if err != nil {
			return nil, err
		}
		p.problems = append(p.problems, set.Problems...)
		if *f.to, err = examples(set, o); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pictures returns the folder that the pictures of a COCO file lie in.
func pictures(dir, file string) string {
	stem := strings.TrimSuffix(filepath.Base(file), ".json")
	stem = stem[strings.LastIndexByte(stem, '_')+1:]
	for _, c := range []string{filepath.Join(dir, stem), filepath.Join(dir, "images", stem), filepath.Join(dir, "images")} {
		if run.IsDir(c) {
			return c
		}
	}
	return filepath.Dir(file)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// report prints what was left out of a set.
func (p *parts) report(w io.Writer) {
	const most = 3
	for i, problem := range p.problems {
		if i == most {
			fmt.Fprintf(w, "hocsau: warning: … and %d more of these\n", len(p.problems)-most)
			return
		}
		fmt.Fprintf(w, "hocsau: warning: %s\n", problem)
	}
}
