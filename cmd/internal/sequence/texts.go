package sequence

import (
	"context"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

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
// parts the last tenth is the test part, and pieces from all over the rest
// validate.
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
		t.train, t.val = takePieces(t.train, s.Val, s.Seed)
	}
	return t, nil
}

// cutText takes a share off the end of a text, by its characters.
func cutText(s string, share float64) (rest, end string) {
	all := text.Characters(s)
	n := len(all) - int(share*float64(len(all))+0.5)
	return strings.Join(all[:n], ""), strings.Join(all[n:], "")
}

// pieces is into how many pieces a text is cut to take some of them.
const pieces = 200

// takePieces takes a seeded share of the pieces of a text, which end at the ends
// of lines where there are some.
func takePieces(s string, share float64, seed uint64) (rest, taken string) {
	least := len(s)/pieces + 1
	var all []string
	for begin := 0; begin < len(s); {
		end := min(begin+least, len(s))
		if i := strings.IndexByte(s[end:], '\n'); i >= 0 && i < least {
			end += i + 1
		} else {
			for end < len(s) && !utf8.RuneStart(s[end]) {
				end++
			}
		}
		all = append(all, s[begin:end])
		begin = end
	}
	chosen := make([]bool, len(all))
	for _, i := range rand.New(rand.NewPCG(seed, 0x7e57)).Perm(len(all))[:int(share*float64(len(all))+0.5)] {
		chosen[i] = true
	}
	var keep, take strings.Builder
	for i, piece := range all {
		if chosen[i] {
			take.WriteString(piece)
		} else {
			keep.WriteString(piece)
		}
	}
	return keep.String(), take.String()
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
	in := text.Reader{Tell: run.Notes(progress)}
	var all []string
	for _, f := range files {
		lines, err := in.ReadLines(f)
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
