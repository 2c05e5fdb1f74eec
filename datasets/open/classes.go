package open

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/image"
)

// found are the folders of the parts below a root; train alone where there are none.
type found map[string]string

// openClasses opens a folder with a sub-folder a class, or with such folders below those of its parts.
func openClasses(root string, o Opts) (*Parts, error) {
	p := &Parts{task: o.Task, where: root, own: o.Task == Identify || o.Task == Plain}
	if kind := boxesIn(root); kind != "" && o.Task != Plain {
		return nil, errors.Errorf("open %s: it seems to hold boxes in the form of %s, which a detector such as yolo is trained on; expected a folder a class", root, kind)
	}
	parts, dir, err := p.findParts(root, o.Task)
	if err != nil {
		return nil, err
	}
	var classes []string
	sets := map[string]*image.Folder{}
	seen := once{}
	for _, part := range []string{train, val, test} {
		at, ok := parts[part]
		if !ok {
			continue
		}
		known := o.Classes
		if part != train && known == nil && !p.own {
			known = classes
		}
		set, names, err := p.openPart(part, at, known, seen, o)
		if err != nil {
			return nil, err
		}
		if part == train {
			classes = names
		}
		sets[part] = set
	}
	p.Train = sets[train]
	if s := sets[test]; s != nil {
		p.Test = s
	}
	if s := sets[val]; s != nil {
		p.Val = s
	}
	if p.Test == nil && p.Val != nil { // a set of two parts
		p.Test, p.Val = p.Val, nil
		sets[test] = sets[val]
	}
	p.took(root, dir, parts, len(classes))
	if !p.own {
		count := map[string][]int{}
		for part, s := range sets {
			if s != nil && part != val {
				count[part] = s.Count()
			}
		}
		p.judge(classes, count)
	}
	if p.Test == nil && o.Task != Identify { // people are divided by whom they show
		return p, p.cutTest(o.Seed)
	}
	return p, nil
}

// took says which folders became which part.
func (p *Parts) took(root, dir string, parts found, classes int) {
	use := map[string]string{train: "to train on", val: "to validate", test: "to test"}
	if parts[test] == "" {
		use[val] = "to test"
	}
	var list []string
	for _, part := range []string{train, val, test} {
		if at := parts[part]; at != "" {
			list = append(list, relative(root, at)+"/ "+use[part])
		}
	}
	if len(list) == 1 {
		list[0] = relative(root, dir) + "/"
	}
	p.Took = strings.Join(list, ", ")
	if p.task == Classify {
		p.say("%d %s", classes, map[bool]string{true: "class", false: "classes"}[classes == 1])
	}
}

// unwrap goes down through folders that hold nothing but one folder of folders, as archives make them.
func unwrap(dir string) string {
	for range 8 {
		l := read(dir)
		if len(l.dirs) != 1 || len(l.pictures) > 0 || !onlyFolders(filepath.Join(dir, l.dirs[0])) {
			return dir
		}
		dir = filepath.Join(dir, l.dirs[0])
	}
	return dir
}

// findParts returns the folders of the parts, each of which holds the folders of its classes, and the folder that they
// lie in.
func (p *Parts) findParts(root string, task Task) (found, string, error) {
	dir := unwrap(root)
	l := read(dir)
	parts, flat := map[string][]string{}, map[string][]string{}
	for part, names := range byPart(l.dirs) {
		for _, n := range names {
			if at := filepath.Join(dir, n); onlyFolders(at) || task == Plain && part != both {
				parts[part] = append(parts[part], n)
			} else {
				flat[part] = append(flat[part], n)
			}
		}
	}
	if len(parts[train]) == 0 && len(parts[both]) > 0 {
		parts[train] = parts[both]
	}
	delete(parts, both)
	for part, names := range parts {
		if len(names) > 1 {
			return nil, "", errors.Errorf("open %s: %s all seem to be the part %s, expected one", root, strings.Join(names, ", "), part)
		}
	}
	switch {
	case len(parts[train]) == 1:
		return p.partsIn(root, dir, l, parts)
	case len(parts) > 0:
		return nil, "", errors.Errorf("open %s: found the part %s and no folder train, expected one to train on", root, strings.Join(slices.Sorted(maps.Keys(parts)), ", "))
	case len(flat) > 1 && task != Plain:
		var names []string
		for _, part := range slices.Sorted(maps.Keys(flat)) {
			names = append(names, flat[part]...)
		}
		return nil, "", errors.Errorf("open %s: %s seem to be parts, and hold no folders of classes; expected %s/CLASS/PICTURE", root, strings.Join(names, ", "), names[0])
	}
	if task == Plain {
		return found{train: dir}, dir, nil
	}
	if err := deep(root, dir, l); err != nil {
		return nil, "", err
	}
	if n := len(l.pictures); n > 0 && len(l.dirs) > 0 {
		p.Left = append(p.Left, Problem{dir, fmt.Sprintf("%d pictures beside the folders of classes, the first is %s; left out", n, l.pictures[0])})
	}
	return found{train: dir}, dir, nil
}

// partsIn returns the folders of parts below dir.
func (p *Parts) partsIn(root, dir string, l level, parts map[string][]string) (found, string, error) {
	f := found{}
	for part, names := range parts {
		f[part] = filepath.Join(dir, names[0])
		if p.task != Plain {
			f[part] = unwrap(f[part])
			if below := read(f[part]).dirs; len(below) == 1 {
				if same, _ := partOf(below[0]); same == part { // train/train/PICTURE
					if part == train {
						return nil, "", errors.Errorf("open %s: %s holds pictures and no folders of classes; expected %s/CLASS/PICTURE", root, relative(root, filepath.Join(f[part], below[0])), names[0])
					}
					p.Left = append(p.Left, Problem{f[part], "holds no folders of classes; left out"})
					delete(f, part)
					continue
				}
			}
			if err := deep(root, f[part], read(f[part])); err != nil {
				return nil, "", err
			}
		}
	}
	for _, d := range l.dirs {
		if slices.ContainsFunc(slices.Sorted(maps.Keys(parts)), func(part string) bool { return parts[part][0] == d }) {
			continue
		}
		p.Left = append(p.Left, Problem{filepath.Join(dir, d), "beside the parts, no folder of classes of one of them; left out"})
	}
	return f, dir, nil
}

// deep refuses classes that hold only folders, saying what the layout seems to be.
func deep(root, dir string, l level) error {
	for _, d := range l.dirs {
		at := filepath.Join(dir, d)
		if !onlyFolders(at) {
			continue
		}
		below := read(at).dirs
		shown := strings.Join(below[:min(3, len(below))], ", ")
		if parts := byPart(below); len(parts[train]) > 0 {
			return errors.Errorf("open %s: %s holds only folders (%s), as if the parts lay below the classes; expected train/%s/PICTURE", root, relative(root, at), shown, d)
		}
		return errors.Errorf("open %s: %s holds only folders (%s) where pictures of a class are expected; if those are the classes, name %s", root, relative(root, at), shown, at)
	}
	return nil
}

// openPart opens the folders of classes in dir. known are the classes that count; nil means those of this part.
func (p *Parts) openPart(part, dir string, known []string, seen once, o Opts) (*image.Folder, []string, error) {
	l := read(dir)
	fallback := len(l.dirs) == 0 || o.Task == Plain // the folder is one class
	if fallback {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, nil, errors.Wrapf(err, "open %s", dir)
		}
		l.dirs = []string{filepath.Base(abs)}
	}
	classes := known
	if classes == nil {
		for _, d := range l.dirs {
			if c := plain(d); !slices.Contains(classes, c) {
				classes = append(classes, c)
			}
		}
	}
	at := index(classes)
	var files []image.Labelled
	for _, d := range l.dirs {
		from := filepath.Join(dir, d)
		if fallback {
			from = dir
		}
		list, problems := image.Files(from)
		for _, x := range problems {
			p.Left = append(p.Left, Problem{x.Path, x.Err.Error() + "; left out"})
		}
		label, ok := at[plain(d)]
		if !ok {
			p.Left = append(p.Left, Problem{from, fmt.Sprintf("%d files left out", len(list))})
			p.warn("class %q of %s is none of those to train on (%s); its %d files are left out", plain(d), relative(p.where, dir), strings.Join(classes[:min(len(classes), 10)], ", "), len(list))
			continue
		}
		for _, x := range list {
			// A picture may have several classes, by links, but lies in one part.
			if other, is := seen.taken(x.Real, part); is && other != part {
				p.Left = append(p.Left, Problem{x.Path, "is in the part " + other + " already; left out"})
				continue
			}
			files = append(files, image.Labelled{Path: x.Path, Label: label})
		}
	}
	if len(files) == 0 {
		return nil, nil, errors.Errorf("open image folder %s: found no file of a class, expected sub-folders of pictures, one a class", dir)
	}
	set, err := image.OpenFiles(dir, files, classes, image.FolderOptions{
		Options: image.Options{Channels: o.Input[0]}, Height: o.Input[1], Width: o.Input[2], Fit: o.Fit,
	})
	if err != nil {
		return nil, nil, err
	}
	for _, x := range set.Problems() {
		p.Left = append(p.Left, Problem{x.Path, x.Err.Error() + "; left out"})
	}
	return set, classes, nil
}
