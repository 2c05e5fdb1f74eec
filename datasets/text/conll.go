package text

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Tagged is a sentence with one tag a token.
type Tagged struct{ Tokens, Tags []string }

// Untagged is the tag of a token that nobody has tagged, in CoNLL-U.
const Untagged = "_"

// Columns says which columns of a file hold tokens and tags: the names of a heading, or numbers counted from 1. An
// empty one is found by the heading, by the layout of the file, else it is the first for tokens, the last for tags.
type Columns struct{ Token, Tag string }

// ReadCoNLL reads a file of columns, a token a line, sentences separated by blank lines: the token in one
// column, its tag in another, counted from 0; a tag column of −1 is the last. Columns are separated by tabs, in a
// file without tabs by spaces; white space around a field goes.
//
// Passed over are comments, lines that begin with # and have not the columns of the others, the lines -DOCSTART-, and a
// heading that names the columns. The columns 0, −1 follow such a heading, and the layout of GermEval 2014 (number,
// token, outer tag, inner tag). A line without a token or tag is left out, see [Reader]; where more than a tenth of the
// lines are such, it is an error.
//
// Source: the shared tasks of CoNLL; WNUT-17.
func ReadCoNLL(path string, token, tag int) ([]Tagged, error) {
	return readFile(path, func(r io.Reader) ([]Tagged, error) { return DecodeCoNLL(r, token, tag) })
}

// DecodeCoNLL reads the content of a file as ReadCoNLL does.
func DecodeCoNLL(r io.Reader, token, tag int) ([]Tagged, error) {
	if token < 0 || tag < -1 {
		return nil, errors.Errorf("columns %d, %d: expected 0 or more", token, tag)
	}
	var c Columns
	if token != 0 || tag != -1 {
		c.Token = strconv.Itoa(token + 1)
		if tag >= 0 {
			c.Tag = strconv.Itoa(tag + 1)
		}
	}
	return Reader{}.decodeCoNLL("", r, c)
}

// CoNLL reads a file as [ReadCoNLL] does, from the columns c.
func (o Reader) CoNLL(path string, c Columns) ([]Tagged, error) {
	return readFile(path, func(r io.Reader) ([]Tagged, error) { return o.decodeCoNLL(path, r, c) })
}

func (o Reader) decodeCoNLL(path string, r io.Reader, c Columns) ([]Tagged, error) {
	lines, err := o.decodeLines(path, r)
	if err != nil {
		return nil, err
	}
	t := newColumnTable(lines)
	token, tag, err := t.find(c)
	if err != nil {
		return nil, err
	}
	if t.about != "" {
		o.tell(path, "%s", t.about)
	}
	return o.sentences(path, t.rows, func(x row) (pair [2]string, why string) {
		if len(x.fields) > t.usual && t.regular {
			return pair, fmt.Sprintf("%d columns, expected %d", len(x.fields), t.usual)
		}
		at := tag
		if at < 0 {
			at = max(len(x.fields)-1, token+1)
		}
		if need := max(token, at) + 1; len(x.fields) < need {
			return pair, fmt.Sprintf("%d columns, expected at least %d", len(x.fields), need)
		}
		return [2]string{x.fields[token], x.fields[at]}, ""
	})
}

// ReadCoNLLU reads a Universal Dependencies file: ten columns separated by tabs, or those that a first line "#
// global.columns = …" names (CoNLL-U Plus); the token is FORM, the tag is UPOS. Comments, the lines of multi-word tokens
// (1-2), those of empty nodes (1.1) are passed over, and sentences with a word whose UPOS is not given (_): the method
// of [Reader] keeps them. Tokens may hold spaces.
//
// Source: universaldependencies.org/format.html, ext-format.html.
func ReadCoNLLU(path string) ([]Tagged, error) { return readFile(path, DecodeCoNLLU) }

// DecodeCoNLLU reads the content of a file as ReadCoNLLU does.
func DecodeCoNLLU(r io.Reader) ([]Tagged, error) {
	all, err := Reader{}.decodeCoNLLU("", r)
	if err != nil {
		return nil, err
	}
	tagged := slices.DeleteFunc(all, func(s Tagged) bool { return slices.Contains(s.Tags, Untagged) })
	if len(tagged) == 0 {
		return nil, errors.New("found no sentence whose words all have a part of speech (UPOS)")
	}
	return tagged, nil
}

// CoNLLU reads a file as [ReadCoNLLU] does but keeps words without a part of speech, whose tag is Untagged.
func (o Reader) CoNLLU(path string) ([]Tagged, error) {
	return readFile(path, func(r io.Reader) ([]Tagged, error) { return o.decodeCoNLLU(path, r) })
}

// universal are the columns of CoNLL-U.
const universal = "ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC"

func (o Reader) decodeCoNLLU(path string, r io.Reader) ([]Tagged, error) {
	lines, err := o.decodeLines(path, r)
	if err != nil {
		return nil, err
	}
	names := strings.Fields(universal)
	if len(lines) > 0 {
		if plus := globalColumns(lines[0]); plus != nil {
			names = plus
		}
	}
	id, form, upos := slices.Index(names, "ID"), slices.Index(names, "FORM"), slices.Index(names, "UPOS")
	if form < 0 || upos < 0 {
		return nil, errors.Errorf("line 1: the columns %.80q, expected FORM and UPOS among them", names)
	}
	var rows []row
	for i, line := range lines {
		if strings.HasPrefix(line, "#") {
			continue
		}
		x := row{number: i + 1, line: line}
		if strings.TrimSpace(line) != "" {
			if x.fields = strings.Split(line, "\t"); len(x.fields) == 1 {
				x.fields = strings.Fields(line)
			}
			if len(x.fields) == len(names)+1 && strings.TrimSpace(x.fields[len(names)]) == "" {
				x.fields = x.fields[:len(names)]
			}
			if id >= 0 && id < len(x.fields) && strings.ContainsAny(x.fields[id], "-.") {
				continue
			}
		}
		rows = append(rows, x)
	}
	return o.sentences(path, rows, func(x row) (pair [2]string, why string) {
		if len(x.fields) != len(names) {
			return pair, fmt.Sprintf("%d columns, expected %d", len(x.fields), len(names))
		}
		pair = [2]string{strings.TrimSpace(x.fields[form]), strings.TrimSpace(x.fields[upos])}
		if pair[1] == "" {
			pair[1] = Untagged
		}
		return pair, ""
	})
}

// globalColumns returns the names of CoNLL-U Plus's first line, nil for another line.
func globalColumns(line string) []string {
	name, value, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), "=")
	if !ok || !strings.HasPrefix(line, "#") || strings.TrimSpace(name) != "global.columns" {
		return nil
	}
	return strings.Fields(value)
}

// row is a line of a file of columns; one without fields ends a sentence.
type row struct {
	number int
	line   string
	fields []string
}

// problemShare is up to which share of the lines those without a token or tag are left out.
const problemShare = 0.1

// sentences gathers sentences; pair returns token, tag of a row, or why it has none.
func (o Reader) sentences(path string, rows []row, pair func(row) ([2]string, string)) ([]Tagged, error) {
	var out []Tagged
	var s Tagged
	end := func() {
		if len(s.Tokens) > 0 {
			out = append(out, s)
		}
		s = Tagged{}
	}
	var bad []int
	var first error
	all := 0
	for _, x := range rows {
		if len(x.fields) == 0 {
			end()
			continue
		}
		all++
		p, why := pair(x)
		if why == "" && (p[0] == "" || p[1] == "") {
			why = "an empty token or tag"
		}
		if why != "" {
			if first == nil {
				first = errors.Errorf("line %d: %s: %.60q", x.number, why, x.line)
			}
			bad = append(bad, x.number)
			continue
		}
		s.Tokens, s.Tags = append(s.Tokens, p[0]), append(s.Tags, p[1])
	}
	end()
	if float64(len(bad)) > problemShare*float64(all) {
		if len(bad) > 1 {
			first = errors.Wrapf(first, "%d of %d lines cannot be read, the first", len(bad), all)
		}
		return nil, first
	}
	if len(out) == 0 {
		return nil, errors.New("found no sentence")
	}
	if len(bad) > 0 {
		o.tell(path, "%s without a token or tag left out: %s", plural(len(bad), "line", "lines"), numbers(bad))
	}
	return out, nil
}

// numbers lists line numbers, the first ten of them.
func numbers(list []int) string {
	const most = 10
	var b strings.Builder
	for i, n := range list[:min(len(list), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	if more := len(list) - most; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// readFile decodes the file at path, unpacked.
func readFile[T any](path string, decode func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := Open(path)
	if err != nil {
		return none, err
	}
	v, err := decode(f)
	if cerr := f.Close(); err == nil {
		err = withoutPath(cerr)
	}
	if err != nil {
		return none, errors.Wrapf(err, "read %s", path)
	}
	return v, nil
}
