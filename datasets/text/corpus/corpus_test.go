package corpus

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/text"
)

// sentences returns what a reader is read as.
func sentences(t testing.TB, r io.Reader, o Options) []string {
	t.Helper()
	var got []string
	c := &Corpus{o: o}
	if err := c.read("", r, func(words [][]byte) error {
		got = append(got, string(bytes.Join(words, []byte(" "))))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEach(t *testing.T) {
	dump := `<mediawiki><page><ns>0</ns><revision><text>The [[cat|cats]] sleep.` + "\n\n" + `Birds {{x}} sing.</text></revision></page></mediawiki>`
	for name, c := range map[string]struct {
		in   string
		o    Options
		want []string
	}{
		"lines":       {"The cat.\nIt sleeps!\n", Options{}, []string{"the cat", "it sleeps"}},
		"paragraphs":  {"The cat\nsleeps.\n\nThe dog\r\nbarks.", Options{}, []string{"the cat sleeps", "the dog barks"}},
		"white line":  {"The cat\nsleeps.\r\n \t\r\nThe dog", Options{}, []string{"the cat sleeps", "the dog"}},
		"blank ends":  {"\n\nthe cat\nsleeps\n\n", Options{}, []string{"the cat", "sleeps"}},
		"marks":       {"— *** —\nA_1 b2.c", Options{}, []string{"a_1 b2 c"}},
		"case":        {"The Cat", Options{KeepCase: true}, []string{"The Cat"}},
		"spaces":      {"It 's <unk> .\n", Options{Spaces: true}, []string{"it 's <unk> ."}},
		"Vietnamese":  {"Tie\u0302\u0301ng VIỆT, đẹp", Options{}, []string{"tiếng việt đẹp"}},
		"Latin-1":     {"caf\xe9 \xc9t\xe9", Options{}, []string{"café été"}},
		"cut rune":    {"ab\xe2\x82", Options{}, []string{"abâ"}}, // 0x82 is no letter in Latin-1
		"nothing":     {" \n\n. ", Options{}, nil},
		"dump":        {dump, Options{}, []string{"the cats sleep", "birds sing"}},
		"byte mark":   {"\ufeffthe cat", Options{}, []string{"the cat"}},
		"long run":    {"a " + strings.Repeat("x", MaxWord+1) + " b", Options{}, []string{"a b"}},
		"long runes":  {"a " + strings.Repeat("é", MaxWord) + " b", Options{}, []string{"a b"}},
		"longest run": {strings.Repeat("x", MaxWord), Options{}, []string{strings.Repeat("x", MaxWord)}},
	} {
		if got := sentences(t, strings.NewReader(c.in), c.o); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if strings.HasPrefix(c.in, "<media") {
			continue
		}
		var got []string
		s := newScanner(c.o, func(words [][]byte) error {
			got = append(got, string(bytes.Join(words, []byte(" "))))
			return nil
		})
		s.paragraphs = hasBlankLine([]byte(c.in))
		if err := s.scan(text.NewDecoder(iotest.OneByteReader(strings.NewReader(c.in)))); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s, byte by byte: got %q, %v, want %q", name, got, err, c.want)
		}
	}
}

// A line of megabytes is read without holding it, a sentence beyond the bound comes in parts.
func TestEach_longLine(t *testing.T) {
	const words = 2*MaxSentence + 7
	in := strings.NewReader(strings.Repeat("ab ", words))
	total, most := 0, 0
	c := &Corpus{}
	if err := c.read("", in, func(s [][]byte) error {
		total += len(s)
		most = max(most, len(s))
		for _, w := range s {
			if string(w) != "ab" {
				return errors.Errorf("found the word %q", w)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if total != words || most > MaxSentence+headSize {
		t.Errorf("%d words in sentences of at most %d, want %d, at most %d", total, most, words, MaxSentence+headSize)
	}
}

// Words are those of text.Words that are not marks.
func TestEach_words(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[a-z0-9_,.é€ ]{0,40}`).Draw(t, "text")
		var want []string
		for _, w := range text.Words(in) {
			if strings.Trim(w, ",.€") != "" {
				want = append(want, w)
			}
		}
		var got []string
		c := &Corpus{}
		if err := c.read("", strings.NewReader(in), func(words [][]byte) error {
			for _, w := range words {
				got = append(got, string(w))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s)) // to memory
	_ = z.Close()
	return b.Bytes()
}

func TestOpen_folder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b", "second.txt.gz"), packed("the dog sleeps\n"))
	write(t, filepath.Join(dir, "a.txt"), []byte("the cat sleeps\nthe cat\n"))
	write(t, filepath.Join(dir, "c.png"), []byte("\x89PNG\r\n\x1a\n\x00\x00"))
	write(t, filepath.Join(dir, ".hidden"), []byte("not read"))
	c, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Files()) != 2 || len(c.Skipped()) != 1 {
		t.Errorf("files %q, skipped %q", c.Files(), c.Skipped())
	}
	ctx := context.Background()
	v, err := c.Vocabulary(ctx, text.VocabularyOptions{MinCount: 2})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"the", "cat", "sleeps"}; !slices.Equal(v.Tokens(), want) {
		t.Errorf("words %q, want %q", v.Tokens(), want)
	}
	var got [][]int32
	if err := c.IDs(ctx, v, func(ids []int32) error {
		got = append(got, slices.Clone(ids))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := [][]int32{{0, 1, 2}, {0, 1}, {0, -1, 2}}; !slices.EqualFunc(got, want, slices.Equal[[]int32]) {
		t.Errorf("ids %v, want %v", got, want)
	}
}

func TestOpen_errors(t *testing.T) {
	dir := t.TempDir()
	empty := write(t, filepath.Join(dir, "empty.txt"), nil)
	blank := write(t, filepath.Join(dir, "blank.txt"), []byte("\n . \n"))
	picture := write(t, filepath.Join(dir, "c.png"), []byte("\x89PNG\r\n\x1a\n\x00\x00"))
	whole := packed(strings.Repeat("the cat sleeps and the dog barks\n", 9999))
	cut := write(t, filepath.Join(dir, "cut.gz"), whole[:len(whole)/2])
	pictures := filepath.Dir(write(t, filepath.Join(dir, "p", "c.png"), []byte("\x00\x01")))
	write(t, filepath.Join(pictures, "d.png"), []byte("\x00\x01"))
	for name, c := range map[string]struct {
		path string
		want string
		is   error
	}{
		"missing":  {filepath.Join(dir, "x"), "no such file", nil},
		"empty":    {empty, "empty.txt: found no word", ErrEmpty},
		"blank":    {blank, "blank.txt: found no word", ErrEmpty},
		"picture":  {picture, `c.png: begins with "\x89PNG`, ErrFormat},
		"pictures": {pictures, "none of the 2 files below", ErrFormat},
		"cut":      {cut, "cut.gz: file ends before its content does", text.ErrTruncated},
	} {
		corpus, err := Open(c.path, Options{})
		if err == nil {
			_, err = corpus.Vocabulary(context.Background(), text.VocabularyOptions{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %v, want %q, %v", name, err, c.want, c.is)
		}
	}
	good, err := Open(write(t, filepath.Join(dir, "good.txt"), []byte("a b")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := good.Each(ctx, func([][]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func BenchmarkVocabulary(b *testing.B) {
	const line = "the quick brown fox jumps over the lazy dog, and then it sleeps for a while under the old tree\n"
	path := filepath.Join(b.TempDir(), "corpus.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte(line), 20_000), 0o666); err != nil {
		b.Fatal(err)
	}
	c, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(20_000 * len(line)))
	for b.Loop() {
		if _, err := c.Vocabulary(context.Background(), text.VocabularyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("The cat\nsleeps.\n\nThe dog\r\nbarks."), false, false)
	f.Add([]byte(`<mediawiki><page><ns>0</ns><revision><text>The [[cat|cats]] sleep.</text></revision></page></mediawiki>`), true, false)
	f.Add([]byte("Tie\u0302\u0301ng caf\xe9 <unk>"), false, true)
	f.Fuzz(func(t *testing.T, data []byte, keepCase, spaces bool) {
		c := &Corpus{o: Options{KeepCase: keepCase, Spaces: spaces}}
		_ = c.read("", bytes.NewReader(data), func(words [][]byte) error { // an error will do
			if len(words) == 0 || len(words) > MaxSentence {
				t.Fatalf("a sentence of %d words", len(words))
			}
			for _, w := range words {
				if len(w) == 0 || bytes.ContainsAny(w, " \n\r\t") {
					t.Fatalf("word %q", w)
				}
			}
			return nil
		})
	})
}
