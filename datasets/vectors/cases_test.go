package vectors

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/internal/golden"
)

func file(t *testing.T, content string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "f.txt")
	if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// The layouts are those in which the lists are given out; words and scores are made up.
func TestReadSimilarities_layouts(t *testing.T) {
	want := []Pair{{"cat", "dog", 7.5}, {"Rome", "sun", 1}}
	for name, content := range map[string]string{
		"blanks":           "cat dog 7.5\nRome sun 1\n",
		"SimLex-999":       "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\ncat\tdog\tN\t7.5\t4.9\t5\nRome\tsun\tN\t1\t3\t2\n",
		"SimLex, no names": "cat\tdog\tN\t7.5\t4.9\nRome\tsun\tN\t1\t3\n",
		"WS-353":           "Word 1,Word 2,Human (mean)\ncat,dog,7.50\nRome,sun,1\n",
		"WS-353, tabs":     "Word 1\tWord 2\tHuman (mean)\t1\t2\ncat\tdog\t7.50\t9\t6\nRome\tsun\t1\t1\t1\n",
		"quotes":           "\"Word 1\",\"Word 2\",\"Human (mean)\"\n\"cat\",\"dog\",\"7.50\"\n\"Rome\",\"sun\",\"1\"\n",
		"SimVerb-3500":     "cat\tdog\tV\t7.5\tSYNONYMS\nRome\tsun\tV\t1\tNONE\n",
		"RG-65":            "cat;dog;7.5\nRome;sun;1\n",
		"RW":               "cat\tdog\t7.5\t9\t8\t7\nRome\tsun\t1\t0\t2\t1\n",
		"numbered":         ",word1,word2,score\n0,cat,dog,7.5\n1,Rome,sun,1\n",
		"numbered, bare":   "0\tcat\tdog\t7.5\n1\tRome\tsun\t1\n",
		"byte order mark":  "\ufeffcat dog 7.5\r\nRome sun 1\r\n",
		"comments":         "# a list\n\nWord1 Word2 Human (mean)\ncat dog 7.5\nRome sun 1\n",
		"score first":      "score,word1,word2\n7.5,cat,dog\n1,Rome,sun\n",
	} {
		got, err := ReadSimilarities(file(t, content))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestRead_marks(t *testing.T) {
	for name, content := range map[string]string{
		"GloVe":         "\ufefftie\u0302\u0301ng 1 0\nmèo 0 1\n",
		"word2vec":      "\ufeff2 2\r\ntie\u0302\u0301ng 1 0\r\nmèo 0 1\r\n",
		"old Macintosh": "2 2\rtie\u0302\u0301ng 1 0\rmèo 0 1\r",
		"binary":        "2 2\ntie\u0302\u0301ng \x00\x00\x80\x3f\x00\x00\x00\x00\nmèo \x00\x00\x00\x00\x00\x00\x80\x3f\n",
	} {
		v, err := Open(file(t, content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, w := range []string{"tiếng", "tie\u0302\u0301ng"} {
			if i, ok := v.Index(w); !ok || i != 0 || v.Words()[0] != "tiếng" || v.Row(0)[0] != 1 {
				t.Errorf("%s: %q is row %d, %v, of %q", name, w, i, ok, v.Words())
			}
		}
	}
}

func TestTable_IgnoreCase(t *testing.T) {
	v, err := New([]string{"Rome", "ROME", "sun", "Sun"}, []float32{1, 2, 3, 4}, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := v.IgnoreCase()
	for w, want := range map[string]int{"rome": 0, "ROME": 1, "sun": 2, "Sun": 3} {
		if i, ok := f.Index(w); !ok || i != want {
			t.Errorf("%s: %d, %v, want %d", w, i, ok, want)
		}
	}
	if _, ok := v.Index("rome"); ok {
		t.Error("the table itself has changed")
	}
}

func TestCases_lists(t *testing.T) {
	var want struct {
		Files []string
		Of    int
	}
	dir := golden.Everyday(t, "48-word-list-layouts", &want)
	for _, f := range want.Files {
		if got, err := ReadSimilarities(filepath.Join(dir, f)); err != nil || len(got) != want.Of {
			t.Errorf("%s: %d pairs, %v, want %d", f, len(got), err, want.Of)
		}
	}
}
