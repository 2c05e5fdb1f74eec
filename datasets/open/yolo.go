package open

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"go.yaml.in/yaml/v3"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
)

// findYOLO looks for boxes in YOLO form: images and labels, with a folder a part in both, or both in a folder a part;
// or pictures beside their labels. data.yaml names the classes and the places, else classes.txt and the like the classes.
func findYOLO(dir string) (sources, error) {
	y := yoloSet{dir: dir}
	if err := y.describe(); err != nil {
		return nil, err
	}
	if len(y.places) > 0 {
		s := sources{}
		for part, places := range y.places {
			s[part] = y.source(strings.Join(y.shown(places), ", "), places)
		}
		return s, y.named()
	}
	l := read(dir)
	if images := folder(dir, "images"); images != "" && folder(dir, "labels") != "" {
		below, err := choose(read(images).dirs, func(d string) source { return y.source("images/"+d+"/", []string{filepath.Join(images, d)}) })
		if err != nil {
			return nil, err
		}
		if len(below) > 0 {
			return below, y.named()
		}
		return sources{train: y.source("images/", []string{images})}, y.named()
	}
	s, err := choose(l.dirs, func(d string) source {
		at := filepath.Join(dir, d)
		if images := folder(at, "images"); images != "" && folder(at, "labels") != "" {
			return y.source(relative(dir, images)+"/", []string{images})
		}
		if hasLabels(at) {
			return y.source(d+"/", []string{at})
		}
		return source{}
	})
	if err != nil {
		return nil, err
	}
	if len(s) > 0 {
		return s, y.named()
	}
	for _, at := range []string{folder(dir, "obj_train_data"), dir} {
		if at != "" && hasLabels(at) {
			return sources{train: y.source(relative(dir, at)+"/", []string{at})}, y.named()
		}
	}
	return nil, nil
}

// hasLabels tells whether most pictures of a folder have a text of their name beside them.
func hasLabels(dir string) bool {
	l := read(dir)
	with := 0
	for _, name := range l.pictures {
		if slices.Contains(l.others, strings.TrimSuffix(name, filepath.Ext(name))+".txt") {
			with++
		}
	}
	return with > 0 && 2*with >= len(l.pictures)
}

// yoloSet is what describes a set in YOLO form.
type yoloSet struct {
	dir       string
	classes   []string
	from      string              // file that names the classes
	places    map[string][]string // of data.yaml: folders, or lists of pictures
	keyPoints bool
}

// named refuses a set whose classes nothing names.
func (y *yoloSet) named() error {
	if len(y.classes) == 0 {
		return errors.Errorf("folder %s: nothing names its classes, expected data.yaml, or classes.txt with one a line", y.dir)
	}
	return nil
}

// describe reads data.yaml and the lists of names.
func (y *yoloSet) describe() error {
	for _, name := range []string{"data.yaml", "data.yml", "dataset.yaml", "dataset.yml"} {
		path := filepath.Join(y.dir, name)
		if text, err := os.ReadFile(path); err == nil {
			if err := y.yaml(path, text); err != nil {
				return errors.Wrapf(err, "read %s", path)
			}
			break
		}
	}
	for _, name := range []string{"classes.txt", "obj.names", "labels/classes.txt", "images/classes.txt", "train/classes.txt", "obj_train_data/classes.txt", "predefined_classes.txt"} {
		path := filepath.Join(y.dir, filepath.FromSlash(name))
		classes, err := readNames(path)
		if os.IsNotExist(errors.Cause(err)) {
			continue
		}
		if err != nil {
			return err
		}
		if y.classes != nil && !slices.Equal(classes, y.classes) {
			return errors.Errorf("%s names the classes %q, %s %q: expected the same", y.from, y.classes, path, classes)
		}
		y.classes, y.from = classes, path
		break
	}
	return nil
}

// readNames reads the names of classes, one a line; blanks inside a name stay.
func readNames(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(text, 0) >= 0 || !isUTF8(text) {
		return nil, errors.Errorf("%s: expected names in UTF-8, one a line", path)
	}
	var names []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\r", "\n")) {
		if name := plain(line); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.Errorf("%s: no class, expected one a line", path)
	}
	return names, unique(path, names)
}

// unique refuses a name that stands twice.
func unique(path string, names []string) error {
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return errors.Errorf("%s: class %q twice, expected different names", path, n)
		}
	}
	return nil
}

// dataYAML are the keys of data.yaml that say where things are. Source: the Ultralytics documents.
type dataYAML struct {
	Path      string    `yaml:"path"`
	Train     yaml.Node `yaml:"train"`
	Val       yaml.Node `yaml:"val"`
	Valid     yaml.Node `yaml:"valid"`
	Test      yaml.Node `yaml:"test"`
	NC        yaml.Node `yaml:"nc"`
	Names     yaml.Node `yaml:"names"`
	KeyPoints yaml.Node `yaml:"kpt_shape"`
}

func (y *yoloSet) yaml(path string, text []byte) error {
	var d dataYAML
	if err := yaml.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &d); err != nil {
		return errors.New(strings.TrimPrefix(strings.NewReplacer("\n", " ", "!!str ", "", "!!seq", "a list", "!!map", "a map").Replace(err.Error()), "yaml: "))
	}
	y.keyPoints = !d.KeyPoints.IsZero()
	if err := y.yamlNames(path, d); err != nil {
		return err
	}
	root := filepath.FromSlash(d.Path)
	if !filepath.IsAbs(root) {
		root = filepath.Join(y.dir, root)
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() { // of another machine
		root = y.dir
	}
	y.places = map[string][]string{}
	for _, n := range []struct {
		part string
		node yaml.Node
	}{{train, d.Train}, {val, d.Val}, {val, d.Valid}, {test, d.Test}} {
		var list []string
		switch n.node.Kind {
		case yaml.ScalarNode:
			list = []string{n.node.Value}
		case yaml.SequenceNode:
			for _, e := range n.node.Content {
				list = append(list, e.Value)
			}
		}
		for _, place := range list {
			if place == "" || place == "null" || place == "~" {
				continue
			}
			at, ok := y.locate(root, filepath.FromSlash(place))
			if !ok && n.part == test {
				continue // Roboflow and Ultralytics name one that need not be there
			}
			if !ok {
				return errors.Errorf("%s: found no %s", n.part, place)
			}
			if !slices.Contains(y.places[n.part], at) {
				y.places[n.part] = append(y.places[n.part], at)
			}
		}
	}
	if len(y.places[train]) == 0 {
		y.places = nil
	}
	return nil
}

// locate finds a place of data.yaml: below the root, below the file's folder, and there without the ../ that Roboflow
// writes for the folder itself.
func (y *yoloSet) locate(root, place string) (string, bool) {
	short := place
	for strings.HasPrefix(short, ".."+string(filepath.Separator)) {
		short = short[3:]
	}
	tries := []string{filepath.Join(root, place), filepath.Join(y.dir, place), filepath.Join(root, short), filepath.Join(y.dir, short)}
	if filepath.IsAbs(place) {
		tries = []string{place}
	}
	for _, at := range tries {
		info, err := os.Stat(at)
		if err != nil {
			continue
		}
		if images := folder(at, "images"); info.IsDir() && images != "" && len(read(at).pictures) == 0 {
			at = images
		}
		return at, true
	}
	return "", false
}

// yamlNames reads the classes: a list, or a map from their numbers; without names as many as nc says.
func (y *yoloSet) yamlNames(path string, d dataYAML) error {
	nc, err := strconv.Atoi(d.NC.Value)
	if !d.NC.IsZero() && (err != nil || nc < 1) {
		return errors.Errorf("nc: found %q, expected the number of classes", d.NC.Value)
	}
	switch d.Names.Kind {
	case yaml.SequenceNode:
		for _, n := range d.Names.Content {
			y.classes = append(y.classes, plain(n.Value))
		}
	case yaml.MappingNode:
		y.classes = make([]string, len(d.Names.Content)/2)
		for i := 0; i < len(d.Names.Content); i += 2 {
			k, err := strconv.Atoi(d.Names.Content[i].Value)
			if err != nil || k < 0 || k >= len(y.classes) || y.classes[k] != "" {
				return errors.Errorf("names: found the number %q, expected each of 0 to %d once", d.Names.Content[i].Value, len(y.classes)-1)
			}
			y.classes[k] = plain(d.Names.Content[i+1].Value)
		}
	case yaml.ScalarNode:
		return errors.Errorf("names: found %q, expected a list, or a map from numbers to names", d.Names.Value)
	default:
		const most = 100_000
		for i := range min(nc, most) {
			y.classes = append(y.classes, fmt.Sprintf("class_%d", i))
		}
	}
	if nc > 0 && nc != len(y.classes) {
		return errors.Errorf("nc is %d, but there are %d names", nc, len(y.classes))
	}
	if len(y.classes) > 0 {
		y.from = path
	}
	return unique(path, y.classes)
}

func (y *yoloSet) shown(places []string) []string {
	var list []string
	for _, p := range places {
		list = append(list, relative(y.dir, p))
	}
	return list
}

// source reads the pictures of some places: folders, at any depth, or text files that list them.
func (y *yoloSet) source(from string, places []string) source {
	return source{from, func([]string) (*box.Set, error) {
		var pictures []string
		var left []box.Problem
		for _, place := range places {
			list, problems := y.pictures(place)
			pictures, left = append(pictures, list...), append(left, problems...)
		}
		set, err := box.OpenYOLOFiles(filepath.Join(y.dir, from), pictures, labelsOf, box.YOLOOpts{Classes: y.classes, KeyPoints: y.keyPoints})
		if err != nil {
			return nil, err
		}
		set.Problems = append(left, set.Problems...)
		return set, nil
	}}
}

// pictures lists the pictures of a place.
func (y *yoloSet) pictures(place string) (paths []string, left []box.Problem) {
	if info, err := os.Stat(place); err == nil && !info.IsDir() {
		return y.listed(place)
	}
	found, problems := image.Files(place)
	for _, p := range problems {
		left = append(left, box.Problem{Where: p.Path, Reason: p.Err.Error() + "; dropped"})
	}
	for _, f := range found {
		switch {
		case isPicture(f.Path):
			paths = append(paths, f.Path)
		case !slices.Contains([]string{".txt", ".cache", ".yaml", ".names", ".npy", ".xml", ".json"}, strings.ToLower(filepath.Ext(f.Path))):
			left = append(left, box.Problem{Where: f.Path, Reason: "no picture by its name; dropped"})
		}
	}
	return paths, left
}

// listed reads a list of pictures, one a line, relative to the set or to the list.
func (y *yoloSet) listed(list string) (paths []string, left []box.Problem) {
	text, err := os.ReadFile(list)
	if err != nil {
		return nil, []box.Problem{{Where: list, Reason: err.Error()}}
	}
	for i, line := range strings.Split(strings.ReplaceAll(string(text), "\r", ""), "\n") {
		name := filepath.FromSlash(strings.TrimSpace(line))
		if name == "" {
			continue
		}
		_, inner, _ := strings.Cut(filepath.ToSlash(name), "/") // data/obj_train_data/a.jpg
		tries := []string{filepath.Join(filepath.Dir(list), name), filepath.Join(y.dir, name), filepath.Join(y.dir, filepath.FromSlash(inner))}
		if filepath.IsAbs(name) {
			tries = append([]string{name}, tries[2])
		}
		k := slices.IndexFunc(tries, func(at string) bool {
			info, err := os.Stat(at)
			return err == nil && !info.IsDir()
		})
		if k < 0 {
			left = append(left, box.Problem{Where: fmt.Sprintf("%s: line %d", list, i+1), Reason: "no picture " + name + "; dropped"})
			continue
		}
		paths = append(paths, tries[k])
	}
	return paths, left
}

// labelsOf returns the labels of a picture: in labels for one in images, else beside it.
//
// Source: img2label_paths of Ultralytics.
func labelsOf(picture string) string {
	text := strings.TrimSuffix(picture, filepath.Ext(picture)) + ".txt"
	sep := string(filepath.Separator)
	for dir := filepath.Dir(text); ; dir = filepath.Dir(dir) {
		if strings.EqualFold(filepath.Base(dir), "images") {
			if labels := folder(filepath.Dir(dir), "labels"); labels != "" {
				return labels + sep + strings.TrimPrefix(text, dir+sep)
			}
		}
		if dir == filepath.Dir(dir) {
			return text
		}
	}
}
