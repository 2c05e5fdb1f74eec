package npy

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// maxHeader is the longest description that is read, in bytes. The longest of
// a plain array has 1.5 kB.
const maxHeader = 1 << 16

// description is what the header of a file says.
type description struct {
	descr   string
	fortran bool
	shape   []int
}

// readHeader splits b into the description and the data.
//
// Source: NumPy, numpy/lib/format.py, versions 1.0, 2.0 and 3.0.
func readHeader(b []byte) (d description, data []byte, err error) {
	if len(b) < len(magic)+2 || string(b[:len(magic)]) != magic {
		return d, nil, errors.Wrapf(ErrFormat, "begins with %q, expected %q and a version", b[:min(len(b), len(magic))], magic)
	}
	version, rest := b[len(magic)], b[len(magic)+2:]
	var length int
	switch {
	case version == 1 && len(rest) >= 2:
		length, rest = int(binary.LittleEndian.Uint16(rest)), rest[2:]
	case (version == 2 || version == 3) && len(rest) >= 4:
		n := binary.LittleEndian.Uint32(rest)
		if n > maxHeader {
			return d, nil, errors.Wrapf(ErrFormat, "header of %d bytes, expected at most %d", n, maxHeader)
		}
		length, rest = int(n), rest[4:]
	case version < 1 || version > 3:
		return d, nil, errors.Wrapf(ErrFormat, "version %d, expected 1 to 3", version)
	default:
		return d, nil, errors.Wrap(ErrTruncated, "no whole header")
	}
	if length > len(rest) {
		return d, nil, errors.Wrapf(ErrTruncated, "header of %d bytes, %d are there", length, len(rest))
	}
	p := &parser{rest: string(rest[:length])}
	d = p.description()
	return d, rest[length:], p.err
}

// parser reads a Python dictionary. The first error sticks.
type parser struct {
	rest string
	err  error
}

// description reads {'descr': …, 'fortran_order': …, 'shape': …}, keys in any
// order.
func (p *parser) description() (d description) {
	seen := map[string]bool{}
	p.expect("{")
	for !p.accept("}") && p.err == nil {
		key := p.text()
		p.expect(":")
		if seen[key] {
			p.fail("key " + key + " twice")
		}
		seen[key] = true
		switch key {
		case "descr":
			if strings.HasPrefix(p.peek(), "[") && p.err == nil {
				p.err = errors.Wrap(ErrType, "records, expected numbers or booleans")
			}
			d.descr = p.text()
		case "fortran_order":
			d.fortran = p.boolean()
		case "shape":
			d.shape = p.tuple()
		default:
			p.fail("key " + strconv.Quote(key))
		}
		if !p.accept(",") && !strings.HasPrefix(p.peek(), "}") {
			p.fail("no comma")
		}
	}
	if p.peek() != "" {
		p.fail("text after the end: " + strconv.Quote(short(p.rest)))
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			p.fail("no key " + key)
		}
	}
	return d
}

// text reads a string in single or double quotes.
func (p *parser) text() string {
	rest := p.peek()
	if rest == "" || (rest[0] != '\'' && rest[0] != '"') {
		p.fail("no string at " + strconv.Quote(short(rest)))
		return ""
	}
	s, after, ok := strings.Cut(rest[1:], rest[:1])
	if !ok || strings.ContainsAny(s, "\\\n") {
		p.fail("string that does not end or has an escape")
		return ""
	}
	p.rest = after
	return s
}

// boolean reads True or False.
func (p *parser) boolean() bool {
	if p.accept("True") {
		return true
	}
	p.expect("False")
	return false
}

// tuple reads numbers in parentheses; NumPy on Python 2 wrote an L after each.
func (p *parser) tuple() []int {
	shape := []int{}
	p.expect("(")
	for !p.accept(")") && p.err == nil {
		digits := p.peek()
		digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			p.fail("dimension at " + strconv.Quote(short(p.rest)))
			return nil
		}
		p.rest = p.rest[len(digits):]
		p.accept("L")
		if shape = append(shape, n); len(shape) > maxRank {
			p.fail("more than " + strconv.Itoa(maxRank) + " dimensions")
		}
		if !p.accept(",") && !strings.HasPrefix(p.peek(), ")") {
			p.fail("no comma")
		}
	}
	return shape
}

// accept skips s if it comes next.
func (p *parser) accept(s string) bool {
	if !strings.HasPrefix(p.peek(), s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.fail("no " + s + " at " + strconv.Quote(short(p.rest)))
	}
}

// peek skips white space and returns what is left.
func (p *parser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	return p.rest
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = errors.Wrapf(ErrFormat, "header: %s", what)
	}
}

// short cuts s to what fits a message.
func short(s string) string { return s[:min(len(s), 20)] }
