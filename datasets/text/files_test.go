package text

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bzip2Hello is "hello\nworld\n" as bzip2 -9 writes it.
var bzip2Hello = []byte("BZh9\x31\x41\x59\x26\x53\x59\x6b\x5f\xb1\xdd\x00\x00\x02\x41\x80\x00\x10\x06\x44\x90\x80\x20\x00\x31\x0c\x08\x21\xa3\x69\x08\x07\x23\xae\x87\x8b\xb9\x22\x9c\x28\x48\x35\xaf\xd8\xee\x80")

func TestScanLines(t *testing.T) {
	long := strings.Repeat("x", 1<<20) // a line of a megabyte
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"one blank line", "\n", []string{""}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"blank lines", "a\n\nb\n", []string{"a", "", "b"}},
		{"windows", "a\r\n\r\nb\r\n", []string{"a", "", "b"}},
		{"old macintosh", "a\rb\r\rc", []string{"a", "b", "", "c"}},
		{"old macintosh with an end", "a\rb\r", []string{"a", "b"}},
		{"order mark", "\xef\xbb\xbfa\n\xef\xbb\xbfb", []string{"a", "\xef\xbb\xbfb"}},
		{"bytes", "a\xff\x80b\n", []string{"aÿ€b"}},
		{"long", long + "\nb", []string{long, "b"}},
	} {
		var got []string
		err := ScanLines(strings.NewReader(tc.text), func(line string) error { got = append(got, line); return nil })
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %.200s", tc.name, err, diff)
		}
	}
	stop := errors.New("stop")
	if err := ScanLines(strings.NewReader("a\nb"), func(string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if err := ScanLines(&endless{}, func(string) error { return nil }); !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "line 1: more than") {
		t.Errorf("got %v", err)
	}
}

// endless is a line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadLines_compressed(t *testing.T) {
	text := "hello\nworld\n"
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	for name, data := range map[string][]byte{"plain": []byte(text), "gzip": gzipped(t, text), "bzip2": bzip2Hello, "zstd": e.EncodeAll([]byte(text), nil)} {
		got, err := ReadLines(write(t, name, data))
		if diff := cmp.Diff([]string{"hello", "world"}, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	long := gzipped(t, strings.Repeat("abc def\n", 1000))
	path := write(t, "cut.gz", long[:len(long)/2])
	if _, err := ReadLines(path); !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadLines(path + "x"); err == nil || strings.Count(err.Error(), path) != 1 || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadLines(write(t, "bad.gz", []byte{0x1f, 0x8b, 9, 9})); err == nil || !strings.Contains(err.Error(), "gzip header") {
		t.Errorf("got %v", err)
	}
}

func TestFiles(t *testing.T) {
	one := write(t, "b.txt", []byte("x"))
	dir := filepath.Dir(one)
	for _, name := range []string{"a/c.txt", "a/.hidden", ".git/x"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Files(dir)
	if diff := cmp.Diff([]string{filepath.Join(dir, "a", "c.txt"), one}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if got, err := Files(one); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	for path, says := range map[string]string{dir + "x": "no such file", t.TempDir(): "found no file"} {
		if _, err := Files(path); err == nil || !strings.Contains(err.Error(), says) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestDecodeCoNLL(t *testing.T) {
	text := "#\tO\nRome\tB-location\n\t\nOld\tO\n\n\n-DOCSTART- -X- O\nNew NNP B-city\nYork NNP I-city"
	got, err := DecodeCoNLL(strings.NewReader(text), 0, -1)
	want := []Tagged{{[]string{"#", "Rome"}, []string{"O", "B-location"}}, {[]string{"Old"}, []string{"O"}}, {[]string{"New", "York"}, []string{"B-city", "I-city"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, tc := range []struct {
		text       string
		token, tag int
		says       string
	}{
		{"a\tO\nb\n", 0, 1, `line 2: 1 columns, expected at least 2: "b"`},
		{"a b c\n", 0, 3, "line 1: 3 columns, expected at least 4"},
		{"\tO\n", 0, 1, "line 1: an empty token or tag"},
		{" \n\n", 0, 1, "found no sentence"},
		{"a b", -1, 1, "columns -1, 1"},
	} {
		if _, err := DecodeCoNLL(strings.NewReader(tc.text), tc.token, tc.tag); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%q: got %v, want %q", tc.text, err, tc.says)
		}
	}
}

func TestDecodeCoNLLU(t *testing.T) {
	row := func(id, form, upos string) string {
		return id + "\t" + form + "\t_\t" + upos + "\t_\t_\t0\t_\t_\t_\n"
	}
	text := "# sent_id = 1\n" + row("1-2", "dấm", "_") + row("1", "Trả lời", "VERB") + row("1.1", "x", "X") + row("2", "#", "SYM") + "\n# only a comment\n\n" + row("1", "xin", "VERB")
	got, err := DecodeCoNLLU(strings.NewReader(text))
	want := []Tagged{{[]string{"Trả lời", "#"}, []string{"VERB", "SYM"}}, {[]string{"xin"}, []string{"VERB"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := DecodeCoNLLU(strings.NewReader("1\tx\n")); err == nil || !strings.Contains(err.Error(), "line 1: 2 columns, expected 10") {
		t.Errorf("got %v", err)
	}
}

func TestDecodeTSV(t *testing.T) {
	text := "sentence\tlabel\n a b \t1\r\n\nc\td\t0\n"
	got, err := DecodeTSV(strings.NewReader(text), 0, -1, true)
	if diff := cmp.Diff([]Pair{{"a b", "1"}, {"c", "0"}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for text, says := range map[string]string{"a\tb\nc\n": `line 2: 1 columns, expected at least 2: "c"`, "\n": "found no line"} {
		if _, err := DecodeTSV(strings.NewReader(text), 0, 1, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
	if _, err := DecodeTSV(strings.NewReader("a\tb"), -2, 1, false); err == nil || !strings.Contains(err.Error(), "columns -2, 1") {
		t.Errorf("got %v", err)
	}
}

func TestReadParallel(t *testing.T) {
	a, b := write(t, "a", []byte("eins\n zwei \n\nvier\n")), write(t, "b.gz", gzipped(t, "one\ntwo\nthree\nfour"))
	got, err := ReadParallel(a, b)
	if diff := cmp.Diff([]Pair{{"eins", "one"}, {"zwei", "two"}, {"vier", "four"}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for says, second := range map[string][]byte{"4 sentences beside 2: expected as many": []byte("one\ntwo\n"), "found no pair": []byte("\n\n\n\n")} {
		if _, err := ReadParallel(a, write(t, "c", second)); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), a) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestReadParallelSegments(t *testing.T) {
	head := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y "z">]><mteval><doc><title>no & yes</title>`
	a := write(t, "a.xml", []byte(head+`<seg id="1"> Tom &amp; Jerry </seg><seg id="2">AT&T &y; <b>bold</b></seg></doc></mteval>`))
	b := write(t, "b.xml", []byte(`<seg id="1">một</seg><seg id="2">hai</seg>`))
	got, err := ReadParallelSegments(a, b)
	if diff := cmp.Diff([]Pair{{"Tom & Jerry", "một"}, {"AT&T &y; bold", "hai"}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for text, says := range map[string]string{"<x/>": "found no <seg>", "<seg>a</seg><seg>b": "inside segment 2", "<seg>a</seg><": "after 1 segments"} {
		if _, err := ReadSegments(write(t, "c", []byte(text))); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
}

// The counts are those of the data's description.
func TestReaders_data(t *testing.T) {
	root := os.Getenv("HOCSAU_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no data")
	}
	tagged := func(sentences []Tagged, err error) [2]int {
		if err != nil {
			t.Error(err)
		}
		n := 0
		for _, s := range sentences {
			n += len(s.Tokens)
		}
		return [2]int{len(sentences), n}
	}
	pairs := func(p []Pair, err error) [2]int {
		if err != nil {
			t.Error(err)
		}
		return [2]int{len(p), 0}
	}
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	multi := func(part string) ([]Pair, error) {
		return ReadParallel(at("translation/multi30k-de-en/"+part+".de.gz"), at("translation/multi30k-de-en/"+part+".en.gz"))
	}
	for _, tc := range []struct {
		name string
		path string // that must exist
		got  func() [2]int
		want [2]int
	}{
		{"WNUT-17 train", "tagging/wnut17", func() [2]int { return tagged(ReadCoNLL(at("tagging/wnut17/wnut17train.conll"), 0, 1)) }, [2]int{3394, 62730}},
		{"WNUT-17 test", "tagging/wnut17", func() [2]int { return tagged(ReadCoNLL(at("tagging/wnut17/emerging.test.annotated"), 0, 1)) }, [2]int{1287, 23394}},
		{"VTB train", "tagging/ud-vietnamese-vtb", func() [2]int {
			return tagged(ReadCoNLLU(at("tagging/ud-vietnamese-vtb/vi_vtb-ud-train.conllu")))
		}, [2]int{1400, 20215}},
		{"SST-2 train", "sentiment/SST2", func() [2]int { return pairs(ReadTSV(at("sentiment/SST2/train.tsv"), 0, -1, false)) }, [2]int{6920, 0}},
		{"Tatoeba", "translation/tatoeba-vie-eng", func() [2]int { return pairs(ReadTSV(at("translation/tatoeba-vie-eng/vie.txt"), 1, 0, false)) }, [2]int{3397, 0}},
		{"Multi30k val", "translation/multi30k-de-en", func() [2]int { return pairs(multi("val")) }, [2]int{1014, 0}},
		{"IWSLT'15 dev2010", "translation/iwslt15-en-vi", func() [2]int {
			stem := at("translation/iwslt15-en-vi/IWSLT15.TED.dev2010.en-vi.")
			return pairs(ReadParallelSegments(stem+"vi.xml", stem+"en.xml"))
		}, [2]int{768, 0}},
	} {
		if _, err := os.Stat(at(tc.path)); err != nil {
			continue
		}
		if got := tc.got(); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 400), 0, 300).Draw(t, "lengths") // very different ones
		size := rapid.IntRange(1, 40).Draw(t, "size")
		got, err := Batches(lengths, size, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]bool, len(lengths))
		for _, b := range got {
			if len(b) == 0 || len(b) > size {
				t.Fatalf("batch of %d", len(b))
			}
			for _, i := range b {
				if seen[i] {
					t.Fatalf("example %d occurs twice", i)
				}
				seen[i] = true
			}
		}
		for i, s := range seen {
			if !s {
				t.Fatalf("example %d is missing", i)
			}
		}
		again, err := Batches(lengths, size, 1, 2)
		if err != nil || !cmp.Equal(got, again) {
			t.Fatal("the same seed, another order")
		}
	})
	if _, err := Batches([]int{1}, 0, 0, 0); err == nil || !strings.Contains(err.Error(), "batches of 0") {
		t.Errorf("got %v", err)
	}
}

func TestBounds(t *testing.T) {
	lengths := []int{5, 1, 2, 2, 3, 9, 40, 2}
	got, err := Bounds(lengths, 4)
	if diff := cmp.Diff([]int{2, 5, 40}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for n, want := range map[int]int{1: 2, 2: 2, 3: 5, 5: 5, 6: 40, 41: 41} {
		if b := Bound(got, n); b != want {
			t.Errorf("length %d: got %d, want %d", n, b, want)
		}
	}
	if got, err := Bounds([]int{3}, 16); err != nil || !cmp.Equal(got, []int{3}) {
		t.Errorf("one length: %v, %v", got, err)
	}
	if _, err := Bounds(nil, 3); err == nil || !strings.Contains(err.Error(), "3 bounds of 0 lengths") {
		t.Errorf("got %v", err)
	}
}

func FuzzScanLines(f *testing.F) {
	f.Add([]byte("a\r\nb\rc\n\nd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		err := ScanLines(bytes.NewReader(data), func(line string) error {
			if strings.ContainsAny(line, "\r\n") {
				t.Fatalf("line %q holds an end", line)
			}
			if !utf8.ValidString(line) {
				t.Fatalf("line %q is no UTF-8", line)
			}
			total += len(line)
			return nil
		})
		if err != nil && !errors.Is(err, ErrEncoding) && !errors.Is(err, ErrTruncated) || total > 9*len(data) { // NFC can make a character three times as long, windows-1252 as well
			t.Fatal(err, total)
		}
	})
}

func FuzzDecodeColumns(f *testing.F) {
	f.Add([]byte("a\tO\n\n#\tB-x\n"))
	f.Add([]byte("1\tx\t_\tNOUN\t_\t_\t0\t_\t_\t_\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(s []Tagged, err error) {
			for _, x := range s {
				if err != nil || len(x.Tokens) == 0 || len(x.Tokens) != len(x.Tags) {
					t.Fatal(x, err)
				}
			}
		}
		check(DecodeCoNLL(bytes.NewReader(data), 0, -1))
		check(DecodeCoNLLU(bytes.NewReader(data)))
		if pairs, err := DecodeTSV(bytes.NewReader(data), 0, 1, false); err == nil && len(pairs) == 0 {
			t.Fatal("nothing, without an error")
		}
	})
}

func FuzzDecodeSegments(f *testing.F) {
	f.Add([]byte(`<a><seg id="1"> x &amp; y </seg></a>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := DecodeSegments(bytes.NewReader(data)); err == nil && len(s) == 0 {
			t.Fatal("nothing, without an error")
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(gzipped(f, "a\nb"))
	f.Add(bzip2Hello)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, done, err := unpack(bytes.NewReader(data))
		if err != nil {
			return
		}
		defer done()
		n := 0
		_ = ScanLines(r, func(line string) error { // any error will do, no panic
			if n += len(line); n > 1<<20 {
				return ErrTooLong
			}
			return nil
		})
	})
}
