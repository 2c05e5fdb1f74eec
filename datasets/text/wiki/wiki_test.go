package wiki

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/text"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPlain_cases(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"words", "A  plain\ttext.\n\n\nNext.", "A plain text.\nNext."},
		{"quotes", "'''Bold''' and ''slanted'' and '''''both''''', it's", "Bold and slanted and both, it's"},
		{"heading", "== History ==\nText", "History\nText"},
		{"list", "* one\n** two\n# three\n: four", "one\ntwo\nthree\nfour"},
		{"link", "a [[target]] b [[target|words]] c", "a target b words c"},
		{"link with an end", "[[cat]]s", "cats"},
		{"file", "x [[File:a.jpg|thumb|A [[cat]] and [[dog|dogs]]]] y", "x y"},
		{"category", "x [[Category:Cats]] [[category:Dogs|*]] y", "x y"},
		{"category that is shown", "[[:Category:Cats]]", "Category:Cats"},
		{"open link", "a [[b c", "a b c"},
		{"outer link", "see [https://a.org/x?y=1 the page] and https://b.org/z now", "see the page and now"},
		{"template", "a {{cite|x={{y}}|z}} b", "a b"},
		{"template with an empty argument", "a {{cite|x|}} b", "a b"},
		{"table", "a\n{| class=x\n|-\n| {{y}} || [[z]]\n|}\nb", "a\nb"},
		{"table in a template", "a {{x|{|\n|y\n|}}} b", "a b"},
		{"open template", "a {{ b", "a {{ b"},
		{"closed twice", "a }} b", "a }} b"},
		{"comment", "a <!-- b > c --> d", "a d"},
		{"comment that never ends", "a <!-- b", "a <!-- b"},
		{"reference", "a<ref>b</ref> c<ref name=x /> d<REF name=y>e {{f}}</Ref> g", "a c d g"},
		{"mathematics", "a <math>x < y</math> b", "a b"},
		{"tag", "a<br/>b <b>c</b> 1 < 2", "a b c 1 < 2"},
		{"entity", "a&nbsp;b &amp; c &eacute;", "a b & c é"},
		{"switch", "__NOTOC__ a", "a"},
		{"nothing", "", ""},
		{"invalid bytes", "\xff [[\xfe|\xfd]]", "\xff \xfd"},
	} {
		if got := Plain(c.in); got != c.want {
			t.Errorf("%s: Plain(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

// Texts of beginnings without ends, or deep in each other: where time grew with the square of such a megabyte, this
// would run into the time limit of tests.
func TestPlain_takesLinearTime(t *testing.T) {
	const n = 1 << 20
	for _, piece := range []string{"{{", "[[", "{|", "<!--", "<ref>", "<", "[http://", "''", "}}", "]]", "[[a|", "<math", "{{|}}", "</ref", "http://", "=", "<b", "{{{|"} {
		Plain(strings.Repeat(piece, n/len(piece)))
	}
}

func TestPlain_properties(t *testing.T) {
	piece := rapid.SampledFrom([]string{"{{", "}}", "{|", "|}", "[[", "]]", "|", "<ref>", "</ref>", "<!--", "-->", "a", " ", "\n", "File:", "<br>", "'", "http://x", "=", "&amp;"})
	rapid.Check(t, func(t *rapid.T) {
		s := Plain(strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), ""))
		if strings.Contains(s, "\n\n") || strings.Contains(s, "  ") || strings.TrimSpace(s) != s {
			t.Fatalf("not tidy: %q", s)
		}
	})
}

const dump = `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/">
<siteinfo><sitename>Wikipedia</sitename></siteinfo>
<page><title>Cat</title><ns>0</ns><id>1</id><revision><id>2</id><text xml:space="preserve">A '''cat''' &amp;amp; [[dog|dogs]].</text></revision></page>
<page><title>Cats</title><ns>0</ns><redirect title="Cat" /><revision><text>#REDIRECT [[Cat]]</text></revision></page>
<page><title>Talk:Cat</title><ns>1</ns><revision><text>Hello</text></revision></page>
<page><title>Dog</title><ns>0</ns><revision><text>Dogs &lt;ref&gt;x&lt;/ref&gt; bark.</text></revision></page>
</mediawiki>`

func TestScan_articles(t *testing.T) {
	var got []Article
	collect := func(a Article) error { got = append(got, a); return nil }
	if err := Scan(strings.NewReader(dump), collect); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != (Article{"Cat", "A cat & dogs."}) || got[1] != (Article{"Dog", "Dogs bark."}) {
		t.Errorf("articles %q", got)
	}
	path := filepath.Join(t.TempDir(), "dump.xml")
	if err := os.WriteFile(path, []byte(dump), 0o666); err != nil {
		t.Fatal(err)
	}
	got = nil
	if err := Read(path, collect); err != nil || len(got) != 2 {
		t.Errorf("%d articles, %v", len(got), err)
	}
	stop := errors.New("enough")
	if err := Read(path, func(Article) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

func TestScan_errors(t *testing.T) {
	none := func(Article) error { return nil }
	for name, c := range map[string]struct {
		in   string
		want string
		is   error
	}{
		"empty":       {"", "found no <page>", nil},
		"no dump":     {"<html></html>", "found no <page>", nil},
		"cut":         {dump[:len(dump)-60], "after 3 pages", text.ErrTruncated},
		"cut tag":     {dump[:len(dump)-5], "after 4 pages", text.ErrTruncated},
		"no XML":      {"<a><page></b>", "after 0 pages", nil},
		"odd number":  {"<page><ns>x</ns></page>", "after 0 pages", nil},
		"giant":       {"<page><revision><text>" + strings.Repeat("a", MaxPage+1<<17), "a page of more than 16777216 bytes", text.ErrTooLong},
		"giant space": {strings.Repeat(" ", MaxPage+1<<17), "a page of more than", text.ErrTooLong},
	} {
		err := Scan(strings.NewReader(c.in), none)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %v, want %q, %v", name, err, c.want, c.is)
		}
	}
	if err := Read(filepath.Join(t.TempDir(), "x"), none); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a {{b|[[c|d]]}} <ref>e</ref> {| f |}")
	f.Fuzz(func(t *testing.T, s string) { Plain(s) })
}

func FuzzScan(f *testing.F) {
	f.Add(dump)
	f.Fuzz(func(t *testing.T, s string) {
		_ = Scan(strings.NewReader(s), func(Article) error { return nil }) // any error is right, a panic is not
	})
}
