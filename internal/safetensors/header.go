package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/pkg/errors"
)

var (
	// ErrTruncated is found where a file ends before what its header claims.
	ErrTruncated = errors.New("truncated safetensors file")
	// ErrFormat is found where a file breaks the rules of the format.
	ErrFormat = errors.New("malformed safetensors file")
)

const (
	// maxHeader is the limit of the format's own reader, in bytes.
	maxHeader = 100_000_000
	// metadataKey is the one header key that is no tensor.
	metadataKey = "__metadata__"
)

// An entry is what the header says of one tensor.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int64 // bytes in the data section
}

// parseHeader reads the JSON header of a file whose data section has size
// bytes, and returns the entries in order of their data.
func parseHeader(header []byte, size int64) ([]entry, map[string]string, error) {
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.Wrapf(ErrFormat, "header starts with %q, expected {", excerpt(header))
	}
	if !utf8.Valid(header) {
		return nil, nil, errors.Wrap(ErrFormat, "header is not UTF-8")
	}
	p := parser{json.NewDecoder(bytes.NewReader(header))}
	p.UseNumber()
	entries, metadata, err := p.header()
	if err != nil {
		return nil, nil, err
	}
	if rest := bytes.Trim(header[p.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, nil, errors.Wrapf(ErrFormat, "header goes on with %q after its closing brace", excerpt(rest))
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	return entries, metadata, checkLayout(entries, size)
}

// checkLayout makes sure that the entries, in order, cover the data section
// without hole or overlap, each with the bytes that its shape needs.
func checkLayout(entries []entry, size int64) error {
	var at int64
	for _, e := range entries {
		want, err := span(e.dtype, e.shape)
		if err != nil {
			return errors.Wrapf(err, "tensor %q", e.name)
		}
		switch {
		case e.begin < 0 || e.end < e.begin || e.end-e.begin != want:
			return errors.Wrapf(ErrFormat, "tensor %q: data_offsets [%d, %d], expected %d bytes for %s %v",
				e.name, e.begin, e.end, want, e.dtype, e.shape)
		case e.begin < at:
			return errors.Wrapf(ErrFormat, "tensor %q: begins at byte %d, inside the tensor before it, which ends at %d", e.name, e.begin, at)
		case e.begin > at:
			return errors.Wrapf(ErrFormat, "tensor %q: begins at byte %d, expected %d: bytes between belong to no tensor", e.name, e.begin, at)
		case e.end > size:
			return errors.Wrapf(ErrTruncated, "tensor %q: ends at byte %d of the data, found %d bytes", e.name, e.end, size)
		}
		at = e.end
	}
	if at != size {
		return errors.Wrapf(ErrFormat, "data has %d bytes, expected %d: the rest belongs to no tensor", size, at)
	}
	return nil
}

// A parser reads exactly the nesting that the format has, token by token: a
// deeper value or a second key of one name is an error, not memory.
type parser struct{ *json.Decoder }

func (p parser) header() ([]entry, map[string]string, error) {
	var entries []entry
	var metadata map[string]string
	names := map[string]bool{}
	err := p.object("header", func(key string) (err error) {
		if key == metadataKey {
			metadata, err = p.metadata()
			return err
		}
		e, err := p.entry(key)
		entries = append(entries, e)
		return err
	}, names)
	return entries, metadata, err
}

func (p parser) metadata() (map[string]string, error) {
	m := map[string]string{}
	err := p.object(metadataKey, func(key string) (err error) {
		m[key], err = p.text(metadataKey + "." + key)
		return err
	}, map[string]bool{})
	return m, err
}

func (p parser) entry(name string) (entry, error) {
	e := entry{name: name}
	where := "tensor " + strconv.Quote(name)
	seen := map[string]bool{}
	err := p.object(where, func(key string) error {
		switch key {
		case "dtype":
			s, err := p.text(where + ": dtype")
			e.dtype = DType(s)
			return err
		case "shape":
			sizes, err := p.ints(where+": shape", -1)
			e.shape = make([]int, len(sizes))
			for i, n := range sizes {
				if e.shape[i] = int(n); int64(e.shape[i]) != n {
					return errors.Wrapf(ErrFormat, "%s: size %d on axis %d is larger than any memory", where, n, i)
				}
			}
			return err
		case "data_offsets":
			offsets, err := p.ints(where+": data_offsets", 2)
			if err == nil {
				e.begin, e.end = offsets[0], offsets[1]
			}
			return err
		}
		return errors.Wrapf(ErrFormat, "%s: unknown key %q, expected dtype, shape and data_offsets", where, key)
	}, seen)
	if err != nil {
		return e, err
	}
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[key] {
			return e, errors.Wrapf(ErrFormat, "%s: %s is missing", where, key)
		}
	}
	return e, nil
}

// object reads {…}, calls value behind every key and records the keys in seen.
func (p parser) object(where string, value func(key string) error, seen map[string]bool) error {
	if err := p.delim(where, '{'); err != nil {
		return err
	}
	for p.More() {
		key, err := p.text(where)
		if err != nil {
			return err
		}
		if seen[key] {
			return errors.Wrapf(ErrFormat, "%s: key %q appears twice", where, key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return p.delim(where, '}')
}

// ints reads an array of integers; want is their number, or -1.
func (p parser) ints(where string, want int) ([]int64, error) {
	if err := p.delim(where, '['); err != nil {
		return nil, err
	}
	var x []int64
	for p.More() {
		t, err := p.token(where)
		if err != nil {
			return nil, err
		}
		number, ok := t.(json.Number)
		if !ok {
			return nil, errors.Wrapf(ErrFormat, "%s: found %v, expected an integer", where, t)
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return nil, errors.Wrapf(ErrFormat, "%s: found %s, expected an integer below 2⁶³", where, excerpt([]byte(number)))
		}
		x = append(x, n)
	}
	if err := p.delim(where, ']'); err != nil {
		return nil, err
	}
	if want >= 0 && len(x) != want {
		return nil, errors.Wrapf(ErrFormat, "%s: found %d numbers, expected %d", where, len(x), want)
	}
	return x, nil
}

func (p parser) text(where string) (string, error) {
	t, err := p.token(where)
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", errors.Wrapf(ErrFormat, "%s: found %v, expected a string", where, t)
	}
	return s, nil
}

func (p parser) delim(where string, want json.Delim) error {
	t, err := p.token(where)
	if err != nil {
		return err
	}
	if t != want {
		return errors.Wrapf(ErrFormat, "%s: found %v, expected %v", where, t, want)
	}
	return nil
}

func (p parser) token(where string) (json.Token, error) {
	t, err := p.Token()
	if err != nil {
		return nil, errors.Wrapf(ErrFormat, "%s: header is not JSON at byte %d (%v)", where, p.InputOffset(), err)
	}
	return t, nil
}

// excerpt is the beginning of b, short enough for a message.
func excerpt(b []byte) []byte { return b[:min(len(b), 16)] }
