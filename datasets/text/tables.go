package text

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// Pair is two columns of a line: a text with its label, or a sentence with its translation.
type Pair struct{ First, Second string }

// ReadTSV reads two columns of a file whose columns are separated by tabs, counted from 0, −1 the last. Blank lines
// are passed over; a line of too few columns is an error. Header says that the first line names the columns.
func ReadTSV(path string, first, second int, header bool) ([]Pair, error) {
	return Reader{}.TSV(path, first, second, header)
}

// TSV is the function [ReadTSV].
func (o Reader) TSV(path string, first, second int, header bool) ([]Pair, error) {
	return readFile(path, func(r io.Reader) ([]Pair, error) { return o.decodeTSV(path, r, first, second, header) })
}

// DecodeTSV reads the content of a file as ReadTSV does.
func DecodeTSV(r io.Reader, first, second int, header bool) ([]Pair, error) {
	return Reader{}.decodeTSV("", r, first, second, header)
}

func (o Reader) decodeTSV(path string, r io.Reader, first, second int, header bool) ([]Pair, error) {
	if first < -1 || second < -1 {
		return nil, errors.Errorf("columns %d, %d: expected −1 or more", first, second)
	}
	var out []Pair
	number := 0
	err := o.Scan(path, r, func(line string) error {
		number++
		if strings.TrimSpace(line) == "" || header && number == 1 {
			return nil
		}
		columns := strings.Split(line, "\t")
		if need := max(first, second, 1) + 1; len(columns) < need {
			return errors.Errorf("line %d: %d columns, expected at least %d: %.60q", number, len(columns), need, line)
		}
		at := func(c int) string {
			if c < 0 {
				c = len(columns) - 1
			}
			return strings.TrimSpace(columns[c])
		}
		out = append(out, Pair{at(first), at(second)})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("found no line")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReadParallel reads two files in step, a sentence a line; white space around a sentence goes, as does a pair
// with an empty side. Files of different length are an error.
func ReadParallel(first, second string) ([]Pair, error) {
	a, err := ReadLines(first)
	if err != nil {
		return nil, err
	}
	b, err := ReadLines(second)
	if err != nil {
		return nil, err
	}
	pairs, err := zip(a, b)
	return pairs, errors.Wrapf(err, "read %s with %s", first, second)
}

// ReadParallelSegments is ReadParallel for two files of segments, see ReadSegments.
func ReadParallelSegments(first, second string) ([]Pair, error) {
	a, err := ReadSegments(first)
	if err != nil {
		return nil, err
	}
	b, err := ReadSegments(second)
	if err != nil {
		return nil, err
	}
	pairs, err := zip(a, b)
	return pairs, errors.Wrapf(err, "read %s with %s", first, second)
}

func zip(a, b []string) ([]Pair, error) {
	if len(a) != len(b) {
		return nil, errors.Errorf("%d sentences beside %d: expected as many", len(a), len(b))
	}
	var out []Pair
	for i := range a {
		p := Pair{strings.TrimSpace(a[i]), strings.TrimSpace(b[i])}
		if p.First != "" && p.Second != "" {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("found no pair")
	}
	return out, nil
}

// ReadSegments returns the text of each <seg> of an XML file as IWSLT, WMT give them out. Entities that the
// file defines are not expanded.
func ReadSegments(path string) ([]string, error) { return readFile(path, DecodeSegments) }

// DecodeSegments reads the content of a file as ReadSegments does.
func DecodeSegments(r io.Reader) ([]string, error) {
	d := xml.NewDecoder(io.LimitReader(NewDecoder(r), MaxText))
	d.Strict = false                                                                     // the files hold bare ampersands
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var out []string
	var seg *strings.Builder
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Wrapf(err, "after %d segments", len(out))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "seg" {
				seg = &strings.Builder{}
			}
		case xml.CharData:
			if seg != nil {
				seg.Write(t)
			}
		case xml.EndElement:
			if t.Name.Local == "seg" && seg != nil {
				out = append(out, strings.TrimSpace(seg.String()))
				seg = nil
			}
		}
	}
	if seg != nil {
		return nil, errors.Wrapf(ErrTruncated, "inside segment %d", len(out)+1)
	}
	if len(out) == 0 {
		return nil, errors.New("found no <seg>")
	}
	return out, nil
}
