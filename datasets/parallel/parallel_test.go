package parallel_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/parallel"
	"github.com/hocsau/hocsau/datasets/text"
)

// write makes files in a new folder; those named .gz are packed.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		b := []byte(content)
		if strings.HasSuffix(name, ".gz") {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			if _, err := z.Write(b); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			b = packed.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadFiles(t *testing.T) {
	dir := write(t, map[string]string{
		"a.de.gz": "Ein Hund.\n\nEine Katze. \n",
		// The last line is o with marks, decomposed: NFC joins them.
		"a.en": "\ufeffA dog.\r\nleft out\r\nto\u0302\u0301t\r\n",
		"b.en": "A dog.\n",
	})
	got, err := parallel.ReadFiles(filepath.Join(dir, "a.de.gz"), filepath.Join(dir, "a.en"))
	if err != nil {
		t.Fatal(err)
	}
	want := []parallel.Pair{{Source: "Ein Hund.", Target: "A dog."}, {Source: "Eine Katze.", Target: "t\u1ed1t"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, err = parallel.ReadFiles(filepath.Join(dir, "a.de.gz"), filepath.Join(dir, "b.en"))
	if !errors.Is(err, parallel.ErrMisaligned) || !strings.Contains(err.Error(), "has 3 lines") || !strings.Contains(err.Error(), "from line 2 on") {
		t.Errorf("files of 3 lines and of 1: error %v", err)
	}
}

func TestReadTSV_fields(t *testing.T) {
	dir := write(t, map[string]string{"a.tsv": "a\tb\n\nc\n"})
	if _, err := parallel.ReadTSV(filepath.Join(dir, "a.tsv"), 0, 1); err == nil || !strings.Contains(err.Error(), "line 3: 1 fields, expected at least 2") {
		t.Errorf("error %v", err)
	}
}

func TestReadIWSLT(t *testing.T) {
	head := `<?xml version="1.0"?><mteval><srcset><doc docid="7"><title>a title</title>` + "\n"
	dir := write(t, map[string]string{
		"vi.xml":    head + "<seg id=\"1\"> Xin chào\n các bạn </seg>\n<seg id=\"2\">A &amp; B</seg></doc><doc docid=\"8\"><seg id=\"1\">Hết</seg></doc></srcset></mteval>",
		"en.xml":    head + "<seg id=\"1\">Hello everyone</seg>\n<seg id=\"2\">A & B</seg></doc><doc docid=\"8\"><seg id=\"1\">The end</seg></doc></srcset></mteval>",
		"other.xml": head + "<seg id=\"1\">Hello</seg>\n<seg id=\"3\">A & B</seg></doc></srcset></mteval>",
		"short.xml": head + "<seg id=\"1\">Hello</seg></doc></srcset></mteval>",
		"none.xml":  "<html></html>",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	got, err := parallel.ReadIWSLT(at("vi.xml"), at("en.xml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []parallel.Pair{{Source: "Xin chào các bạn", Target: "Hello everyone"}, {Source: "A & B", Target: "A & B"}, {Source: "Hết", Target: "The end"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for name, wants := range map[string]string{
		"other.xml": "segment 2 is document 1 id 2 in ", "short.xml": "vi.xml has 3 segments, ", "none.xml": `found no <seg id="…">`,
	} {
		if _, err := parallel.ReadIWSLT(at("vi.xml"), at(name)); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: error %v, want %q", name, err, wants)
		}
	}
}

func TestOpenFiles(t *testing.T) {
	lines := strings.Repeat("x\n", 20)
	dir := write(t, map[string]string{"train.de": lines, "train.en": lines, "test.de": "y\n", "test.en.gz": "z\n", "README": "no part"})
	p, err := parallel.Open(parallel.Files, dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Train) != 20 || len(p.Val) != 0 || len(p.Test) != 1 || p.Test[0] != (parallel.Pair{Source: "y", Target: "z"}) {
		t.Errorf("%d to train, %d to validate, %v to test", len(p.Train), len(p.Val), p.Test)
	}
	p.Split(0.1, 1)
	if len(p.Train) != 18 || len(p.Val) != 2 {
		t.Errorf("split: %d to train, %d to validate", len(p.Train), len(p.Val))
	}
	dev := write(t, map[string]string{"train.de": lines, "train.en": lines, "dev.de": "y\n", "dev.en": "z\n"})
	if p, err = parallel.Open(parallel.Files, dev, 1); err != nil || len(p.Train) != 18 || len(p.Val) != 1 || len(p.Test) != 2 {
		t.Errorf("with dev: %v, %v", p, err)
	}
	two := write(t, map[string]string{"letters.vi": lines, "letters.en": lines})
	if p, err = parallel.Open(parallel.Files, two, 1); err != nil || len(p.Train) != 18 || len(p.Test) != 2 {
		t.Errorf("two files: %v, %v", p, err)
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"three":      {map[string]string{"train.de": "a\n", "train.en": "b\n", "train.fr": "c\n"}, "3 files for the part train, expected two"},
		"one":        {map[string]string{"test.de": "a\n"}, "0 files for the part train"},
		"nothing":    {map[string]string{"a.de": "a\n", "a.en": "b\n"}, "1 pairs, expected at least 2"},
		"misaligned": {map[string]string{"train.de": "a\nb\n", "train.en": "b\n"}, "from line 2 on"},
	} {
		if _, err := parallel.Open(parallel.Files, write(t, c.files), 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	pairs := []parallel.Pair{{Source: "a b c", Target: "x"}, {Source: "a", Target: "x y"}, {Source: "a", Target: "x y z"}}
	if got := parallel.Short(pairs, 2); len(got) != 1 || got[0] != pairs[1] || len(pairs) != 3 {
		t.Errorf("got %v", got)
	}
}

// TestOpen_real: the parts of the known sets are as large as their makers say.
func TestOpen_real(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "translation")
	for _, c := range []struct {
		name, dir        string
		train, val, test int
	}{
		{parallel.Multi30k, "multi30k-de-en", 29000, 1014, 1000},
		{parallel.IWSLT15, "iwslt15-en-vi", 768 + 1342 + 1435, 1553, 1268},
		{parallel.Tatoeba, "tatoeba-vie-eng", 2215, 250, 500}, // of 3,397 lines with 2,965 English sentences
	} {
		dir := filepath.Join(root, c.dir)
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("%s is not here", c.name)
		}
		p, err := parallel.Open(c.name, dir, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Train) != c.train || len(p.Val) != c.val || len(p.Test) != c.test {
			t.Errorf("%s: %d, %d, %d pairs, want %d, %d, %d", c.name, len(p.Train), len(p.Val), len(p.Test), c.train, c.val, c.test)
		}
	}
}

// FuzzRead: pairs have two sides in composed form, whatever the files hold.
func FuzzRead(f *testing.F) {
	f.Add([]byte("a\nb\n"), []byte("x\ny\n"))
	f.Add([]byte("a\tb\tc\n\n"), []byte(""))
	f.Add([]byte(`<doc docid="1"><seg id="1"> x &amp; y </seg></doc>`), []byte(`<doc docid="1"><seg id="1"> z </seg></doc>`))
	dir := f.TempDir()
	first, second := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for path, data := range map[string][]byte{first: a, second: b} {
			if err := os.WriteFile(path, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		check := func(pairs []parallel.Pair, err error) {
			if err != nil {
				return
			}
			for _, p := range pairs {
				for _, s := range []string{p.Source, p.Target} {
					if s == "" || s != strings.TrimSpace(text.NFC(s)) {
						t.Fatalf("%q in %+v", s, p)
					}
				}
			}
		}
		check(parallel.ReadFiles(first, second))
		check(parallel.ReadIWSLT(first, second))
		check(parallel.ReadTSV(first, 0, 1))
	})
}
