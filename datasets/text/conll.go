package text

import (
	"io"
	"strings"

	"github.com/pkg/errors"
)

// Tagged is a sentence with one tag a token.
type Tagged struct{ Tokens, Tags []string }

// ReadCoNLL reads a file of columns, a token a line, sentences separated by blank lines: the token in one
// column, its tag in another, counted from 0; a tag column of −1 is the last. Columns are separated by tabs, in a
// line without tab by spaces. A line of too few columns is an error.
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
	return decodeColumns(r, func(line string) (columns []string, ok bool, err error) {
		columns = strings.Split(line, "\t")
		if len(columns) == 1 {
			columns = strings.Fields(line)
		}
		if columns[0] == "-DOCSTART-" {
			return nil, false, nil
		}
		if need := max(token, tag, 1) + 1; len(columns) < need {
			return nil, false, errors.Errorf("%d columns, expected at least %d: %.60q", len(columns), need, line)
		}
		at := tag
		if at < 0 {
			at = len(columns) - 1
		}
		return []string{columns[token], columns[at]}, true, nil
	})
}

// ReadCoNLLU reads a Universal Dependencies file: ten columns separated by tabs; the token is FORM, the tag is UPOS.
// Comments, the lines of multi-word tokens (1-2), those of empty nodes (1.1) are passed over. Tokens may hold spaces.
//
// Source: universaldependencies.org/format.html.
func ReadCoNLLU(path string) ([]Tagged, error) { return readFile(path, DecodeCoNLLU) }

// DecodeCoNLLU reads the content of a file as ReadCoNLLU does.
func DecodeCoNLLU(r io.Reader) ([]Tagged, error) {
	return decodeColumns(r, func(line string) (columns []string, ok bool, err error) {
		if strings.HasPrefix(line, "#") {
			return nil, false, nil
		}
		columns = strings.Split(line, "\t")
		if len(columns) != 10 {
			return nil, false, errors.Errorf("%d columns, expected 10: %.60q", len(columns), line)
		}
		if strings.ContainsAny(columns[0], "-.") {
			return nil, false, nil
		}
		return []string{columns[1], columns[3]}, true, nil
	})
}

// decodeColumns gathers sentences; row returns token, tag of a line that holds some.
func decodeColumns(r io.Reader, row func(line string) ([]string, bool, error)) ([]Tagged, error) {
	var out []Tagged
	var s Tagged
	number := 0
	end := func() {
		if len(s.Tokens) > 0 {
			out = append(out, s)
		}
		s = Tagged{}
	}
	err := ScanLines(r, func(line string) error {
		number++
		if strings.TrimSpace(line) == "" {
			end()
			return nil
		}
		pair, ok, err := row(line)
		if err != nil {
			return errors.Wrapf(err, "line %d", number)
		}
		if !ok {
			return nil
		}
		if pair[0] == "" || pair[1] == "" {
			return errors.Errorf("line %d: an empty token or tag: %.60q", number, line)
		}
		s.Tokens, s.Tags = append(s.Tokens, pair[0]), append(s.Tags, pair[1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	end()
	if len(out) == 0 {
		return nil, errors.New("found no sentence")
	}
	return out, nil
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
