package image

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Found is a file below a folder.
type Found struct {
	Path string
	// Real is the path without links; two files of one Real are the same.
	Real string
}

// Files lists all files below a folder at any depth, by name. Links to folders and files are followed, each folder once;
// one that leads back to where it lies, or nowhere, is a Problem. What [Junk] names is passed over.
func Files(dir string) ([]Found, []Problem) {
	w := walker{seen: map[string]bool{}}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, []Problem{{dir, withoutPath(err)}}
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return nil, []Problem{{dir, err}}
	}
	w.walk(dir, resolved)
	return w.found, w.problems
}

type walker struct {
	seen     map[string]bool // folders, without links
	found    []Found
	problems []Problem
}

func (w *walker) walk(dir, resolved string) {
	w.seen[resolved] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.problems = append(w.problems, Problem{dir, withoutPath(err)})
		return
	}
	for _, e := range entries {
		if Junk(e.Name()) {
			continue
		}
		path, at := filepath.Join(dir, e.Name()), filepath.Join(resolved, e.Name())
		isDir, isFile := e.IsDir(), e.Type().IsRegular()
		if !isDir && !isFile {
			info, err := os.Stat(path)
			if err == nil {
				at, err = filepath.EvalSymlinks(at)
			}
			if err != nil {
				target, readErr := os.Readlink(path)
				if readErr == nil {
					err = errors.Errorf("a link to %s, which leads nowhere: %v", target, withoutPath(err))
				}
				w.problems = append(w.problems, Problem{path, withoutPath(err)})
				continue
			}
			isDir, isFile = info.IsDir(), info.Mode().IsRegular()
		}
		switch {
		case isFile:
			w.found = append(w.found, Found{path, at})
		case !isDir:
			w.problems = append(w.problems, Problem{path, errors.New("neither a file nor a folder")})
		case at == resolved || strings.HasPrefix(resolved, at+string(filepath.Separator)):
			w.problems = append(w.problems, Problem{path, errors.New("a link to a folder that it lies in: a loop, not followed")})
		case w.seen[at]:
			w.problems = append(w.problems, Problem{path, errors.New("a link to a folder that was taken already")})
		default:
			w.walk(path, at)
		}
	}
}

// Junk tells whether a file or folder of that name is no part of a set: hidden ones, and what macOS, Windows and file
// servers leave behind.
func Junk(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "$") ||
		slices.Contains([]string{"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "icon\r", "lost+found", "system volume information", "__pycache__"}, strings.ToLower(name))
}
