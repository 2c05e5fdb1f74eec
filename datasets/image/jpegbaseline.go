package image

import (
	"encoding/binary"
	"image"
)

// decodeBaseline decodes the usual JPEG file: baseline, three components in one
// scan, at most two luma samples a chroma sample in each direction. Its pixels are
// those of libjpeg to the last bit, which those of Go's decoder are not. ok is
// false for every other file, a damaged one too: then Go's decoder has its say.
//
// Source: ITU-T T.81, annexes B, F.
func decodeBaseline(data []byte) (m *image.YCbCr, ok bool) {
	d := &jpegDecoder{data: data}
	if !d.headers() {
		return nil, false
	}
	return d.scan()
}

// jpegComponent is luma or one of the colours.
type jpegComponent struct {
	id         byte
	h, v       int // samples in a unit, across and down
	table      int // of quantisation
	dc, ac     *huffman
	prediction int
	plane      []byte
	stride     int
}

// jpegDecoder reads a file from its beginning to its end.
type jpegDecoder struct {
	data          []byte
	pos           int
	width, height int
	quantisation  [4][64]int // in zigzag order
	quantised     [4]bool
	huffmans      [8]*huffman // four for DC, four for AC
	components    [3]jpegComponent
	framed        bool
	interval      int // units between restarts, 0 for none

	bits  uint32 // read ahead, the next one highest
	count int
}

// The markers that a baseline file may have, without their first byte.
const (
	markSOF0 = 0xc0
	markSOF1 = 0xc1
	markDHT  = 0xc4
	markRST0 = 0xd0
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markDQT  = 0xdb
	markDRI  = 0xdd
	markAPP  = 0xe0
	markCOM  = 0xfe
)

// headers reads up to the data of the scan.
func (d *jpegDecoder) headers() bool {
	if len(d.data) < 4 || d.data[0] != 0xff || d.data[1] != markSOI {
		return false
	}
	d.pos = 2
	for {
		for d.pos < len(d.data) && d.data[d.pos] != 0xff {
			return false
		}
		for d.pos < len(d.data) && d.data[d.pos] == 0xff {
			d.pos++
		}
		if d.pos+3 > len(d.data) {
			return false
		}
		mark := d.data[d.pos]
		n := int(binary.BigEndian.Uint16(d.data[d.pos+1:]))
		if n < 2 || d.pos+1+n > len(d.data) {
			return false
		}
		segment := d.data[d.pos+3 : d.pos+1+n]
		d.pos += 1 + n
		good := true
		switch {
		case mark == markSOF0 || mark == markSOF1:
			good = d.frame(segment)
		case mark == markDHT:
			good = d.huffmanTables(segment)
		case mark == markDQT:
			good = d.quantisationTables(segment)
		case mark == markDRI:
			if good = len(segment) == 2; good {
				d.interval = int(binary.BigEndian.Uint16(segment))
			}
		case mark == markSOS:
			return d.scanHeader(segment)
		case mark == markAPP+14: // Adobe's, which may say that there is no luma
			good = len(segment) < 12 || string(segment[:5]) != "Adobe" || segment[11] == 1
		case mark >= markAPP && mark <= markAPP+15 || mark == markCOM:
		default:
			good = false
		}
		if !good {
			return false
		}
	}
}

func (d *jpegDecoder) frame(s []byte) bool {
	if d.framed || len(s) != 6+3*3 || s[0] != 8 || s[5] != 3 {
		return false
	}
	d.height, d.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	for i := range d.components {
		b := s[6+3*i:]
		c := &d.components[i]
		*c = jpegComponent{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), table: int(b[2])}
		if c.table > 3 || i > 0 && (c.h != 1 || c.v != 1) || c.h < 1 || c.h > 2 || c.v < 1 || c.v > 2 {
			return false
		}
	}
	named := d.components[0].id == 'R' && d.components[1].id == 'G' && d.components[2].id == 'B'
	d.framed = d.width > 0 && d.height > 0 && !named
	return d.framed
}

func (d *jpegDecoder) quantisationTables(s []byte) bool {
	for len(s) > 0 {
		wide, i := s[0]>>4, s[0]&15
		s = s[1:]
		if i > 3 || wide > 1 || len(s) < 64<<wide {
			return false
		}
		for k := range 64 {
			if wide == 1 {
				d.quantisation[i][k] = int(binary.BigEndian.Uint16(s[2*k:]))
			} else {
				d.quantisation[i][k] = int(s[k])
			}
		}
		d.quantised[i] = true
		s = s[64<<wide:]
	}
	return true
}

func (d *jpegDecoder) huffmanTables(s []byte) bool {
	for len(s) > 0 {
		if len(s) < 17 || s[0]>>4 > 1 || s[0]&15 > 3 {
			return false
		}
		h, n := newHuffman(s[1:17], s[17:])
		if h == nil {
			return false
		}
		d.huffmans[s[0]>>4*4+s[0]&15] = h
		s = s[17+n:]
	}
	return true
}

func (d *jpegDecoder) scanHeader(s []byte) bool {
	if !d.framed || len(s) != 10 || s[0] != 3 || s[7] != 0 || s[8] != 63 || s[9] != 0 {
		return false
	}
	for i := range d.components {
		c := &d.components[i]
		dc, ac := s[2+2*i]>>4, s[2+2*i]&15
		if s[1+2*i] != c.id || dc > 3 || ac > 3 || !d.quantised[c.table] {
			return false
		}
		if c.dc, c.ac = d.huffmans[dc], d.huffmans[4+ac]; c.dc == nil || c.ac == nil {
			return false
		}
	}
	return true
}

// scan reads the samples of all units.
func (d *jpegDecoder) scan() (*image.YCbCr, bool) {
	luma := &d.components[0]
	across, down := (d.width+8*luma.h-1)/(8*luma.h), (d.height+8*luma.v-1)/(8*luma.v)
	for i := range d.components {
		c := &d.components[i]
		c.stride = 8 * c.h * across
		c.plane = make([]byte, c.stride*8*c.v*down)
	}
	for unit := range across * down {
		if d.interval > 0 && unit > 0 && unit%d.interval == 0 && !d.restart(unit/d.interval-1) {
			return nil, false
		}
		for i := range d.components {
			c := &d.components[i]
			for b := range c.h * c.v {
				x, y := (unit%across)*c.h+b%c.h, (unit/across)*c.v+b/c.h
				var block [64]int
				if !d.block(c, &block) {
					return nil, false
				}
				inverseDCT(&block, c.plane[8*y*c.stride+8*x:], c.stride)
			}
		}
	}
	if d.pos+2 > len(d.data) || d.data[d.pos] != 0xff || d.data[d.pos+1] != markEOI { // more scans, or no end
		return nil, false
	}
	ratio := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422,
		{1, 2}: image.YCbCrSubsampleRatio440, {2, 2}: image.YCbCrSubsampleRatio420,
	}[[2]int{luma.h, luma.v}]
	return &image.YCbCr{
		Y: luma.plane, Cb: d.components[1].plane, Cr: d.components[2].plane,
		YStride: luma.stride, CStride: d.components[1].stride,
		SubsampleRatio: ratio, Rect: image.Rect(0, 0, d.width, d.height),
	}, true
}

// restart reads the marker that begins a new interval, the n-th.
func (d *jpegDecoder) restart(n int) bool {
	d.bits, d.count = 0, 0
	if d.pos+2 > len(d.data) || d.data[d.pos] != 0xff || int(d.data[d.pos+1]) != markRST0+n%8 {
		return false
	}
	d.pos += 2
	for i := range d.components {
		d.components[i].prediction = 0
	}
	return true
}

// block reads the 64 numbers of a block, multiplied by the quantisation, in rows.
func (d *jpegDecoder) block(c *jpegComponent, out *[64]int) bool {
	size, ok := d.symbol(c.dc)
	if !ok || size > 11 {
		return false
	}
	difference, ok := d.number(int(size))
	if !ok {
		return false
	}
	c.prediction += difference
	q := &d.quantisation[c.table]
	out[0] = c.prediction * q[0]
	for k := 1; k < 64; k++ {
		symbol, ok := d.symbol(c.ac)
		if !ok {
			return false
		}
		zeros, size := int(symbol>>4), int(symbol&15)
		if size == 0 {
			if zeros != 15 { // the rest is 0
				break
			}
			k += 15
			continue
		}
		if k += zeros; k > 63 || size > 10 {
			return false
		}
		v, ok := d.number(size)
		if !ok {
			return false
		}
		out[zigzag[k]] = v * q[k]
	}
	return true
}

// zigzag has the place in a block, row by row, of each number in the file.
const zigzag = "\x00\x01\x08\x10\x09\x02\x03\x0a\x11\x18\x20\x19\x12\x0b\x04\x05" +
	"\x0c\x13\x1a\x21\x28\x30\x29\x22\x1b\x14\x0d\x06\x07\x0e\x15\x1c" +
	"\x23\x2a\x31\x38\x39\x32\x2b\x24\x1d\x16\x0f\x17\x1e\x25\x2c\x33" +
	"\x3a\x3b\x34\x2d\x26\x1f\x27\x2e\x35\x3c\x3d\x36\x2f\x37\x3e\x3f"

// fill reads ahead until there are n bits, at most 16. It is false where a marker
// or the end of the file comes before.
func (d *jpegDecoder) fill(n int) bool {
	for d.count < n {
		if d.pos >= len(d.data) {
			return false
		}
		b := d.data[d.pos]
		if b == 0xff {
			if d.pos+1 >= len(d.data) || d.data[d.pos+1] != 0 {
				return false
			}
			d.pos++
		}
		d.pos++
		d.bits |= uint32(b) << (24 - d.count)
		d.count += 8
	}
	return true
}

func (d *jpegDecoder) take(n int) int {
	v := int(d.bits >> (32 - n))
	d.bits <<= n
	d.count -= n
	return v
}

// number reads n bits: a value whose first bit is 0 is negative.
func (d *jpegDecoder) number(n int) (int, bool) {
	if n == 0 {
		return 0, true
	}
	if !d.fill(n) {
		return 0, false
	}
	v := d.take(n)
	if v < 1<<(n-1) {
		v += 1 - 1<<n
	}
	return v, true
}

// huffman is a code of at most 16 bits.
type huffman struct {
	values []byte
	first  [17]int // the first code of each length
	begin  [17]int // and its value's place
	count  [17]int
	// short has, for the next eight bits, the length of the code that they begin
	// with, in the upper byte, and its value; 0 for a longer one.
	short [256]uint16
}

// newHuffman makes a code of the numbers of codes of each length and of their
// values; it returns how many values there are, and nil for what is no code.
func newHuffman(counts, values []byte) (*huffman, int) {
	h := &huffman{}
	code, at := 0, 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		h.first[length], h.begin[length], h.count[length] = code, at, n
		at += n
		if code += n; code > 1<<length {
			return nil, 0
		}
		code <<= 1
	}
	if at > len(values) {
		return nil, 0
	}
	h.values = values[:at]
	for length := 1; length <= 8; length++ {
		for i := range h.count[length] {
			from := (h.first[length] + i) << (8 - length)
			for k := range 1 << (8 - length) {
				h.short[from+k] = uint16(length)<<8 | uint16(h.values[h.begin[length]+i])
			}
		}
	}
	return h, at
}

// symbol reads one code.
func (d *jpegDecoder) symbol(h *huffman) (byte, bool) {
	if d.fill(8) {
		if s := h.short[d.bits>>24]; s != 0 {
			d.take(int(s >> 8))
			return byte(s), true
		}
	}
	code := 0
	for length := 1; length <= 16; length++ {
		if !d.fill(1) {
			return 0, false
		}
		code = code<<1 | d.take(1)
		if i := code - h.first[length]; i < h.count[length] && i >= 0 {
			return h.values[h.begin[length]+i], true
		}
	}
	return 0, false
}
