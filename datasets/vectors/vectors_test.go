package vectors

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func drawTable(t *rapid.T, word string) *Table {
	words := rapid.SliceOfNDistinct(rapid.StringMatching(word), 1, 9, rapid.ID).Draw(t, "words")
	dim := rapid.IntRange(1, 12).Draw(t, "dim")
	x := rapid.SliceOfN(rapid.Float32(), len(words)*dim, len(words)*dim).Draw(t, "numbers")
	v, err := New(words, x, dim)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func same(a, b *Table) string {
	if d := cmp.Diff(a.Words(), b.Words()); d != "" {
		return d
	}
	if a.Dim() != b.Dim() {
		return fmt.Sprintf("dim %d, %d", a.Dim(), b.Dim())
	}
	return cmp.Diff(a.Data(), b.Data())
}

func TestSave_openIsIdentity(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom([]Format{Text, GloVe, Binary, Safetensors}).Draw(rt, "format")
		end := rapid.SampledFrom([]string{"", ".gz", ".zst"}).Draw(rt, "end")
		word := `[a-zé</>_][a-zé0-9</>_\x{a0}]{0,6}`
		if f != Binary {
			word = `[a-zé</>_][a-zé0-9</>_ ]{0,6}z`
		}
		want := drawTable(rt, word)
		if f == Safetensors {
			end = ".safetensors"
		}
		path := filepath.Join(dir, "v"+end)
		if err := want.Save(path, f); err != nil {
			rt.Fatal(err)
		}
		got, err := Open(path)
		if err != nil {
			rt.Fatal(err)
		}
		if d := same(want, got); d != "" {
			rt.Fatalf("format %d%s (-want +got):\n%s", f, end, d)
		}
		for i, w := range want.Words() {
			if at, ok := got.Index(w); !ok || at != i || len(got.Row(i)) != want.Dim() {
				rt.Fatalf("%q at %d, %t", w, at, ok)
			}
		}
	})
}

func TestRead_formatsOfOthers(t *testing.T) {
	for name, in := range map[string]string{
		"word2vec text":   "2 3\n</s> 0.5 -1 2e-1 \ncat 1 2 3 \n",
		"word2vec binary": "2 3\n</s> \x00\x00\x00?\x00\x00\x80\xbf\xcd\xccL>\ncat \x00\x00\x80?\x00\x00\x00@\x00\x00@@\n",
		"gensim binary":   "2 3\n</s> \x00\x00\x00?\x00\x00\x80\xbf\xcd\xccL>cat \x00\x00\x80?\x00\x00\x00@\x00\x00@@",
		"GloVe":           "</s> 0.5 -1 0.2\ncat 1 2 3",
		"tabs":            "</s>\t0.5\t-1\t0.2\r\ncat\t1\t2\t3\r\n",
	} {
		v, err := Read(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff([]string{"</s>", "cat"}, v.Words()) + cmp.Diff([]float32{0.5, -1, 0.2, 1, 2, 3}, v.Data()); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
	v, err := Read(strings.NewReader("cat 1 2\n. . . 3 4\n\u00a0 5 6\ncat 7 8\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"cat", ". . .", "\u00a0"}, v.Words()); d != "" || v.Repeated() != 1 {
		t.Errorf("%d repeated, words (-want +got)\n%s", v.Repeated(), d)
	}
}

func TestRead_errors(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for name, c := range map[string]struct {
		in, want string
		is       error
	}{
		"empty":              {"", "the file is empty", ErrFormat},
		"empty line":         {"\n", "first line is empty", ErrFormat},
		"word alone":         {"cat\n", "0 numbers behind a word", ErrFormat},
		"fewer numbers":      {"cat 1 2\ndog 1\n", `vector 2: "dog 1": 1 numbers, expected 2`, ErrFormat},
		"more numbers":       {"cat 1 2\ndog 1 2 3\n", `vector 2: "dog 1 2 3": more than 2 numbers`, ErrFormat},
		"no number":          {"cat 1 2\ndog 1 x\n", `number 1 is "x"`, ErrFormat},
		"NaN":                {"cat 1 NaN\n", "number 1 is NaN", nil},
		"too large":          {"cat 1 2\ndog 1 1e99\n", `number 1 is "1e99"`, ErrFormat},
		"header, fewer":      {"3 2\ncat 1 2\ndog 1 2\n", "the header claims 3 vectors, found 2", ErrFormat},
		"header, more":       {"1 2\ncat 1 2\ndog 1 2\n", "the header claims 1 vectors, found 2", ErrFormat},
		"header, other dim":  {"2 3\ncat 1 2\ndog 1 2\n", "2 numbers, expected 3", ErrFormat},
		"header alone":       {"2 3\n", "found no vector", ErrFormat},
		"header of nothing":  {"0 3\n", "header of 0 vectors", ErrFormat},
		"header minus":       {"-1 3\n", "header of -1 vectors", ErrFormat},
		"giant header":       {"1 999999999\ncat 1\n", "at most 65536 numbers", ErrFormat},
		"giant count":        {"999999999999 4\ncat \xff\x00\x00\x00\x00\x00\x00\x00", "vector 1 of 999999999999", ErrTruncated},
		"binary, cut word":   {"2 1\na \x00\x00\x80?\nb", "vector 2 of 2", ErrTruncated},
		"binary, cut vector": {"1 2\na \x00\x00\x80?\x00", `vector 1 of 1, "a"`, ErrTruncated},
		"binary, more":       {"1 1\na \x00\x00\x80?\nb \x00\x00\x80?\n", "more bytes behind the 1 vectors", ErrFormat},
		"binary, NaN":        {"1 1\na \x00\x00\xc0\x7f\n", "number 0 is NaN", nil},
		"word of a megabyte": {"cat 1\n" + long + " 1\n", "a word of 1048576 bytes", text.ErrTooLong},
		"binary word":        {"2 1\na \x00\x00\x80?\n" + long, "a word of more than 65536 bytes", text.ErrTooLong},
		"line of 8 megabyte": {strings.Repeat(long, 8), "a line of more than", text.ErrTooLong},
	} {
		v, err := Read(strings.NewReader(c.in))
		if err == nil || v != nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %.200v, want %q, %v", name, err, c.want, c.is)
		}
	}
}

func TestOpen_errors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tensors := func(words string, x ...safetensors.Tensor) string {
		path := filepath.Join(dir, fmt.Sprintf("t%d.safetensors", len(words)+100*len(x)))
		x = append(x, safetensors.Tensor{Name: "words", DType: safetensors.U8, Shape: []int{len(words)}, Data: []byte(words)})
		if err := safetensors.WriteFile(path, x, nil); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("cat 1 2\ndog 1 2\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	two := safetensors.FromFloat32s("vectors", []int{2, 1}, []float32{1, 2})
	for name, c := range map[string]struct {
		path, want string
		is         error
	}{
		"none":            {filepath.Join(dir, "none"), "no such file", nil},
		"cut gzip":        {write("a.gz", packed.Bytes()[:packed.Len()-9]), "a.gz", ErrTruncated},
		"cut safetensors": {write("a.safetensors", []byte("\x20\x00\x00\x00\x00\x00\x00\x00{")), "a.safetensors", safetensors.ErrTruncated},
		"other tensors":   {tensors("a\n"), `expected "vectors"`, ErrFormat},
		"fewer words":     {tensors("ab\n", two), "1 words, 2 vectors", ErrFormat},
		"same word":       {tensors("a\na\n", two), `"a", occurs twice`, nil},
		"folder":          {dir, "", nil},
	} {
		if _, err := Open(c.path); err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %v, want %q, %v", name, err, c.want, c.is)
		}
	}
}

func TestNew_errors(t *testing.T) {
	for name, c := range map[string]struct {
		words []string
		data  []float32
		dim   int
		want  string
	}{
		"none":    {nil, nil, 1, "0 words"},
		"dim":     {[]string{"a"}, nil, 0, "dim 0"},
		"numbers": {[]string{"a"}, []float32{1}, 2, "1 words, 1 numbers"},
		"twice":   {[]string{"a", "a"}, []float32{1, 2}, 1, "occurs twice"},
		"empty":   {[]string{""}, []float32{1}, 1, "is no word"},
		"space":   {[]string{" a"}, []float32{1}, 1, "is no word"},
		"line":    {[]string{"a\nb"}, []float32{1}, 1, "is no word"},
		"NaN":     {[]string{"a"}, []float32{float32(math.Inf(1))}, 1, "+Inf"},
	} {
		if _, err := New(c.words, c.data, c.dim); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	v, err := New([]string{"a b", "12"}, []float32{1, 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(&bytes.Buffer{}, Binary); err == nil || !strings.Contains(err.Error(), `"a b" has a space`) {
		t.Errorf("error %v", err)
	}
	if err := v.Write(&bytes.Buffer{}, Safetensors); err == nil || !strings.Contains(err.Error(), "stream") {
		t.Errorf("error %v", err)
	}
	v, err = New([]string{"12"}, []float32{3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(&bytes.Buffer{}, GloVe); err == nil || !strings.Contains(err.Error(), "read as a header") {
		t.Errorf("error %v", err)
	}
	if err := v.Save(t.TempDir(), Text); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("error %v", err)
	}
}

func TestQuestions(t *testing.T) {
	dir := t.TempDir()
	file := func(s string) string {
		path := filepath.Join(dir, "q.txt")
		if err := os.WriteFile(path, []byte(s), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pairs, err := ReadSimilarities(file("Word 1\tWord 2\tHuman\n# remark\n\ntiger\tcat\t7.35\ncar auto 9 0.1\n"))
	if d := cmp.Diff([]Pair{{"tiger", "cat", 7.35}, {"car", "auto", 9}}, pairs); err != nil || d != "" {
		t.Errorf("%v, (-want +got)\n%s", err, d)
	}
	sections, err := ReadAnalogies(file(": capitals\nAthens Greece Rome Italy\n\n: gram1-adjective\nslow slowly\tcalm calmly\n"))
	want := []Section{{"capitals", []Analogy{{"Athens", "Greece", "Rome", "Italy"}}}, {"gram1-adjective", []Analogy{{"slow", "slowly", "calm", "calmly"}}}}
	if d := cmp.Diff(want, sections); err != nil || d != "" {
		t.Errorf("%v, (-want +got)\n%s", err, d)
	}
	for in, want := range map[string]string{
		"a b\n": "line 1: found", "a b 1\na b x\n": "line 2: found the score", "a b NaN\n": "found no pair", "": "found no pair",
	} {
		if _, err := ReadSimilarities(file(in)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
	for in, want := range map[string]string{"a b c d\n": "line 1: found", ": x\na b c\n": "line 2", ": x\n": "found no analogy", "": "found no analogy"} {
		if _, err := ReadAnalogies(file(in)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"2 1\na 1\nb 2\n", "a 1 2\n", "1 1\na \x00\x00\x80?\n", ". . 1 2\n", "9 9\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		if v.Len() < 1 || len(v.Data()) != v.Len()*v.Dim() {
			t.Fatalf("%d words, %d numbers of %d", v.Len(), len(v.Data()), v.Dim())
		}
		if _, err := New(v.Words(), v.Data(), v.Dim()); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzQuestions(f *testing.F) {
	f.Add([]byte("Word 1\tWord 2\tHuman\n# remark\n\ntiger\tcat\t7.35\n"))
	f.Add([]byte(": capitals\nAthens Greece Rome Italy\n"))
	f.Add([]byte("a b 1e999\n"))
	path := filepath.Join(f.TempDir(), "q.txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if pairs, err := ReadSimilarities(path); err == nil {
			for _, p := range pairs {
				if p.A == "" || p.B == "" || p.Score-p.Score != 0 {
					t.Fatalf("pair %+v", p)
				}
			}
		}
		if sections, err := ReadAnalogies(path); err == nil {
			for _, s := range sections {
				for _, a := range s.Analogies {
					if a.A == "" || a.B == "" || a.C == "" || a.D == "" {
						t.Fatalf("%+v in %q", a, s.Name)
					}
				}
			}
		}
	})
}
