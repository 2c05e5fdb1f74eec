package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// columnTable is a file of columns, cut into fields, without its comments.
type columnTable struct {
	rows    []row
	heading []string
	tabbed  bool // tabs part the columns
	usual   int  // columns that most lines have
	regular bool // nearly all have as many
	about   string
}

// docStart begins a document in files of CoNLL-2003.
const docStart = "-DOCSTART-"

// newColumnTable cuts lines into fields.
func newColumnTable(lines []string) *columnTable {
	t := &columnTable{}
	tabs, plain := 0, 0
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l, "#"):
		case strings.ContainsRune(l, '\t'):
			tabs++
		case strings.TrimSpace(l) != "":
			plain++
		}
	}
	t.tabbed = tabs > plain
	t.rows = make([]row, len(lines))
	counts := map[int]int{}
	all := 0
	for i, l := range lines {
		t.rows[i] = row{number: i + 1, line: l, fields: cutColumns(l, t.tabbed)}
		if n := len(t.rows[i].fields); n > 0 && !strings.HasPrefix(l, "#") && t.rows[i].fields[0] != docStart {
			counts[n]++
			all++
		}
	}
	for n, k := range counts {
		if k > counts[t.usual] || k == counts[t.usual] && n < t.usual {
			t.usual = n
		}
	}
	t.regular = 10*counts[t.usual] >= 9*all && all > 0
	if len(lines) > 0 {
		t.heading = globalColumns(lines[0])
	}
	t.dropComments()
	t.takeHeading()
	return t
}

// cutColumns returns the fields of a line, none of a blank one.
func cutColumns(line string, tabbed bool) []string {
	line = strings.TrimRightFunc(line, isBlank)
	if strings.TrimSpace(line) == "" {
		return nil
	}
	if !strings.ContainsRune(line, '\t') || !tabbed && strings.Count(line, "\t") < len(strings.Fields(line))-1 {
		return strings.Fields(line)
	}
	fields := strings.Split(line, "\t")
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	return fields
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\u00a0' }

// dropComments removes what is no token: comments and -DOCSTART-.
func (t *columnTable) dropComments() {
	tags := map[string]bool{} // of lines that are no comments
	for _, x := range t.rows {
		if n := len(x.fields); n > 1 && !strings.HasPrefix(x.line, "#") {
			tags[x.fields[n-1]] = true
		}
	}
	t.rows = slices.DeleteFunc(t.rows, func(x row) bool {
		n := len(x.fields)
		if n == 0 {
			return false
		}
		if x.fields[0] == docStart {
			return true
		}
		if !strings.HasPrefix(x.line, "#") {
			return false
		}
		if !strings.ContainsRune(x.line, '\t') { // among spaces a token has a tag that others have
			return t.tabbed || n != t.usual || !tags[x.fields[n-1]]
		}
		return t.regular && n != t.usual || strings.Contains(x.fields[n-1], " ")
	})
}

// tokenNames, tagNames are what headings call the columns, the likelier first.
func tokenNames() []string {
	return []string{"token", "tokens", "word", "words", "form", "text", "surface"}
}

func tagNames() []string {
	return []string{"ner", "ner_tag", "ner_tags", "ner-tag", "ne", "entity", "entities", "named_entity", "bio", "iob", "tag", "tags", "label", "labels", "upos", "pos"}
}

// named returns the column of the first of names that the heading has, −1 where it has none.
func (t *columnTable) named(names []string) int {
	for _, n := range names {
		if i := slices.IndexFunc(t.heading, func(h string) bool { return strings.EqualFold(h, n) }); i >= 0 {
			return i
		}
	}
	return -1
}

// takeHeading removes the heading, a first line that names tokens and tags.
func (t *columnTable) takeHeading() {
	if t.heading != nil {
		return
	}
	for i, x := range t.rows {
		if len(x.fields) == 0 {
			continue
		}
		if t.heading = x.fields; t.named(tokenNames()) < 0 || t.named(tagNames()) < 0 {
			t.heading = nil
			return
		}
		t.rows = slices.Delete(t.rows, i, i+1)
		return
	}
}

// find returns the columns of tokens and tags, counted from 0; −1 for tags in the last one.
func (t *columnTable) find(c Columns) (token, tag int, err error) {
	if token, err = t.column(c.Token, "token"); err != nil {
		return 0, 0, err
	}
	if tag, err = t.column(c.Tag, "tag"); err != nil {
		return 0, 0, err
	}
	if t.heading != nil {
		if token < 0 {
			token = t.named(tokenNames())
		}
		if tag < 0 {
			tag = t.named(tagNames())
		}
		if token < 0 || tag < 0 {
			return 0, 0, errors.Errorf("the columns %.80q, expected names of the token's and the tag's to be said", t.heading)
		}
		t.about = fmt.Sprintf("tokens from the column %s, tags from %s", t.heading[token], t.heading[tag])
	}
	if token < 0 && t.numbered() {
		token = 1
		t.about = "the first column numbers the tokens: tokens from column 2"
		if tag < 0 {
			if tag = t.entityColumn(2); tag < 0 && t.usual == 3 {
				tag = 2
			}
			if tag < 0 {
				return 0, 0, errors.Errorf("the first of %d columns numbers the tokens and none holds tags such as O, B-x: expected the token's and the tag's column to be said; for CoNLL-U there is a reader of its own", t.usual)
			}
			t.about += fmt.Sprintf(", tags from column %d", tag+1)
		}
	}
	if token < 0 {
		token = 0
	}
	if tag < 0 && t.regular {
		tag = max(t.usual-1, 1)
	}
	if tag >= 0 && t.numbers(tag) {
		return 0, 0, errors.Errorf("column %d holds numbers, expected tags: which columns hold tokens and tags must be said", tag+1)
	}
	return token, tag, nil
}

// column returns the column that a name or a number counted from 1 means, −1 for none.
func (t *columnTable) column(name, what string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if i := t.named([]string{name}); i >= 0 {
		return i, nil
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 {
		return 0, errors.Errorf("the %s's column %.40q: found the columns %.80q, expected one of their names or a number from 1", what, name, t.heading)
	}
	return n - 1, nil
}

// numbered tells whether the first column counts the tokens, from 0 or 1, in each sentence or in all.
func (t *columnTable) numbered() bool {
	if t.usual < 3 {
		return false
	}
	right, all, last := 0, 0, -1
	for _, x := range t.rows {
		if len(x.fields) == 0 {
			continue
		}
		all++
		n, err := strconv.Atoi(x.fields[0])
		if err == nil && (n == last+1 || n == 0 || n == 1) {
			right++
		}
		if err == nil {
			last = n
		}
	}
	return all > 1 && 10*right >= 9*all
}

// numbers tells whether a column holds numbers alone, of which several.
func (t *columnTable) numbers(at int) bool {
	seen := map[string]bool{}
	for _, x := range t.rows {
		if at >= len(x.fields) {
			continue
		}
		if _, err := strconv.ParseFloat(x.fields[at], 64); err != nil {
			return false
		}
		seen[x.fields[at]] = true
	}
	return len(seen) > 1
}

// entityColumn returns the first column from one on whose fields are tags of names, −1 where there is none.
func (t *columnTable) entityColumn(from int) int {
	for at := from; at < t.usual; at++ {
		right, begun, all := 0, 0, 0
		for _, x := range t.rows {
			if at >= len(x.fields) {
				continue
			}
			all++
			switch f := x.fields[at]; {
			case strings.EqualFold(f, "O"):
				right++
			case len(f) > 2 && (f[1] == '-' || f[1] == '_') && strings.ContainsRune("BIELSUMbielsum", rune(f[0])):
				right++
				begun++
			}
		}
		if all > 0 && 50*right >= 49*all && begun > 0 {
			return at
		}
	}
	return -1
}
