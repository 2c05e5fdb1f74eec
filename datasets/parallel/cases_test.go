package parallel

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/golden"
)

// checkPairs compares pairs, of which some are named by their numbers from 1.
func checkPairs(t *testing.T, got []Pair, n int, named map[string][2]string) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d pairs, want %d", len(got), n)
	}
	for number, want := range named {
		i, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if p := got[i-1]; p != (Pair{want[0], want[1]}) {
			t.Errorf("pair %d: %+v, want %q", i, p, want)
		}
	}
}

func TestCases_latin1(t *testing.T) {
	var want struct {
		Pairs int
		Pair  map[string][2]string
	}
	dir := golden.Everyday(t, "33-parallel-latin1", &want)
	pairs, err := ReadFiles(filepath.Join(dir, "set", "train.de"), filepath.Join(dir, "set", "train.en"))
	if err != nil {
		t.Fatal(err)
	}
	checkPairs(t, pairs, want.Pairs, want.Pair)
	if pairs, err = ReadTSV(filepath.Join(dir, "pairs.tsv"), 0, 1); err != nil {
		t.Fatal(err)
	}
	checkPairs(t, pairs, want.Pairs, want.Pair)
	for _, p := range pairs {
		if !utf8.ValidString(p.Source + p.Target) {
			t.Errorf("%q is no UTF-8", p)
		}
	}
}

func TestCases_loneCR(t *testing.T) {
	var want map[string]struct {
		Pairs int
		Pair  map[string][2]string
	}
	dir := golden.Everyday(t, "35-parallel-lone-cr", &want)
	set, err := ReadFiles(filepath.Join(dir, "set", "train.de"), filepath.Join(dir, "set", "train.en"))
	if err != nil {
		t.Fatal(err)
	}
	checkPairs(t, set, want["set"].Pairs, want["set"].Pair)
	last := func(s string) string { f := strings.Fields(s); return f[len(f)-1] }
	for _, p := range set {
		if last(p.Source) != last(p.Target) {
			t.Errorf("%+v: the numbers differ", p)
		}
	}
	mac, err := ReadFiles(filepath.Join(dir, "mac.de"), filepath.Join(dir, "mac.en"))
	if err != nil {
		t.Fatal(err)
	}
	checkPairs(t, mac, want["mac"].Pairs, want["mac"].Pair)
}

func TestReadFiles_names(t *testing.T) {
	dir := t.TempDir()
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	// The return is no line end here, so that the files differ; it is named.
	a, b := path("a.de", "eins\nzwei\rdrei\n"), path("b.en", "one\ntwo\nthree\n")
	_, err := ReadFiles(a, b)
	if !errors.Is(err, ErrMisaligned) || !strings.Contains(err.Error(), "a.de: 1 carriage return inside lines, the first in line 2") {
		t.Errorf("error %v", err)
	}
	var notes []string
	got, err := Reader{Tell: func(n string) { notes = append(notes, n) }}.Files(path("c", "\xfcber\n"), path("d", "o\u0302ver\n"))
	if err != nil || len(got) != 1 || got[0] != (Pair{"über", "ôver"}) || len(notes) != 1 || !strings.Contains(notes[0], "1 byte is no UTF-8") {
		t.Errorf("%+v, %q, %v", got, notes, err)
	}
}
