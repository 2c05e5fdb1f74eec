package box

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// finder finds picture files by names that may differ in case, extension or the folders before them.
type finder struct {
	dirs map[string]*listing
}

// listing has the files of a folder by their names in small letters, whole and without extension.
type listing struct{ whole, stem map[string][]string }

func newFinder() *finder { return &finder{dirs: map[string]*listing{}} }

// in returns the files of a folder, read once.
func (f *finder) in(dir string) *listing {
	if l, ok := f.dirs[dir]; ok {
		return l
	}
	l := &listing{whole: map[string][]string{}, stem: map[string][]string{}}
	f.dirs[dir] = l
	entries, err := os.ReadDir(dir)
	if err != nil {
		return l
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") {
			continue
		}
		small := strings.ToLower(name)
		l.whole[small] = append(l.whole[small], name)
		ext := filepath.Ext(name)
		if pictureExtension(ext) {
			stem := strings.TrimSuffix(small, strings.ToLower(ext))
			l.stem[stem] = append(l.stem[stem], name)
		}
	}
	return l
}

// pictureExtension tells whether files of that extension may be pictures: all but those of annotations.
func pictureExtension(ext string) bool {
	switch strings.ToLower(ext) {
	case ".txt", ".xml", ".json", ".csv", ".yaml", ".yml", ".cache", ".md", ".zip", ".html":
		return false
	}
	return true
}

// named returns the file of dir that an annotation names: so, without the folders before it, or in other letter case.
func (f *finder) named(dir, name string) (string, bool) {
	name = filepath.FromSlash(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
	if name == "" || name == "." {
		return "", false
	}
	if path := filepath.Join(dir, name); filepath.IsLocal(name) && isFile(path) {
		return path, true
	}
	base := filepath.Base(name)
	if path := filepath.Join(dir, base); isFile(path) {
		return path, true
	}
	if same := f.in(dir).whole[strings.ToLower(base)]; len(same) == 1 {
		return filepath.Join(dir, same[0]), isFile(filepath.Join(dir, same[0]))
	}
	return "", false
}

// stemmed returns the picture of dir of that name without extension. Of several the one in the same letter case
// counts, then the first.
func (f *finder) stemmed(dir, stem string) (string, bool) {
	dir, stem = filepath.Dir(filepath.Join(dir, stem)), filepath.Base(stem)
	same := slices.Clone(f.in(dir).stem[strings.ToLower(stem)])
	slices.SortStableFunc(same, func(a, b string) int {
		rank := func(name string) int {
			if strings.TrimSuffix(name, filepath.Ext(name)) == stem {
				return 0
			}
			return 1
		}
		return rank(a) - rank(b)
	})
	for _, name := range same {
		if path := filepath.Join(dir, name); isFile(path) {
			return path, true
		}
	}
	return "", false
}
