package text

import (
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// Files lists the files of a corpus in the order of their paths: path itself when it is a file, else all files below it
// but those whose names begin with a dot.
func Files(path string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return withoutPath(err) // there may be no entry then
		}
		hidden := strings.HasPrefix(e.Name(), ".") && p != path
		switch {
		case hidden && e.IsDir():
			return fs.SkipDir
		case !hidden && !e.IsDir():
			out = append(out, p)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("found no file")
	}
	if err != nil {
		return nil, errors.Wrapf(err, "list %s", path)
	}
	return out, nil
}
