package open

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/hocsau/hocsau/datasets/image"
)

// The parts of a set.
const (
	train = "train"
	val   = "val"
	test  = "test"
	// both is a part to train and to validate on.
	both = "trainval"
)

// partNames are the names of parts, in small letters.
func partNames() map[string]string {
	return map[string]string{
		"train": train, "training": train, "val": val, "valid": val, "validation": val, "dev": val,
		"test": test, "testing": test, "trainval": both,
	}
}

// partOf returns the part that a name means: the name itself, or one whole word of it, such as train2017 or seg_test.
func partOf(name string) (part string, exact bool) {
	name = strings.ToLower(name)
	if part = partNames()[name]; part != "" {
		return part, true
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		p := partNames()[word]
		if p != "" && part != "" && p != part {
			return "", false // train_test
		}
		if p != "" {
			part = p
		}
	}
	return part, false
}

// byPart sorts names into parts. A name that is the part's own counts more than one that holds it as a word.
func byPart(names []string) map[string][]string {
	parts, exact := map[string][]string{}, map[string]bool{}
	for _, n := range names {
		part, own := partOf(n)
		switch {
		case part == "" || !own && exact[part]:
		case own && !exact[part]:
			parts[part], exact[part] = []string{n}, true
		default:
			parts[part] = append(parts[part], n)
		}
	}
	return parts
}

// level is what lies directly in a folder.
type level struct {
	dirs     []string
	pictures []string // files that may be pictures
	others   []string // files that are none by their names
}

// read lists a folder; links are followed, junk is passed over.
func read(dir string) level {
	var l level
	entries, err := os.ReadDir(dir)
	if err != nil {
		return l
	}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		switch {
		case image.Junk(e.Name()) || err != nil:
		case info.IsDir():
			l.dirs = append(l.dirs, e.Name())
		case isPicture(e.Name()):
			l.pictures = append(l.pictures, e.Name())
		default:
			l.others = append(l.others, e.Name())
		}
	}
	return l
}

// isPicture tells by its name whether a file may be a picture.
func isPicture(name string) bool {
	return slices.Contains([]string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm", ".pnm", ".pfm"}, strings.ToLower(filepath.Ext(name)))
}

// onlyFolders tells whether a folder holds folders and no picture.
func onlyFolders(dir string) bool {
	l := read(dir)
	return len(l.dirs) > 0 && len(l.pictures) == 0
}

// folder returns the sub-folder of dir that one of names names, in any letter case, "" for none.
func folder(dir string, names ...string) string {
	for _, name := range names {
		for _, d := range read(dir).dirs {
			if strings.EqualFold(d, name) {
				return filepath.Join(dir, d)
			}
		}
	}
	return ""
}

// plain is a name as classes are compared: without blanks around it, composed.
func plain(name string) string { return norm.NFC.String(strings.TrimSpace(name)) }

// relative is a path below root as it is shown.
func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil && rel != "." {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}
