package omniglot

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
)

// Run is a one-shot task: each of N characters is shown once, other drawings of
// them are to be told.
type Run struct {
	Name    string
	Shown   []float32 // [N, side, side]
	Queries []float32 // [Q, side, side]
	Labels  []int     // of each query, the character shown
}

// OpenRuns reads the runs in a zip or folder, runNN/class_labels.txt with what it
// names, as pictures [side, side].
func OpenRuns(name string, o Options) ([]Run, error) {
	runs, err := openRuns(name, o)
	return runs, errors.Wrapf(err, "read Omniglot runs %s", name)
}

func openRuns(name string, o Options) ([]Run, error) {
	if _, err := o.side(); err != nil {
		return nil, err
	}
	files, done, err := openFiles(name)
	if err != nil {
		return nil, err
	}
	defer done()
	var lists []string
	err = fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && path.Base(p) == "class_labels.txt" {
			lists = append(lists, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return nil, errors.Wrap(datasets.ErrEmpty, "no runNN/class_labels.txt")
	}
	slices.Sort(lists)
	var runs []Run
	for _, list := range lists {
		r, err := openRun(files, list, o)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// openRun reads the run of a list, whose lines name a query and the character
// shown, both from the folder of the runs.
func openRun(files fs.FS, list string, o Options) (Run, error) {
	root := path.Dir(path.Dir(list))
	r := Run{Name: path.Base(path.Dir(list))}
	b, err := read(files, list)
	if err != nil {
		return r, err
	}
	var queries, answers []string
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		pair := strings.Fields(line)
		if len(pair) != 2 {
			return r, errors.Errorf("%s: line %d has %d names, expected a query and a character", list, i+1, len(pair))
		}
		queries, answers = append(queries, pair[0]), append(answers, pair[1])
	}
	shown := slices.Compact(slices.Sorted(slices.Values(answers)))
	for _, p := range shown {
		pix, err := picture(files, path.Join(root, p), o)
		if err != nil {
			return r, err
		}
		r.Shown = append(r.Shown, pix...)
	}
	for i, p := range queries {
		pix, err := picture(files, path.Join(root, p), o)
		if err != nil {
			return r, err
		}
		r.Queries = append(r.Queries, pix...)
		r.Labels = append(r.Labels, slices.Index(shown, answers[i]))
	}
	return r, nil
}
