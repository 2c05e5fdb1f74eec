package sequence

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/scales"
	"github.com/hocsau/hocsau/datasets/text"
)

// texts is a running text in its parts.
type texts struct{ train, val, test string }

// textTest is the part at the end of a running text that is kept for the test.
const textTest = 0.1

// openTexts opens the running text that s names, cut as s says: of texts without
// parts the first nine tenths train, the end of them validates.
func openTexts(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (texts, error) {
	t, err := readTexts(ctx, s, offline, progress)
	if err != nil {
		return t, err
	}
	if t.test == "" {
		t.train, t.test = cutText(t.train, textTest)
	}
	switch {
	case s.Val == 0:
		t.val = ""
	case t.val == "":
		t.train, t.val = cutText(t.train, s.Val)
	}
	return t, nil
}

// cutText takes a share off the end of a text, by its characters.
func cutText(s string, share float64) (rest, end string) {
	all := text.Characters(s)
	n := len(all) - int(share*float64(len(all))+0.5)
	return strings.Join(all[:n], ""), strings.Join(all[n:], "")
}

func readTexts(ctx context.Context, s run.Settings, offline bool, progress io.Writer) (t texts, err error) {
	switch s.Data {
	case "phrases":
		for part, to := range map[string]*string{phrases.Train: &t.train, phrases.Val: &t.val, phrases.Test: &t.test} {
			set, err := phrases.New(phrases.Options{Part: part, Seed: s.Seed})
			if err != nil {
				return t, err
			}
			*to = set.Text()
		}
		return t, nil
	case "scales":
		for part, to := range map[string]*string{scales.Train: &t.train, scales.Val: &t.val, scales.Test: &t.test} {
			set, err := scales.New(scales.Options{Part: part, Seed: s.Seed})
			if err != nil {
				return t, err
			}
			*to = set.Text()
		}
		return t, nil
	}
	path, err := locate(ctx, s, offline, progress)
	if err != nil {
		return t, err
	}
	var files []string
	switch s.Data {
	case "tinyshakespeare":
		files = []string{filepath.Join(path, "input.txt")}
	case "kieu":
		files = []string{filepath.Join(path, "truyen_kieu.txt")}
	case "nottingham":
		if files, err = filepath.Glob(filepath.Join(path, "*.abc")); err != nil {
			return t, err
		}
		slices.Sort(files)
	default:
		if files, err = text.Files(path); err != nil {
			return t, err
		}
	}
	var all []string
	for _, f := range files {
		lines, err := text.ReadLines(f)
		if err != nil {
			return t, err
		}
		all = append(all, strings.Join(lines, "\n"))
	}
	if t.train = clean(strings.Join(all, "\n") + "\n"); strings.TrimSpace(t.train) == "" {
		return t, errors.Errorf("%s holds no text", path)
	}
	return t, nil
}
