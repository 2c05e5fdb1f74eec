package open

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
)

// source is where a part with boxes comes from.
type source struct {
	from string // shown
	// open reads it; classes nil means its own.
	open func(classes []string) (*box.Set, error)
}

// sources are those of the parts; train alone where there are no parts.
type sources map[string]source

// forms are the forms of boxes that a folder may have, in the order in which they are tried.
func forms() []struct {
	name string
	find func(dir string) (sources, error) // nothing where the folder has another form
} {
	return []struct {
		name string
		find func(dir string) (sources, error)
	}{{"voc", findVOC}, {"coco", findCOCO}, {"yolo", findYOLO}}
}

// boxesIn returns the form of boxes that a folder seems to have, "" for none.
func boxesIn(dir string) string {
	dir = unwrapBoxes(dir)
	for _, f := range forms() {
		if s, err := f.find(dir); err != nil || len(s) > 0 {
			return f.name
		}
	}
	return ""
}

// unwrapBoxes goes down through folders that hold nothing but one folder, as archives make them.
func unwrapBoxes(dir string) string {
	for range 8 {
		l := read(dir)
		if len(l.dirs) != 1 || len(l.pictures)+len(l.others) > 0 {
			return dir
		}
		if part, _ := partOf(l.dirs[0]); part != "" {
			return dir
		}
		dir = filepath.Join(dir, l.dirs[0])
	}
	return dir
}

// openBoxes opens a folder of pictures with boxes in one of the forms, or in that of kind.
func openBoxes(root, kind string, o Opts) (*Parts, error) {
	p := &Parts{task: Detect, where: root}
	dir := unwrapBoxes(root)
	for _, f := range forms() {
		if kind != "" && f.name != kind {
			continue
		}
		s, err := f.find(dir)
		if err != nil {
			return nil, errors.Wrapf(err, "open %s", root)
		}
		if len(s) > 0 {
			return p, p.openSources(s, o)
		}
	}
	if kind != "" {
		if other := boxesIn(root); other != "" {
			return nil, errors.Errorf("open %s: expected boxes in the form of %s, it seems to have those of %s: --data %s reads them", root, kind, other, map[string]string{"voc": "voc", "coco": "coco", "yolo": "folder"}[other])
		}
	}
	if kind == "coco" {
		return nil, errors.Errorf("open %s: no annotations/*.json, expected a file in COCO form there, or _annotations.coco.json in train, valid, test", root)
	}
	if kind == "voc" {
		return nil, errors.Errorf("open %s: no folder Annotations with XML files, expected the form of VOC", root)
	}
	return nil, errors.Errorf("open %s: expected Annotations in VOC form, or images, labels and classes.txt or data.yaml in YOLO form, or annotations/*.json in COCO form", root)
}

// openSources opens the parts in order: the classes are those of the training part, no picture is in two.
func (p *Parts) openSources(s sources, o Opts) error {
	if _, ok := s[train]; !ok {
		return errors.Errorf("open %s: found the part %s and no part train, expected one to train on", p.where, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
	}
	if _, ok := s[test]; !ok && len(s) > 1 { // a set of two parts
		s[test] = s[val]
		delete(s, val)
	}
	use := map[string]string{train: "to train on", val: "to validate", test: "to test"}
	classes := o.Classes
	var took []string
	seen := once{}
	count := map[string][]int{}
	for _, part := range []string{train, val, test} {
		from, ok := s[part]
		if !ok {
			continue
		}
		set, err := from.open(nil)
		if err != nil {
			return err
		}
		if classes == nil {
			classes = set.Classes
		}
		p.keep(set, part, classes, seen)
		if len(set.Items) == 0 {
			return errors.Errorf("open %s: no picture of the part %s (%s) can be used%s", p.where, part, from.from, first(set.Problems))
		}
		examples, err := box.NewExamples(set, o.Input[1], o.Input[2], cacheBytes, image.Options{Channels: o.Input[0]})
		if err != nil {
			return err
		}
		if part != val {
			count[part] = countObjects(set)
		}
		switch part {
		case train:
			p.Train = examples
		case val:
			p.Val = examples
		default:
			p.Test = examples
		}
		took = append(took, from.from+" "+use[part])
	}
	p.Took = strings.Join(took, ", ")
	if len(took) == 1 {
		p.Took = s[train].from
	}
	p.say("%d %s", len(classes), map[bool]string{true: "class", false: "classes"}[len(classes) == 1])
	p.judge(classes, count)
	if p.Test == nil {
		return p.cutTest(o.Seed)
	}
	return nil
}

// first is the first of some problems, to end a message with.
func first(problems []box.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	return ", the first: " + problems[0].String()
}

// keep leaves out of a part what is of other classes, has lost its objects, or is in a part before.
func (p *Parts) keep(set *box.Set, part string, classes []string, seen once) {
	unknown := map[string]int{}
	for _, a := range set.Items {
		for _, o := range a.Objects {
			if !slices.Contains(classes, o.Class) {
				unknown[o.Class]++
			}
		}
	}
	set.KeepClasses(classes)
	set.DropLost()
	set.Items = slices.DeleteFunc(set.Items, func(a box.Annotation) bool {
		path, err := filepath.EvalSymlinks(a.Image)
		if err != nil {
			path = a.Image
		}
		other, is := seen.taken(path, part)
		if is && other != part {
			set.Problems = append(set.Problems, box.Problem{Where: a.Image, Reason: "is in the part " + other + " already; left out"})
		}
		return is && other != part
	})
	for _, x := range set.Problems {
		p.Left = append(p.Left, Problem(x))
	}
	for _, c := range slices.Sorted(maps.Keys(unknown)) {
		p.warn("class %q of the part %s is none of those to train on (%s); its %d objects are left out", c, part, strings.Join(classes[:min(len(classes), 10)], ", "), unknown[c])
	}
}

// countObjects returns how many objects of each class a set has.
func countObjects(set *box.Set) []int {
	at, n := index(set.Classes), make([]int, len(set.Classes))
	for _, a := range set.Items {
		for _, o := range a.Objects {
			if c, ok := at[o.Class]; ok && !o.Crowd {
				n[c]++
			}
		}
	}
	return n
}

// choose returns the sources of the parts by the names of their files, of which open makes one. Where there is a part
// trainval and a test part, or no train part, it is trained on.
func choose(names []string, open func(name string) source) (sources, error) {
	made := map[string]source{}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		if partNamed(name) == "" {
			return true
		}
		made[name] = open(name)
		return made[name].open == nil
	})
	parts := byPart(names)
	if _, tested := parts[test]; len(parts[both]) > 0 && (tested || len(parts[train]) == 0) {
		parts[train] = parts[both]
		delete(parts, val)
	}
	delete(parts, both)
	s := sources{}
	for part, list := range parts {
		if len(list) > 1 {
			return nil, errors.Errorf("%s all seem to be the part %s, expected one", strings.Join(list, ", "), part)
		}
		s[part] = made[list[0]]
	}
	return s, nil
}

// several says that a folder holds some sets of one form.
func several(dir string, names []string) error {
	return errors.Errorf("%s are sets of their own, expected one: name %s", strings.Join(names, ", "), filepath.Join(dir, names[0]))
}
