package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/internal/atomicfile"
)

// dataFile is where the folder of a run keeps what its data was.
const dataFile = "data.json"

// fileMark is a file of the data, or a folder of many: by it data is known
// again.
type fileMark struct {
	Name  string `json:"name"`
	Files int    `json:"files,omitempty"` // of a folder
	Size  int64  `json:"size"`            // bytes
	Sum   string `json:"sum,omitempty"`   // of the content; none where the size must do
}

// The limits of what is read and kept to know data again.
const (
	mostMarks    = 2000    // files that are kept one by one, else folders
	mostPictures = 1 << 30 // bytes up to which pictures are read, else their sizes must do
)

// checkData compares the data of s with that of the run in the folder, which it
// says what has changed in. A run made without such a record passes.
func checkData(folder string, s Settings) error {
	b, err := os.ReadFile(filepath.Join(folder, dataFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Wrapf(err, "resume %s", folder)
	}
	var was []fileMark
	if err := json.Unmarshal(b, &was); err != nil {
		return errors.Wrapf(err, "resume %s: %s", folder, dataFile)
	}
	now, err := dataMarks(folder, s)
	if err != nil {
		return err
	}
	if d := changes(was, now); len(d) > 0 {
		return errors.Errorf("resume %s: the data is not that of the run: %s; put the old data back, or train anew with another --out", folder, strings.Join(d, "; "))
	}
	return nil
}

// keepData writes down what the data of a new run is.
func keepData(folder string, s Settings) error {
	marks, err := dataMarks(folder, s)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, dataFile)
	if marks == nil { // made up, not read
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.WithStack(err)
		}
		return nil
	}
	return atomicfile.Write(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(marks) })
}

// changes says in what two records differ, at most five things.
func changes(was, now []fileMark) []string {
	before, after := map[string]fileMark{}, map[string]fileMark{}
	var names []string
	for _, m := range was {
		before[m.Name] = m
		names = append(names, m.Name)
	}
	for _, m := range now {
		after[m.Name] = m
		if _, ok := before[m.Name]; !ok {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	var all []string
	for _, n := range names {
		a, had := before[n]
		b, has := after[n]
		switch {
		case !has:
			all = append(all, fmt.Sprintf("%s is gone", n))
		case !had:
			all = append(all, fmt.Sprintf("%s is new", n))
		case a.Files != b.Files:
			all = append(all, fmt.Sprintf("%s had %s files, now %s", n, Thousands(a.Files), Thousands(b.Files)))
		case a.Size != b.Size:
			all = append(all, fmt.Sprintf("%s had %s bytes, now %s", n, Thousands(int(a.Size)), Thousands(int(b.Size))))
		case a.Sum != "" && b.Sum != "" && a.Sum != b.Sum:
			all = append(all, fmt.Sprintf("%s has other content in as many bytes", n))
		}
	}
	const most = 5
	if more := len(all) - most; more > 0 {
		all = append(all[:most], fmt.Sprintf("and %s more", Thousands(more)))
	}
	return all
}

// dataMarks returns the files of the data of s, nil where it is not read from
// files.
func dataMarks(folder string, s Settings) ([]fileMark, error) {
	path, err := datasets.Find(s.Data, s.DataDir)
	if err != nil || path == "" {
		return nil, nil // a set that is made up has no files; one that lacks them is refused when it is opened
	}
	w := marker{root: path, seen: map[string]bool{}}
	if w.skip, err = filepath.Abs(folder); err != nil {
		return nil, errors.WithStack(err)
	}
	if err := w.walk(path, ""); err != nil {
		return nil, errors.Wrapf(err, "know the data in %s again", path)
	}
	pictures := int64(0)
	for _, m := range w.marks {
		if isPicture(m.Name) {
			pictures += m.Size
		}
	}
	for i, m := range w.marks {
		if isPicture(m.Name) && pictures > mostPictures {
			continue
		}
		if w.marks[i].Sum, err = sumOf(w.paths[i]); err != nil {
			return nil, errors.Wrapf(err, "know the data in %s again", path)
		}
	}
	if len(w.marks) > mostMarks {
		return foldersOf(w.marks), nil
	}
	return w.marks, nil
}

// marker lists the files below a folder, in order.
type marker struct {
	root, skip string
	seen       map[string]bool // folders, so that links do not go round
	marks      []fileMark
	paths      []string
}

func (w *marker) walk(path, name string) error {
	info, err := os.Stat(path)
	if err != nil {
		if name != "" && errors.Is(err, fs.ErrNotExist) { // a link to nowhere
			return nil
		}
		return err
	}
	if !info.IsDir() {
		if info.Mode().IsRegular() {
			w.marks = append(w.marks, fileMark{Name: OrElse(name, filepath.Base(path)), Size: info.Size()})
			w.paths = append(w.paths, path)
		}
		return nil
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if resolved, err = filepath.Abs(resolved); err != nil || w.seen[resolved] {
		return err
	}
	w.seen[resolved] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := filepath.Join(path, e.Name())
		abs, err := filepath.Abs(below)
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") || abs == w.skip || isNotes(e.Name()) || isRun(below) {
			continue
		}
		if err := w.walk(below, filepath.ToSlash(filepath.Join(name, e.Name()))); err != nil {
			return err
		}
	}
	return nil
}

// isNotes reports whether a file is about the data, not of it.
func isNotes(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	return slices.Contains([]string{"readme", "license", "licence", "copying", "notice", "changelog"}, stem)
}

// isRun reports whether a folder is that of a run.
func isRun(path string) bool {
	for _, name := range []string{"config.yaml", "metrics.jsonl"} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

func isPicture(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm":
		return true
	}
	return false
}

// sumOf returns the SHA-256 of a file.
func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	_ = f.Close() // only read
	return hex.EncodeToString(h.Sum(nil)), err
}

// foldersOf puts the files of each folder together.
func foldersOf(marks []fileMark) []fileMark {
	var all []fileMark
	at := map[string]int{}
	sums := map[string]string{}
	for _, m := range marks {
		dir := OrElse(strings.TrimSuffix(m.Name[:strings.LastIndexByte(m.Name, '/')+1], "/"), ".")
		i, ok := at[dir]
		if !ok {
			i = len(all)
			at[dir] = i
			all = append(all, fileMark{Name: dir})
		}
		all[i].Files++
		all[i].Size += m.Size
		b := sha256.Sum256(fmt.Append(nil, sums[dir], m.Name, m.Size, m.Sum))
		sums[dir] = hex.EncodeToString(b[:])
	}
	for i, m := range all {
		all[i].Sum = sums[m.Name]
	}
	return all
}
