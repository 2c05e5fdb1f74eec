package image

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
)

// jpegComponent is luma or one of the colours.
type jpegComponent struct {
	id            byte
	h, v          int // samples in a unit, across and down
	table         int // of quantisation
	across, down  int // blocks that hold samples
	blocks        int // blocks in a row of the plane, which ends with a whole unit
	quantisation  *[64]int32
	dc, ac        *huffman
	prediction    int
	plane         []byte
	stride        int
	coefficients  []int16 // of a progressive file, 64 a block, in rows
	width, height int     // samples
}

// jpegDecoder reads a file from its beginning to its end: Huffman codes, 8 bits,
// sequential or progressive. Its samples are those of libjpeg to the last bit.
//
// Source: ITU-T T.81, annexes B, F, G.
type jpegDecoder struct {
	bitReader
	width, height int
	framed        bool
	progressive   bool
	hMax, vMax    int
	unitsX        int // units across, and down
	unitsY        int
	quantisation  [4]*[64]int32 // in rows; nil for none
	huffmans      [8]*huffman   // four for DC, four for AC
	components    []jpegComponent
	interval      int // units between restarts, 0 for none
	jfif, adobe   bool
	transform     byte            // Adobe's
	visits        int             // blocks in the scans so far
	endOfBand     int             // blocks that are still all zero
	part          image.Rectangle // the pixels that are wanted
}

// The markers, without their first byte.
const (
	markSOF0 = 0xc0
	markSOF1 = 0xc1
	markSOF2 = 0xc2
	markDHT  = 0xc4
	markDAC  = 0xcc
	markRST0 = 0xd0
	markRST7 = 0xd7
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markDQT  = 0xdb
	markDRI  = 0xdd
	markAPP  = 0xe0
	markTEM  = 0x01
)

// jpegRefusals names the kinds that are not read.
func jpegRefusals(mark byte) string {
	switch mark {
	case 0xc3:
		return "lossless JPEG is not read"
	case 0xc5, 0xc6, 0xc7:
		return "hierarchical JPEG is not read"
	case 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return "JPEG of arithmetic codes is not read"
	}
	return ""
}

// nextMarker returns the marker that comes next; what stands before it is passed over.
func (d *jpegDecoder) nextMarker() (byte, error) {
	for ; d.pos+1 < len(d.data); d.pos++ {
		if d.data[d.pos] == 0xff && d.data[d.pos+1] != 0 && d.data[d.pos+1] != 0xff {
			d.pos += 2
			return d.data[d.pos-1], nil
		}
	}
	return 0, errors.Wrap(ErrTruncated, "found no further marker")
}

// segment returns the body of the segment whose marker was read.
func (d *jpegDecoder) segment() ([]byte, error) {
	if d.pos+2 > len(d.data) {
		return nil, ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(d.data[d.pos:]))
	if n < 2 {
		return nil, errors.Errorf("segment of %d bytes, expected at least 2", n)
	}
	if d.pos+n > len(d.data) {
		return nil, ErrTruncated
	}
	s := d.data[d.pos+2 : d.pos+n]
	d.pos += n
	return s, nil
}

// readFrame reads up to the frame.
func (d *jpegDecoder) readFrame() error { return d.read(func() bool { return d.framed }) }

// readTables reads a file that has tables alone.
func (d *jpegDecoder) readTables(data []byte) error {
	d.bitReader = bitReader{data: data}
	err := d.read(func() bool { return d.pos+2 <= len(data) && data[d.pos] == 0xff && data[d.pos+1] == markEOI })
	if err == nil && d.framed {
		return errors.New("found a frame among the tables")
	}
	return err
}

// readScans reads on to the end of the picture.
func (d *jpegDecoder) readScans() error { return d.read(func() bool { return false }) }

// read reads segments and scans until done is true or the picture ends.
func (d *jpegDecoder) read(done func() bool) error {
	if d.pos == 0 {
		if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markSOI {
			return errors.New("found no mark of its beginning")
		}
		d.pos = 2
	}
	for !done() {
		mark, err := d.nextMarker()
		if err != nil {
			if d.complete() { // the mark of the end is missing, nothing else
				return nil
			}
			return err
		}
		switch {
		case mark == markEOI:
			return d.check()
		case mark == markSOI || mark == markTEM || mark >= markRST0 && mark <= markRST7:
			continue
		}
		s, err := d.segment()
		if err == nil {
			err = d.segmentOf(mark, s)
		}
		if err != nil {
			return errors.Wrapf(err, "segment ff%02x", mark)
		}
	}
	return nil
}

// check tells what a file lacks that has ended.
func (d *jpegDecoder) check() error {
	if !d.framed {
		return errors.New("found no frame before its end")
	}
	for i := range d.components {
		if d.components[i].plane == nil {
			return errors.Wrapf(ErrTruncated, "found no scan of component %d", i)
		}
	}
	return nil
}

func (d *jpegDecoder) complete() bool {
	return !d.progressive && d.framed && d.check() == nil
}

// segmentOf reads one segment, and the scan that follows it.
func (d *jpegDecoder) segmentOf(mark byte, s []byte) error {
	if name := jpegRefusals(mark); name != "" {
		return errors.New(name)
	}
	switch mark {
	case markSOF0, markSOF1, markSOF2:
		d.progressive = mark == markSOF2
		return d.frame(s)
	case markDHT:
		return d.huffmanTables(s)
	case markDQT:
		return d.quantisationTables(s)
	case markDRI:
		if len(s) < 2 {
			return ErrTruncated
		}
		d.interval = int(binary.BigEndian.Uint16(s))
	case markSOS:
		return d.scan(s)
	case markAPP:
		d.jfif = d.jfif || len(s) >= 5 && string(s[:5]) == "JFIF\x00"
	case markAPP + 14:
		if len(s) >= 12 && string(s[:5]) == "Adobe" {
			d.adobe, d.transform = true, s[11]
		}
	}
	return nil
}

func (d *jpegDecoder) frame(s []byte) error {
	if d.framed {
		return errors.New("a second frame")
	}
	if len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return ErrTruncated
	}
	if s[0] != 8 {
		return errors.Errorf("JPEG of %d bits a sample is not read, only of 8", s[0])
	}
	d.height, d.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	if n := s[5]; n != 1 && n != 3 && n != 4 {
		return errors.Errorf("%d components, expected 1 (grey), 3 (colour) or 4 (CMYK)", n)
	}
	d.components = make([]jpegComponent, s[5])
	d.hMax, d.vMax = 1, 1
	for i := range d.components {
		b := s[6+3*i:]
		c := &d.components[i]
		*c = jpegComponent{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), table: int(b[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return errors.Errorf("component %d: sampling %d×%d, table %d, expected 1 to 4, 0 to 3", i, c.h, c.v, c.table)
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
	}
	d.unitsX, d.unitsY = ceil(d.width, 8*d.hMax), ceil(d.height, 8*d.vMax)
	for i := range d.components {
		c := &d.components[i]
		c.width, c.height = ceil(d.width*c.h, d.hMax), ceil(d.height*c.v, d.vMax)
		c.across, c.down = ceil(c.width, 8), ceil(c.height, 8)
		c.blocks = d.unitsX * c.h
		c.stride = 8 * c.blocks
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return errors.Errorf("component %d: %d samples a unit of %d, expected a divisor", i, c.h*c.v, d.hMax*d.vMax)
		}
	}
	d.framed = true
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

func (d *jpegDecoder) quantisationTables(s []byte) error {
	for len(s) > 0 {
		wide, i := s[0]>>4, s[0]&15
		s = s[1:]
		if i > 3 || wide > 1 {
			return errors.Errorf("quantisation table %d of kind %d, expected 0 to 3, 0 or 1", i, wide)
		}
		if len(s) < 64<<wide {
			return ErrTruncated
		}
		t := new([64]int32)
		for k := range 64 {
			if wide == 1 {
				t[zigzag[k]] = int32(binary.BigEndian.Uint16(s[2*k:]))
			} else {
				t[zigzag[k]] = int32(s[k])
			}
		}
		d.quantisation[i] = t
		s = s[64<<wide:]
	}
	return nil
}

func (d *jpegDecoder) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return ErrTruncated
		}
		if s[0]>>4 > 1 || s[0]&15 > 3 {
			return errors.Errorf("Huffman table %02x, expected 00 to 03, 10 to 13", s[0])
		}
		h, n := newHuffman(s[1:17], s[17:])
		if h == nil {
			return errors.New("Huffman table is no code")
		}
		d.huffmans[s[0]>>4*4+s[0]&15] = h
		s = s[17+n:]
	}
	return nil
}

// zigzag has the place in a block, row by row, of each number in the file.
const zigzag = "\x00\x01\x08\x10\x09\x02\x03\x0a\x11\x18\x20\x19\x12\x0b\x04\x05" +
	"\x0c\x13\x1a\x21\x28\x30\x29\x22\x1b\x14\x0d\x06\x07\x0e\x15\x1c" +
	"\x23\x2a\x31\x38\x39\x32\x2b\x24\x1d\x16\x0f\x17\x1e\x25\x2c\x33" +
	"\x3a\x3b\x34\x2d\x26\x1f\x27\x2e\x35\x3c\x3d\x36\x2f\x37\x3e\x3f"
