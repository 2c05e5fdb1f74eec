package open

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/datasets/box"
)

// findVOC looks for boxes in VOC form: Annotations and JPEGImages with the lists of ImageSets/Main; the same pair of
// folders, or pictures beside their annotations, in a folder a part; years of the devkit.
func findVOC(dir string) (sources, error) {
	if annotations, pictures := vocFolders(dir); annotations != "" {
		return vocParts(dir, annotations, pictures)
	}
	var years []string
	dirs := read(dir).dirs
	for _, d := range dirs {
		if annotations, _ := vocFolders(filepath.Join(dir, d)); annotations != "" && partNamed(d) == "" {
			years = append(years, d)
		}
	}
	if len(years) > 1 {
		return nil, several(dir, years)
	}
	if len(years) == 1 {
		return findVOC(filepath.Join(dir, years[0]))
	}
	return choose(dirs, func(d string) source {
		annotations, pictures := vocFolders(filepath.Join(dir, d))
		if annotations == "" {
			return source{}
		}
		return vocSource(d+"/", annotations, pictures, nil)
	})
}

func partNamed(name string) string {
	part, _ := partOf(name)
	return part
}

// vocFolders returns the folders of annotations and pictures in dir, which may be one.
func vocFolders(dir string) (annotations, pictures string) {
	for _, a := range []string{folder(dir, "Annotations", "annotation", "xmls", "xml", "labels"), dir} {
		if a == "" || !hasXML(a) {
			continue
		}
		pictures = folder(dir, "JPEGImages", "images", "image", "pictures", "img", "imgs")
		if pictures == "" {
			pictures = a
			if len(read(a).pictures) == 0 {
				pictures = dir
			}
		}
		return a, pictures
	}
	return "", ""
}

// hasXML tells whether a folder holds XML files.
func hasXML(dir string) bool {
	return slices.ContainsFunc(read(dir).others, func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".xml") })
}

// vocParts returns the parts that the lists of ImageSets/Main name; lists of a single class, such as cat_train.txt, are
// none.
func vocParts(dir, annotations, pictures string) (sources, error) {
	lists := map[string]string{}
	var names []string
	for _, at := range []string{filepath.Join(dir, "ImageSets", "Main"), filepath.Join(dir, "ImageSets")} {
		entries, err := os.ReadDir(at)
		if err != nil {
			continue
		}
		for _, e := range entries {
			stem := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
			if _, exact := partOf(stem); exact && filepath.Ext(e.Name()) == ".txt" {
				if info, err := os.Stat(filepath.Join(at, e.Name())); err == nil && info.Size() > 0 {
					lists[stem] = filepath.Join(at, e.Name())
					names = append(names, stem)
				}
			}
		}
		if len(names) > 0 {
			break
		}
	}
	if len(names) == 0 {
		return sources{train: vocSource(relative(filepath.Dir(dir), annotations)+"/", annotations, pictures, nil)}, nil
	}
	return choose(names, func(stem string) source {
		return vocSource(relative(dir, lists[stem]), annotations, pictures, func() ([]string, error) { return box.VOCNames(lists[stem]) })
	})
}

// vocSource reads the annotations that list names, all where it is nil.
func vocSource(from, annotations, pictures string, list func() ([]string, error)) source {
	return source{from, func(classes []string) (*box.Set, error) {
		var names []string
		if list != nil {
			var err error
			if names, err = list(); err != nil {
				return nil, err
			}
		}
		return box.OpenVOCFiles(annotations, pictures, names, classes)
	}}
}
