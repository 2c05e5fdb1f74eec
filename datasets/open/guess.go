package open

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
)

// Guess returns which of the sets of names lies in dir: by the table of known sets, else by the layout of the folder. It
// refuses where that does not say which.
func Guess(dir string, names []string) (string, error) {
	if info, err := os.Stat(dir); err != nil {
		return "", errors.Errorf("%s: no such folder", dir)
	} else if !info.IsDir() {
		return "", errors.Errorf("%s is a file: say with --data what it is, one of %s", dir, strings.Join(names, ", "))
	}
	may := map[string]bool{}
	var known []string
	for _, n := range names {
		may[n] = true
		if datasets.Lies(n, dir) {
			known = append(known, n)
		}
	}
	if len(known) == 1 {
		return known[0], nil
	}
	if len(known) > 1 {
		return "", errors.Errorf("%s holds %s: say with --data which", dir, strings.Join(known, ", "))
	}
	form := boxesIn(dir)
	switch {
	case form != "" && may[form]:
		return form, nil
	case form != "" && may["folder"] && (may["voc"] || !holdsClassifier(names)):
		return "folder", nil
	case form == "" && may["idx"] && holdsIDX(dir):
		return "idx", nil
	case form == "" && may["folder"] && holdsClasses(dir):
		return "folder", nil
	}
	return "", errors.Errorf("%s: its layout does not say what it is: say with --data, one of %s", dir, strings.Join(names, ", "))
}

// holdsClassifier tells by its sets whether a model classifies: it knows no form of boxes, and drawn digits or cifar10.
func holdsClassifier(names []string) bool {
	for _, n := range names {
		if n == "cifar10" || n == "idx" || n == "orl" {
			return true
		}
	}
	return false
}

// holdsIDX tells by the names whether a folder has files in the IDX format.
func holdsIDX(dir string) bool {
	for _, pattern := range []string{"*idx3-ubyte*", "*idx1-ubyte*"} {
		if found, err := filepath.Glob(filepath.Join(dir, pattern)); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// holdsClasses tells whether a folder has pictures in folders, of classes or of parts.
func holdsClasses(dir string) bool {
	dir = unwrap(dir)
	l := read(dir)
	if len(l.dirs) == 0 {
		return len(l.pictures) > 0
	}
	for _, d := range l.dirs {
		below := read(filepath.Join(dir, d))
		if len(below.pictures) > 0 {
			return true
		}
		for _, deeper := range below.dirs {
			if len(read(filepath.Join(dir, d, deeper)).pictures) > 0 {
				return true
			}
		}
	}
	return false
}
