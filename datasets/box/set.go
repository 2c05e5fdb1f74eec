package box

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/datasets/image"
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
// the part. A picture that is missing, a file that cannot be read, an object of another class is left out with a Problem.
func OpenVOC(dir, part string, classes []string) (*Set, error) {
	names, err := vocNames(dir, part)
	if err != nil {
		return nil, errors.Wrapf(err, "open VOC folder %s", dir)
	}
	s := &Set{Classes: classes}
	if classes == nil {
		if s.Classes, err = vocClasses(dir); err != nil {
			return nil, errors.Wrapf(err, "open VOC folder %s", dir)
		}
	}
	for _, name := range names {
		xml := filepath.Join(dir, "Annotations", name+".xml")
		if !filepath.IsLocal(name) {
			s.report(xml, "the name leads out of the folder; dropped")
			continue
		}
		a, problems, err := ReadVOC(xml)
		if err != nil {
			s.report(xml, errors.Cause(err).Error()+"; dropped")
			continue
		}
		picture, ok := findPicture(filepath.Join(dir, "JPEGImages"), name, a.Image)
		if !ok {
			s.report(xml, "no picture "+name+" in JPEGImages; dropped")
			continue
		}
		a.Image = picture
		s.Problems = append(s.Problems, problems...)
		s.keepClasses(&a, xml)
		s.Items = append(s.Items, a)
	}
	return s.finish(dir)
}

// OpenCOCO reads a COCO instances file whose pictures lie in the folder images.
func OpenCOCO(file, images string) (*Set, error) {
	s, err := ReadCOCO(file)
	if err != nil {
		return nil, err
	}
	items := s.Items
	s.Items = nil
	for _, a := range items {
		path := filepath.Join(images, filepath.FromSlash(a.Image))
		if !filepath.IsLocal(filepath.FromSlash(a.Image)) {
			s.report(file, "picture "+a.Image+" leads out of the folder; dropped")
			continue
		}
		if !isFile(path) {
			s.report(file, "no picture "+path+"; dropped")
			continue
		}
		a.Image = path
		s.Items = append(s.Items, a)
	}
	return s.finish(file)
}

// OpenYOLO reads the pictures of a folder whose labels lie in another as NAME.txt beside NAME.jpg, in the order of the
// names; see ReadYOLO. A picture without a file of labels holds no object.
func OpenYOLO(images, labels string, classes []string) (*Set, error) {
	entries, err := os.ReadDir(images)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "open YOLO pictures %s", images)
	}
	s := &Set{Classes: classes}
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(images, name)
		if strings.HasPrefix(name, ".") || strings.EqualFold(filepath.Ext(name), ".txt") || !isFile(path) {
			continue
		}
		w, h, err := image.Size(path, image.Options{})
		if err != nil {
			s.report(path, errors.Cause(err).Error()+"; dropped")
			continue
		}
		a := Annotation{Width: w, Height: h}
		text := filepath.Join(labels, strings.TrimSuffix(name, filepath.Ext(name))+".txt")
		if isFile(text) {
			var problems []Problem
			if a, problems, err = ReadYOLO(text, w, h, classes); err != nil {
				s.report(text, errors.Cause(err).Error()+"; dropped")
				continue
			}
			s.Problems = append(s.Problems, problems...)
		}
		a.Image = path
		s.Items = append(s.Items, a)
	}
	return s.finish(images)
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

// keepClasses drops objects of classes that the set does not have.
func (s *Set) keepClasses(a *Annotation, where string) {
	a.Objects = slices.DeleteFunc(a.Objects, func(o Object) bool {
		if slices.Contains(s.Classes, o.Class) {
			return false
		}
		s.report(where, "class \""+o.Class+"\" is none of "+strings.Join(s.Classes, ", ")+"; object dropped")
		return true
	})
}

// vocNames returns the names of a part, without extension.
func vocNames(dir, part string) ([]string, error) {
	if part == "" {
		return vocAll(dir)
	}
	path := filepath.Join(dir, "ImageSets", "Main", part+".txt")
	data, err := readLimited(path, maxTextFile)
	if err != nil {
		return nil, errors.Wrapf(err, "read part %s", path)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		// the lists of single classes have a second column
		if fields := strings.Fields(line); len(fields) > 0 {
			names = append(names, fields[0])
		}
	}
	if len(names) == 0 {
		return nil, errors.Errorf("part %s names no picture", path)
	}
	return names, nil
}

func vocAll(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "Annotations"))
	if err != nil {
		return nil, errors.Wrap(withoutPath(err), "list Annotations")
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".xml"); ok && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, nil
}

// vocClasses returns the classes of all annotations in the folder.
func vocClasses(dir string) ([]string, error) {
	names, err := vocAll(dir)
	if err != nil {
		return nil, err
	}
	var items []Annotation
	for _, name := range names {
		// what cannot be read here is reported when its part is read
		if a, _, err := ReadVOC(filepath.Join(dir, "Annotations", name+".xml")); err == nil {
			items = append(items, a)
		}
	}
	return classNames(items), nil
}

// findPicture returns the picture of an annotation: by the annotation's name, else by the name it states.
func findPicture(dir, name, stated string) (string, bool) {
	for _, ext := range []string{".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm"} {
		if path := filepath.Join(dir, name+ext); isFile(path) {
			return path, true
		}
	}
	if stated == "" {
		return "", false
	}
	path := filepath.Join(dir, filepath.Base(filepath.FromSlash(stated)))
	return path, isFile(path)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
