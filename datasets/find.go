package datasets

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/download"
	"github.com/hocsau/hocsau/internal/nearest"
)

// Errors of Find and Get, to be tested with errors.Is.
var (
	// ErrNotFound means that a set is not on this machine.
	ErrNotFound = errors.New("not found")
	// ErrUnknown means that no set has that name.
	ErrUnknown = errors.New("unknown data set")
)

// Variable is the environment variable that names a data root.
const Variable = "HOCSAU_DATA"

// Lookup returns the row of the set of that name. For another name the error
// suggests the nearest.
func Lookup(name string) (Set, error) {
	sets := Catalog()
	names := make([]string, len(sets))
	for i, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names[i] = s.Name
	}
	if meant := nearest.Name(name, names); meant != "" {
		return Set{}, errors.Wrapf(ErrUnknown, "%q, did you mean %s?", name, meant)
	}
	return Set{}, errors.Wrapf(ErrUnknown, "%q, expected one of %s", name, strings.Join(names, ", "))
}

// Find returns the folder of the known set name on this machine. It looks
// below dataDir (the flag --data-dir, may be empty), below $HOCSAU_DATA and
// in the user cache, in this order, for the folder of the set in the table;
// dataDir and $HOCSAU_DATA may also be that folder itself. For a Given set it
// returns the file or folder that dataDir, else $HOCSAU_DATA, names.
//
// The error says what was looked at, and the command that gets the set.
func Find(name, dataDir string) (string, error) {
	set, err := Lookup(name)
	if err != nil {
		return "", errors.Wrap(err, "find data")
	}
	switch set.Origin {
	case BuiltIn:
		return "", errors.Wrapf(ErrNotFound, "data set %s is built in and lies in no folder", name)
	case Given:
		return findGiven(set, dataDir)
	}
	var looked []string
	for _, r := range roots(dataDir) {
		if r.dir == "" {
			looked = append(looked, r.name+" (not set)")
			continue
		}
		for _, dir := range []string{filepath.Join(r.dir, filepath.FromSlash(set.Folder)), r.dir} {
			missing := missingIn(dir, set)
			if missing == "" {
				missing = damagedIn(dir, set)
			}
			if missing == "" {
				return dir, nil
			}
			looked = append(looked, dir+" ("+missing+")")
			if r.cache { // a root that nobody typed is never the set itself
				break
			}
		}
		if base := filepath.Base(r.dir); len(set.Needs) == 1 && base == set.Needs[0] && isFile(r.dir) {
			return filepath.Dir(r.dir), nil
		}
	}
	hint := "get it with: hocsau data get " + name
	if len(set.Files) == 0 {
		hint = "it has no download here: put it into " + filepath.Join("DIR", filepath.FromSlash(set.Folder)) + " and add --data-dir DIR"
	}
	return "", errors.Wrapf(ErrNotFound, "data set %s: looked in %s; %s", name, strings.Join(looked, ", "), hint)
}

// root is a folder below which known sets lie.
type root struct {
	name  string // how to speak of it
	dir   string // empty: not set
	cache bool
}

// roots returns the places to look at, first to last.
func roots(dataDir string) []root {
	cache, err := CacheRoot()
	if err != nil {
		cache = ""
	}
	all := []root{
		{name: "--data-dir", dir: dataDir},
		{name: "$" + Variable, dir: os.Getenv(Variable)},
		{name: "the user cache", dir: cache, cache: true},
	}
	if dataDir == "" {
		return all[1:]
	}
	return all
}

// CacheRoot returns the data root in the user's cache folder, into which Get
// downloads.
func CacheRoot() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", errors.Wrap(err, "data cache")
	}
	return filepath.Join(dir, "hocsau", "data"), nil
}

func findGiven(set Set, dataDir string) (string, error) {
	path, from := dataDir, "--data-dir"
	if path == "" {
		path, from = os.Getenv(Variable), "$"+Variable
	}
	if path == "" {
		return "", errors.Wrapf(ErrNotFound, "data set %s (%s) is your own: name it with --data-dir", set.Name, set.Title)
	}
	if _, err := os.Stat(path); err != nil {
		return "", errors.Wrapf(ErrNotFound, "data set %s: %s names %s: %v", set.Name, from, path, err)
	}
	return path, nil
}

// Lies tells whether the known set of that name lies in dir, or below it where the table puts it.
func Lies(name, dir string) bool {
	set, err := Lookup(name)
	if err != nil || set.Origin != Known {
		return false
	}
	return missingIn(filepath.Join(dir, filepath.FromSlash(set.Folder)), set) == "" ||
		missingIn(dir, set) == "" && filepath.Base(absolute(dir)) == path.Base(set.Folder)
}

// absolute is dir without relative steps, so that its last name is known.
func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// missingIn says why dir is not the folder of the set, or nothing if it is.
func missingIn(dir string, set Set) string {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such folder"
	case err != nil:
		return err.Error()
	case !info.IsDir():
		return "no folder"
	}
	for _, pattern := range set.Needs {
		if !anyMatch(os.DirFS(dir), pattern) {
			return "no " + pattern
		}
	}
	return ""
}

// damagedIn says which of the files that Get downloaded into dir is not what it
// was, or nothing. Files in other places may be of another origin.
func damagedIn(dir string, set Set) string {
	for _, f := range set.Files {
		err := download.Check(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // one may be there unpacked
			return err.Error()
		}
	}
	return ""
}

// anyMatch says whether a file or folder matches the pattern. Names with a
// dot in front, such as an unfinished download, do not count.
func anyMatch(dir fs.FS, pattern string) bool {
	found, err := fs.Glob(dir, pattern)
	return err == nil && slices.ContainsFunc(found, func(name string) bool {
		return !strings.HasPrefix(filepath.Base(name), ".")
	})
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
