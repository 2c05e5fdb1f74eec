package image

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/pkg/errors"
)

// isPNM tells whether data begins as PBM, PGM, PPM or PFM: P1 to P6, Pf, PF followed by white space or a comment.
func isPNM(data []byte) bool {
	if len(data) < 3 || data[0] != 'P' {
		return false
	}
	switch data[1] {
	case '1', '2', '3', '4', '5', '6', 'f', 'F':
		return isSpace(data[2]) || data[2] == '#'
	}
	return false
}

// pnmHeader is what stands before the samples.
type pnmHeader struct {
	kind                    byte // '1' to '6', 'f', 'F'
	channels, width, height int
	maxval                  int              // the value of white; for '1', '4' that of black
	order                   binary.ByteOrder // of floats
}

func (d *pnmReader) readHeader() (pnmHeader, error) {
	h := pnmHeader{kind: d.data[1], channels: 1, maxval: 1}
	h.width = d.header("width", 1<<30)
	h.height = d.header("height", 1<<30)
	switch h.kind {
	case 'f', 'F':
		h.order = d.scale()
	case '2', '3', '5', '6':
		h.maxval = d.header("largest value", 65535)
	}
	if d.err != nil {
		return h, d.err
	}
	if h.maxval == 0 {
		return h, errors.New("largest value: found 0, expected 1 to 65535")
	}
	if h.kind == '3' || h.kind == '6' || h.kind == 'F' {
		h.channels = 3
	}
	return h, nil
}

func pnmSize(data []byte) (width, height int, err error) {
	h, err := (&pnmReader{data: data, at: 2}).readHeader()
	return h.width, h.height, errors.Wrapf(err, "P%c", data[1])
}

// decodePNM decodes PBM (P1 text, P4 bits), PGM (P2 text, P5 binary), PPM (P3, P6)
// with 8 or 16 bits a sample, and PFM (Pf grey, PF colour) of 32-bit floats.
//
// Source: netpbm, pbm(5), pgm(5), ppm(5); pfm by Paul Debevec.
func decodePNM(data []byte, _ Options) (*Picture, error) {
	d := &pnmReader{data: data, at: 2}
	h, err := d.readHeader()
	if err != nil {
		return nil, errors.Wrapf(err, "P%c", h.kind)
	}
	n := h.width * h.height
	samples := h.channels * n
	if least := h.leastBytes(); len(data)-d.at < least {
		return nil, errors.Wrapf(ErrTruncated, "P%c of %d×%d needs at least %d more bytes, found %d", h.kind, h.width, h.height, least, len(data)-d.at)
	}
	p := &Picture{Pix: make([]float32, samples), Channels: h.channels, Height: h.height, Width: h.width}
	switch h.kind {
	case 'f', 'F':
		return p, errors.Wrapf(p.fillFloats(data[d.at:], h.order), "P%c", h.kind)
	case '4':
		p.fillBits(data[d.at:])
		return p, nil
	}
	for i := range samples {
		v := d.sample(h.kind, h.maxval)
		if d.err != nil {
			return nil, errors.Wrapf(d.err, "P%c sample %d of %d", h.kind, i, samples)
		}
		if h.kind == '1' {
			v = 1 - v
		}
		p.Pix[i%h.channels*n+i/h.channels] = float32(v) / float32(h.maxval)
	}
	return p, nil
}

// fillBits reads rows of bits, each row from a byte of its own; 1 is black.
func (p *Picture) fillBits(data []byte) {
	stride := (p.Width + 7) / 8
	for y := range p.Height {
		for x := range p.Width {
			if data[y*stride+x/8]>>(7-x%8)&1 == 0 {
				p.Pix[y*p.Width+x] = 1
			}
		}
	}
}

// fillFloats reads rows of floats, the lowest row first.
func (p *Picture) fillFloats(data []byte, order binary.ByteOrder) error {
	i := 0
	for y := p.Height - 1; y >= 0; y-- {
		for x := range p.Width {
			for c := range p.Channels {
				p.Pix[(c*p.Height+y)*p.Width+x] = math.Float32frombits(order.Uint32(data[4*i:]))
				i++
			}
		}
	}
	return unitFloats(p.Pix)
}

// unitFloats brings the samples of a format of floats, which says nothing of white,
// to 0..1: numbers from 0 to 1 are that already, whole numbers up to 255 are bytes.
// Others are no picture without being told what is white.
func unitFloats(v []float32) error {
	low, high, whole := float32(math.Inf(1)), float32(math.Inf(-1)), true
	for _, x := range v {
		if x != x {
			return errors.New("found NaN among the samples")
		}
		low, high = min(low, x), max(high, x)
		whole = whole && x == float32(math.Trunc(float64(x)))
	}
	switch {
	case low >= 0 && high <= 1:
		return nil
	case low >= 0 && high <= 255 && whole:
		for i := range v {
			v[i] /= 255
		}
		return nil
	}
	return errors.Errorf("floating-point samples from %g to %g, expected 0 to 1, or whole numbers from 0 to 255", low, high)
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
	d.skip(comments)
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

// leastBytes returns how many bytes the samples need at least: a text sample is a
// digit with a space before or after it, but for P1.
func (h pnmHeader) leastBytes() int {
	samples := h.channels * h.width * h.height
	switch {
	case h.kind == '2' || h.kind == '3':
		return 2*samples - 1
	case h.kind == '4':
		return (h.width + 7) / 8 * h.height
	case h.kind == 'f' || h.kind == 'F':
		return 4 * samples
	case h.maxval > 255:
		return 2 * samples
	}
	return samples
}

// scale reads the scale of a PFM: negative for little-endian. Its size is in no
// unit that a picture on a screen has.
func (d *pnmReader) scale() binary.ByteOrder {
	if d.err != nil {
		return nil
	}
	for d.at < len(d.data) && isSpace(d.data[d.at]) {
		d.at++
	}
	end := d.at
	for end < len(d.data) && end < d.at+32 && !isSpace(d.data[end]) {
		end++
	}
	v, err := strconv.ParseFloat(string(d.data[d.at:end]), 64)
	if err != nil || v == 0 || math.IsNaN(v) || math.IsInf(v, 0) || end == len(d.data) {
		d.err = errors.Errorf("scale: found %q, expected a number, not 0", d.data[d.at:end])
		return nil
	}
	d.at = end + 1
	if v < 0 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func (d *pnmReader) sample(kind byte, maxval int) int {
	var v int
	switch {
	case kind == '1':
		v = d.bit()
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

// bit reads a bit of text; there need be no space between two.
func (d *pnmReader) bit() int {
	d.skip(true)
	if d.at == len(d.data) {
		d.err = ErrTruncated
		return 0
	}
	c := d.data[d.at]
	if c != '0' && c != '1' {
		d.err = errors.Errorf("found %q, expected 0 or 1", c)
		return 0
	}
	d.at++
	return int(c - '0')
}

// skip passes over white space, comments too.
func (d *pnmReader) skip(comments bool) {
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
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}
