package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// classesFile is where the names of ImageNet's classes lie beside weights.
const classesFile = "imagenet_classes.txt"

// ClassNames returns the n names of a file, one a line, without WordNet's number
// before each where all have one, as in "n01440764 tench". Where path is empty,
// imagenet_classes.txt in dir counts, if there is one; else the classes have
// numbers.
func ClassNames(path, dir string, n int) ([]string, error) {
	if path == "" {
		path = filepath.Join(dir, classesFile)
		if _, err := os.Stat(path); err != nil {
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("class %d", i)
			}
			return names, nil
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Wrap(err, "read the names of classes")
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	names := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if len(names) != n {
		return nil, errors.Errorf("read the names of classes: %s has %d lines, expected %d", path, len(names), n)
	}
	ids := !slices.ContainsFunc(names, func(s string) bool {
		id, _, two := strings.Cut(s, " ")
		return !two || len(id) != len("n01440764") || strings.Trim(id[1:], "0123456789") != ""
	})
	if ids { // they say nothing to a reader
		for i, s := range names {
			_, names[i], _ = strings.Cut(s, " ")
		}
	}
	return names, nil
}
