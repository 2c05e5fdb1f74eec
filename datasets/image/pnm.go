package image

import (
	"github.com/pkg/errors"
)

// isPNM tells whether data begins as PGM or PPM: P2, P3, P5, P6 followed by white space or a comment.
func isPNM(data []byte) bool {
	if len(data) < 3 || data[0] != 'P' {
		return false
	}
	switch data[1] {
	case '2', '3', '5', '6':
		return isSpace(data[2]) || data[2] == '#'
	}
	return false
}

// pnmHeader is what stands before the samples.
type pnmHeader struct {
	kind                    byte // '2', '3', '5', '6'
	channels, width, height int
	maxval                  int // the value of white
}

// readHeader reads the header of a picture of at most limit pixels.
func (d *pnmReader) readHeader(limit int) (pnmHeader, error) {
	h := pnmHeader{kind: d.data[1], channels: 1}
	h.width = d.header("width", 1<<30)
	h.height = d.header("height", 1<<30)
	h.maxval = d.header("largest value", 65535)
	if d.err != nil {
		return h, errors.Wrapf(d.err, "P%c header", h.kind)
	}
	if h.maxval == 0 {
		return h, errors.Errorf("P%c header: largest value: found 0, expected 1 to 65535", h.kind)
	}
	if h.kind == '3' || h.kind == '6' {
		h.channels = 3
	}
	return h, errors.Wrapf(checkSize(h.width, h.height, limit), "P%c", h.kind)
}

func pnmSize(data []byte, limit int) (pnmHeader, error) {
	return (&pnmReader{data: data, at: 2}).readHeader(limit)
}

// decodePNM decodes PGM (P2 text, P5 binary) or PPM (P3, P6) with 8 or 16 bits a sample.
//
// Source: netpbm, pgm(5), ppm(5).
func decodePNM(data []byte, limit int) (*Picture, error) {
	d := &pnmReader{data: data, at: 2}
	h, err := d.readHeader(limit)
	if err != nil {
		return nil, err
	}
	n := h.width * h.height
	samples := h.channels * n
	if least := d.leastBytes(h.kind, samples, h.maxval); len(data)-d.at < least {
		return nil, errors.Wrapf(ErrTruncated, "P%c of %d×%d needs at least %d more bytes, found %d", h.kind, h.width, h.height, least, len(data)-d.at)
	}
	p := &Picture{Pix: make([]float32, samples), Channels: h.channels, Height: h.height, Width: h.width}
	for i := range samples {
		v := d.sample(h.kind, h.maxval)
		if d.err != nil {
			return nil, errors.Wrapf(d.err, "P%c sample %d of %d", h.kind, i, samples)
		}
		p.Pix[i%h.channels*n+i/h.channels] = float32(v) / float32(h.maxval)
	}
	return p, nil
}

// pnmReader walks through a file; the first error sticks.
type pnmReader struct {
	data []byte
	at   int
	err  error
}

// header returns the next number of the header. After the last one exactly one white space follows.
func (d *pnmReader) header(what string, most int) int {
	v := d.number(true, most)
	if d.err != nil {
		d.err = errors.Wrap(d.err, what)
		return 0
	}
	if d.at >= len(d.data) || !isSpace(d.data[d.at]) && d.data[d.at] != '#' {
		d.err = errors.Wrap(ErrTruncated, what)
		return 0
	}
	if isSpace(d.data[d.at]) {
		d.at++
	}
	return v
}

// number returns the next decimal number, white space before it skipped, in the header also comments.
func (d *pnmReader) number(comments bool, most int) int {
	if d.err != nil {
		return 0
	}
	for d.at < len(d.data) {
		c := d.data[d.at]
		if comments && c == '#' {
			for d.at < len(d.data) && d.data[d.at] != '\n' && d.data[d.at] != '\r' {
				d.at++
			}
			continue
		}
		if !isSpace(c) {
			break
		}
		d.at++
	}
	if d.at == len(d.data) {
		d.err = ErrTruncated
		return 0
	}
	start, v := d.at, 0
	for d.at < len(d.data) && d.data[d.at] >= '0' && d.data[d.at] <= '9' {
		v = v*10 + int(d.data[d.at]-'0')
		if v > most {
			d.err = errors.Errorf("found a number above %d", most)
			return 0
		}
		d.at++
	}
	if d.at == start {
		d.err = errors.Errorf("found %q, expected a number", d.data[d.at])
	}
	return v
}

// leastBytes returns how many bytes the samples need at least: a text sample is a digit with a space before or after it.
func (d *pnmReader) leastBytes(kind byte, samples, maxval int) int {
	switch {
	case kind == '2' || kind == '3':
		return 2*samples - 1
	case maxval > 255:
		return 2 * samples
	}
	return samples
}

func (d *pnmReader) sample(kind byte, maxval int) int {
	var v int
	switch {
	case kind == '2' || kind == '3':
		v = d.number(true, 1<<20)
	case maxval > 255:
		v = int(d.data[d.at])<<8 | int(d.data[d.at+1])
		d.at += 2
	default:
		v = int(d.data[d.at])
		d.at++
	}
	if d.err == nil && v > maxval {
		d.err = errors.Errorf("found %d, expected at most %d", v, maxval)
	}
	return v
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}
