package open

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hocsau/hocsau/datasets/box"
)

// findCOCO looks for boxes in COCO form: annotations/instances_PART.json, other files there or beside, with pictures in
// a folder of the part; or a file in the folder of each part, as Roboflow writes it.
func findCOCO(dir string) (sources, error) {
	l := read(dir)
	s, err := choose(l.dirs, func(d string) source {
		at := filepath.Join(dir, d)
		list := cocoFiles(at)
		if len(list) != 1 {
			return source{}
		}
		return cocoSource(relative(dir, list[0]), list[0], at)
	})
	if err != nil || len(s) > 0 {
		return s, err
	}
	files := cocoFiles(dir)
	if len(files) == 0 {
		return nil, nil
	}
	byName := map[string]string{}
	var names []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))
		byName[name] = f
		names = append(names, name)
	}
	open := func(name string) source { return cocoSource(relative(dir, byName[name]), byName[name], dir) }
	s, err = choose(names, open)
	if err != nil {
		return nil, err
	}
	if _, ok := s[train]; !ok && len(files) == 1 { // one file for all
		return sources{train: open(names[0])}, nil
	}
	if len(s) == 0 {
		return nil, several(dir, fileNames(files))
	}
	return s, nil
}

func fileNames(paths []string) []string {
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names
}

// cocoFiles returns the files of a folder that are in COCO form by their names: in annotations those of instances, else
// all; else those beside.
func cocoFiles(dir string) []string {
	below := folder(dir, "annotations")
	for _, c := range []struct {
		dir   string
		named func(name string) bool
	}{
		{below, func(n string) bool { return strings.HasPrefix(n, "instances") }},
		{below, func(n string) bool { return true }},
		{dir, func(n string) bool {
			return strings.Contains(n, "_annotations") || strings.Contains(n, "instances") || strings.Contains(n, "coco")
		}},
		{dir, func(n string) bool { return holdsCOCO(filepath.Join(dir, n)) }},
	} {
		if c.dir == "" {
			continue
		}
		var files []string
		for _, name := range read(c.dir).others {
			if small := strings.ToLower(name); filepath.Ext(small) == ".json" && c.named(small) {
				files = append(files, filepath.Join(c.dir, name))
			}
		}
		if len(files) > 0 {
			return files
		}
	}
	return nil
}

// holdsCOCO tells whether a file has two of the words of COCO files near its beginning.
func holdsCOCO(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	const enough = 1 << 20
	text, err := io.ReadAll(io.LimitReader(f, enough))
	words := 0
	for _, w := range []string{`"images"`, `"annotations"`, `"categories"`, `"bbox"`} {
		if bytes.Contains(text, []byte(w)) {
			words++
		}
	}
	return err == nil && words >= 2
}

// cocoSource reads a file whose pictures lie where most of its first ones are found.
func cocoSource(from, file, dir string) source {
	return source{from, func([]string) (*box.Set, error) {
		set, err := box.ReadCOCO(file)
		if err != nil {
			return nil, err
		}
		return set.InFolder(file, cocoPictures(set, file, dir))
	}}
}

// cocoPictures returns the folder that the pictures of a file lie in: of the folder of the file's name behind the last
// _, those of its part, images and the like the one that holds most of the first pictures.
func cocoPictures(set *box.Set, file, dir string) string {
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	last := stem[strings.LastIndexByte(stem, '_')+1:]
	names := []string{last}
	for _, d := range read(dir).dirs {
		if part := partNamed(d); part != "" && part == partNamed(stem) && d != last {
			names = append(names, d)
		}
	}
	var candidates []string
	for _, name := range names {
		for _, at := range []string{dir, filepath.Join(dir, "images")} {
			if at = folder(at, name); at != "" {
				candidates = append(candidates, at)
				if inner := folder(at, "images"); inner != "" {
					candidates = append(candidates, inner)
				}
			}
		}
	}
	for _, name := range []string{"images", "data", "JPEGImages", "img", "imgs"} {
		if at := folder(dir, name); at != "" {
			candidates = append(candidates, at)
		}
	}
	candidates = append(candidates, filepath.Dir(file))
	if !slices.Contains(candidates, dir) {
		candidates = append(candidates, dir)
	}
	best, most := candidates[0], 0
	for _, c := range candidates {
		if found, _ := set.Holds(c); found > most {
			best, most = c, found
		}
	}
	return best
}
