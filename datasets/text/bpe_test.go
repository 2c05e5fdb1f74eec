package text

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func trainBPE(t testing.TB, size int, lines ...string) *BPE {
	t.Helper()
	b, err := TrainBPE(slices.Values(lines), BPEOptions{Size: size, Specials: []string{Pad, Begin, End}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spell returns the tokens of s.
func spell(b *BPE, s string) string {
	var out []string
	for _, id := range b.Encode(s) {
		out = append(out, b.Token(id))
	}
	return strings.Join(out, " ")
}

func TestTrainBPE(t *testing.T) {
	// counts: low 5, lower 2, newest 6, widest 3 (the paper's example): first es, then est
	line := strings.Repeat("low ", 5) + strings.Repeat("lower ", 2) + strings.Repeat("newest ", 6) + strings.Repeat("widest ", 3)
	b := trainBPE(t, 3+256+11+3, line)
	var merged []string
	for _, id := range b.merged {
		merged = append(merged, b.Token(id))
	}
	// es 9, st 9: the pair of smaller ids, ids by falling count of the character: e 17 before s 9 before t 9
	if diff := cmp.Diff([]string{"es", "est", "▁l"}, merged); diff != "" {
		t.Error(diff)
	}
	if got := spell(b, "lowest"); got != "▁l o w est" {
		t.Errorf("lowest is %q", got)
	}
	if got := spell(b, "low, x"); got != "▁l o w <0x2C> ▁ <0x78>" {
		t.Errorf("unknown characters are %q", got)
	}
	if b.Special(End) != 2 || b.Special("x") != -1 || b.Token(-1) != "" || b.Len() != 3+256+11+3 {
		t.Error("Special, Token, Len")
	}
}

func TestBPE_whatSurvives(t *testing.T) {
	b := trainBPE(t, 400, "the cat sat on the mat", "tiếng việt", strings.Repeat("banana ", 20))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]string{"", "the cat", " ▁ ▁x ", "<pad>", "a\xff\xfeb", "Tiê\u0301ng", strings.Repeat("ban", 300)}).Draw(t, "known") +
			rapid.String().Draw(t, "text") + string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		ids := b.Encode(s)
		got, err := b.Decode(ids)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(strings.Fields(NFC(s)), " "); got != want {
			t.Fatalf("%q became %q, want %q", s, got, want)
		}
		for _, id := range ids {
			if id < 3 {
				t.Fatalf("text holds the special token %d", id)
			}
		}
	})
	if _, err := b.Decode([]int{0, 99999}); err == nil || !strings.Contains(err.Error(), "id 99999 at place 1") {
		t.Errorf("got %v", err)
	}
	if got, err := b.Decode(append(append([]int{1}, b.Encode("cat")...), 2)); err != nil || got != "cat" {
		t.Errorf("specials are passed over: %q, %v", got, err)
	}
}

func TestBPE_lower(t *testing.T) {
	b, err := TrainBPE(slices.Values([]string{"AB ab Ab"}), BPEOptions{Size: 300, Lower: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Decode(b.Encode("AB ẤC")); err != nil || got != "ab ấc" {
		t.Errorf("got %q, %v", got, err)
	}
}

// A merge in the heap's order is what the definition says: always the pair of lowest rank, leftmost first.
func TestBPE_encodeIsTheDefinition(t *testing.T) {
	b := trainBPE(t, 330, "aabaab abab baba aaaa bbbb abba baab", "aaab aaaab bbba", "aabb aabb")
	naive := func(piece string) []int {
		ids := b.symbols(piece)
		for {
			best, at := len(b.merges), -1
			for i := range len(ids) - 1 {
				if r, ok := b.rank[[2]int{ids[i], ids[i+1]}]; ok && r < best {
					best, at = r, i
				}
			}
			if at < 0 {
				return ids
			}
			ids = slices.Replace(ids, at, at+2, b.merged[best])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		piece := "▁" + rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 30, -1).Draw(t, "piece")
		if diff := cmp.Diff(naive(piece), b.encodePiece(nil, piece)); diff != "" {
			t.Fatal(piece, diff)
		}
	})
}

func TestBPE_saveLoad(t *testing.T) {
	b := trainBPE(t, 320, "the cat sat on the mat", "ấ ấ ấ")
	path := filepath.Join(t.TempDir(), "bpe.json")
	if err := b.Save(path); err != nil {
		t.Fatal(err)
	}
	c, err := LoadBPE(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, c, cmp.AllowUnexported(BPE{})); diff != "" {
		t.Error(diff)
	}
}

func TestBPE_failures(t *testing.T) {
	if _, err := TrainBPE(slices.Values([]string{"a"}), BPEOptions{Size: 256}); err == nil || !strings.Contains(err.Error(), "size 256, expected more than 256") {
		t.Errorf("got %v", err)
	}
	if _, err := TrainBPE(slices.Values([]string{"a"}), BPEOptions{Size: 999, Specials: []string{"x", "x"}}); err == nil || !strings.Contains(err.Error(), "occurs twice") {
		t.Errorf("got %v", err)
	}
	bomb := `{"format":"hocsau bpe 1","characters":["a"],"merges":[[256,256]`
	for id := 257; id < 300; id++ {
		bomb += strings.ReplaceAll(",[I,I]", "I", string([]byte{'0' + byte(id/100), '0' + byte(id/10%10), '0' + byte(id%10)}))
	}
	for text, says := range map[string]string{
		"": "read BPE", `{}`: `format "", expected`, `{"format":"hocsau bpe 1","characters":["ab"]}`: "no single character",
		`{"format":"hocsau bpe 1","characters":["a"],"merges":[[0,256]]}`:             "merge 0 of [0 256]: expected ids from 256 to 256",
		`{"format":"hocsau bpe 1","characters":["a"],"merges":[[256,256],[256,256]]}`: "merge 1 of [256 256] occurs twice",
		bomb + "]}": "makes a token of 256 bytes, at most 128",
	} {
		if _, err := ReadBPE(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: got %v, want %q", text, err, says)
		}
	}
	if _, err := LoadBPE(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "none: no such file") {
		t.Errorf("got %v", err)
	}
}

func FuzzReadBPE(f *testing.F) {
	var buf bytes.Buffer
	if err := trainBPE(f, 300, "the cat the cat").Write(&buf); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes(), "the c\xffat")
	f.Fuzz(func(t *testing.T, data []byte, s string) {
		b, err := ReadBPE(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := b.Decode(b.Encode(s)); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkBPE_Encode(b *testing.B) {
	line := "the quick brown fox jumps over the lazy dog while tiếng việt is spoken"
	m := trainBPE(b, 450, line, "the the quick quick brown spoken lazy")
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		m.Encode(line)
	}
}
