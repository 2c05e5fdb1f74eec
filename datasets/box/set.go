package box

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Set is an annotated set of pictures.
type Set struct {
	Classes  []string
	Items    []Annotation // Image is a path that can be opened
	Problems []Problem    // what was left out or changed while reading
}

// OpenVOC reads a folder in VOC form: Annotations/*.xml, JPEGImages/, the names of a part in
// ImageSets/Main/PART.txt; part "" takes every annotation. Classes nil means all classes of the folder, sorted, whatever
// the part. A picture that is missing, a file that cannot be read, an object of another class is left out with a Problem,
// as is a picture of whose objects none can be used.
func OpenVOC(dir, part string, classes []string) (*Set, error) {
	annotations := filepath.Join(dir, "Annotations")
	var names []string
	if part != "" {
		var err error
		if names, err = VOCNames(filepath.Join(dir, "ImageSets", "Main", part+".txt")); err != nil {
			return nil, errors.Wrapf(err, "open VOC folder %s", dir)
		}
	}
	if classes == nil {
		var err error
		if classes, err = vocClasses(annotations); err != nil {
			return nil, errors.Wrapf(err, "open VOC folder %s", dir)
		}
	}
	return OpenVOCFiles(annotations, filepath.Join(dir, "JPEGImages"), names, classes)
}

// OpenVOCFiles is OpenVOC for annotations and pictures that lie elsewhere: names are those of the annotations, without
// extension, nil for all. Classes nil means those of the annotations named.
func OpenVOCFiles(annotations, pictures string, names, classes []string) (*Set, error) {
	if names == nil {
		var err error
		if names, err = vocAll(annotations); err != nil {
			return nil, errors.Wrapf(err, "open VOC folder %s", filepath.Dir(annotations))
		}
	}
	s, find := &Set{Classes: classes}, newFinder()
	once := map[string]bool{}
	for _, name := range names {
		xml := filepath.Join(annotations, name+".xml")
		if !filepath.IsLocal(name) {
			s.report(xml, "the name leads out of the folder; dropped")
			continue
		}
		if stem := stemOf(name); !isFile(xml) && isFile(filepath.Join(annotations, stem+".xml")) { // listed as a picture
			name, xml = stem, filepath.Join(annotations, stem+".xml")
		}
		if once[name] {
			s.report(xml, "named twice; taken once")
			continue
		}
		once[name] = true
		if other, ok := find.in(annotations).upper(name); ok && !isFile(xml) {
			xml = filepath.Join(annotations, other)
		}
		a, problems, err := ReadVOC(xml)
		if err != nil {
			s.report(xml, errors.Cause(err).Error()+"; dropped")
			continue
		}
		picture, ok := find.stemmed(pictures, name)
		if !ok {
			picture, ok = find.named(pictures, a.Image)
		}
		if !ok {
			s.report(xml, "no picture "+name+" in "+filepath.Base(pictures)+"; dropped")
			continue
		}
		a.Image = picture
		s.Problems = append(s.Problems, problems...)
		if s.lost(a, xml) {
			continue
		}
		s.Items = append(s.Items, a)
	}
	if classes == nil {
		s.Classes = classNames(s.Items)
	}
	s.KeepClasses(s.Classes)
	s.stand()
	return s.finish(filepath.Dir(annotations))
}

// upper returns the file of that stem whose extension is .xml in other letter case.
func (l *listing) upper(stem string) (string, bool) {
	for _, name := range l.whole[strings.ToLower(stem)+".xml"] {
		if name[:len(name)-len(".xml")] == stem {
			return name, true
		}
	}
	return "", false
}

// OpenCOCO reads a COCO instances file whose pictures lie in the folder images.
func OpenCOCO(file, images string) (*Set, error) {
	s, err := ReadCOCO(file)
	if err != nil {
		return nil, err
	}
	return s.InFolder(file, images)
}

// InFolder looks for the pictures of a set that was read from file in the folder images, and leaves out what is not
// there, with a Problem.
func (s *Set) InFolder(file, images string) (*Set, error) {
	items := s.Items
	s.Items = nil
	find := newFinder()
	taken := map[string]string{}
	for _, a := range items {
		path, ok := find.named(images, a.Image)
		switch {
		case !ok && !filepath.IsLocal(filepath.FromSlash(a.Image)):
			s.report(file, "picture "+a.Image+" leads out of the folder; dropped")
		case !ok:
			s.report(file, "no picture "+filepath.Join(images, filepath.FromSlash(a.Image))+"; dropped")
		case taken[path] != "":
			s.report(file, "picture "+a.Image+" is the file of "+taken[path]+", too; dropped")
		default:
			taken[path] = a.Image
			a.Image = path
			s.Items = append(s.Items, a)
		}
	}
	s.stand()
	return s.finish(file)
}

// Holds returns how many of the first pictures of a set lie in a folder, and how many were looked for.
func (s *Set) Holds(images string) (found, of int) {
	const most = 50
	find := newFinder()
	for _, a := range s.Items[:min(most, len(s.Items))] {
		if of++; isFile(filepath.Join(images, filepath.FromSlash(strings.ReplaceAll(a.Image, `\`, "/")))) {
			found += 2 // the whole name counts more than its end
		} else if _, ok := find.named(images, a.Image); ok {
			found++
		}
	}
	return found, 2 * of
}

// OpenYOLO reads the pictures of a folder whose labels lie in another as NAME.txt beside NAME.jpg, in the order of the
// names; see ReadYOLO. A picture without a file of labels holds no object; one of whose labels none can be used is left
// out with a Problem.
func OpenYOLO(images, labels string, classes []string) (*Set, error) {
	entries, err := os.ReadDir(images)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "open YOLO pictures %s", images)
	}
	var pictures []string
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(images, name)
		info, err := os.Stat(path)
		if strings.HasPrefix(name, ".") || !pictureExtension(filepath.Ext(name)) || err == nil && info.IsDir() {
			continue
		}
		pictures = append(pictures, path)
	}
	return OpenYOLOFiles(images, pictures, func(picture string) string {
		return filepath.Join(labels, stemOf(picture)+".txt")
	}, YOLOOpts{Classes: classes})
}

// YOLOOpts say how labels in YOLO form are read.
type YOLOOpts struct {
	Classes []string
	// KeyPoints says that each box is followed by the key points of its object, which are passed over.
	KeyPoints bool
}

// OpenYOLOFiles is OpenYOLO for pictures listed one by one; labels returns the file with the labels of a picture. where
// is what messages call the set.
func OpenYOLOFiles(where string, pictures []string, labels func(picture string) string, o YOLOOpts) (*Set, error) {
	classes := make([]string, len(o.Classes))
	for i, c := range o.Classes {
		classes[i] = className(c)
	}
	s := &Set{Classes: classes}
	r := yoloReader{classes: classes, keyPoints: o.KeyPoints, count: map[int]int{}}
	var unsure doubts
	readable, without, first := 0, 0, ""
	for i, h := range readHeads(pictures) {
		path := pictures[i]
		if h.err != nil {
			s.report(path, errors.Cause(h.err).Error()+"; dropped")
			continue
		}
		readable++
		a := Annotation{Width: h.width, Height: h.height}
		if text := labels(path); isFile(text) {
			var problems []Problem
			var err error
			if a, problems, err = r.read(text, h.width, h.height); err != nil {
				s.report(text, errors.Cause(err).Error()+"; dropped")
				continue
			}
			s.Problems = append(s.Problems, problems...)
			if s.lost(a, text) {
				continue
			}
		} else if without++; without == 1 {
			first = path
		}
		if h.orientation != 1 && len(a.Objects) > 0 {
			unsure.add(path, h.orientation)
		}
		a.Image = path
		s.Items = append(s.Items, a)
	}
	s.reportDoubts(unsure)
	s.doubtNumbers(where, r.count)
	if without > 0 && without == readable {
		return nil, errors.Errorf("open %s: none of %d %s has a file of labels, expected %s", where, without, plural(without, "picture"), labels(first))
	}
	if without > 0 {
		s.report(first, fmt.Sprintf("%d of %d pictures %s no file of labels, the first is this; without one a picture counts as one without objects", without, readable, map[bool]string{true: "has", false: "have"}[without == 1]))
	}
	return s.finish(where)
}

// doubtNumbers says that classes seem to be counted from 1, where none is 0 and one is beyond the last.
func (s *Set) doubtNumbers(where string, count map[int]int) {
	if n := len(s.Classes); count[0] == 0 && count[n] > 0 {
		s.Problems = append([]Problem{{where, fmt.Sprintf("no object has class 0 and %d have class %d, expected 0 to %d: are the classes counted from 1?", count[n], n, n-1)}}, s.Problems...)
	}
}

// lost reports a picture of whose objects none can be used. To train on it would teach that they are background.
func (s *Set) lost(a Annotation, where string) bool {
	if a.Lost == 0 || len(a.Objects) > 0 {
		return false
	}
	s.report(where, fmt.Sprintf("none of its %d %s can be used; picture dropped", a.Lost, plural(a.Lost, "object")))
	return true
}

func stemOf(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// finish refuses a set without pictures, saying why.
func (s *Set) finish(where string) (*Set, error) {
	if len(s.Items) > 0 {
		return s, nil
	}
	if len(s.Problems) > 0 {
		return nil, errors.Errorf("open %s: none of its pictures can be used, the first: %v", where, s.Problems[0])
	}
	return nil, errors.Errorf("open %s: found no annotated picture", where)
}

func (s *Set) report(where, reason string) {
	s.Problems = append(s.Problems, Problem{where, reason})
}

// KeepClasses drops objects of other classes than these, which become those of the set, with a Problem each.
func (s *Set) KeepClasses(classes []string) {
	s.Classes = classes
	for i := range s.Items {
		a := &s.Items[i]
		a.Objects = slices.DeleteFunc(a.Objects, func(o Object) bool {
			if slices.Contains(classes, o.Class) {
				return false
			}
			a.Lost++
			s.report(a.Image, "class \""+o.Class+"\" is none of "+strings.Join(classes, ", ")+"; object dropped")
			return true
		})
	}
}

// DropLost leaves out pictures of whose objects none could be used, with a Problem each.
func (s *Set) DropLost() {
	s.Items = slices.DeleteFunc(s.Items, func(a Annotation) bool { return s.lost(a, a.Image) })
}

// VOCNames returns the names in a list of a part, such as ImageSets/Main/train.txt, without extension.
func VOCNames(path string) ([]string, error) {
	data, err := readLimited(path, maxTextFile)
	if err == nil {
		data, err = utf8Text(data)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "read part %s", path)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		name := strings.TrimSpace(line)
		// the lists of single classes have a second column
		if k := strings.LastIndexAny(name, " \t"); k > 0 && slices.Contains([]string{"1", "0", "-1"}, name[k+1:]) {
			name = strings.TrimSpace(name[:k])
		}
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.Errorf("part %s names no picture", path)
	}
	return names, nil
}

// vocAll returns the names of all annotations in a folder, without extension.
func vocAll(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "list %s", filepath.Base(dir))
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if strings.EqualFold(filepath.Ext(name), ".xml") && !strings.HasPrefix(name, ".") {
			names = append(names, name[:len(name)-len(".xml")])
		}
	}
	return names, nil
}

// vocClasses returns the classes of all annotations in a folder.
func vocClasses(dir string) ([]string, error) {
	names, err := vocAll(dir)
	if err != nil {
		return nil, err
	}
	var items []Annotation
	for _, name := range names {
		// what cannot be read here is reported when its part is read
		if a, _, err := ReadVOC(filepath.Join(dir, name+".xml")); err == nil {
			items = append(items, a)
		}
	}
	return classNames(items), nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
