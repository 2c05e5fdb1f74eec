package sequence

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadClasses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // class: words
		err        string
	}{
		{"plain", "a good film\tyes\nnot for me\tno\n", []string{"yes: a good film", "no: not for me"}, ""},
		{"names of columns", "text\tlabel\nphim rất hay\tkhen\n", []string{"khen: phim rất hay"}, ""},
		{"a class called label", "one\tlabel\ntwo\tlabel\n", []string{"label: one", "label: two"}, ""},
		{"more columns", "one\t17\tx\n", []string{"x: one"}, ""},
		{"no class", "one\tx\ntwo\t \n", nil, "text 2 has no class"},
		{"one column", "one\n", nil, "column"},
		{"columns in another order", "a\t" + strings.Join(distinct(1001), "\na\t") + "\n", nil, "1001 different classes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "own.tsv")
			if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			list, err := reader{}.classes(path)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want %q in it", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range list {
				got = append(got, s.labels[0]+": "+strings.Join(s.tokens, " "))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func distinct(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.Repeat("x", i%50) + strings.Repeat("y", i/50)
	}
	return list
}
