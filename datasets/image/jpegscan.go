package image

import (
	"github.com/pkg/errors"
)

// jpegScan is what the header of a scan says.
type jpegScan struct {
	components []*jpegComponent
	from, to   int // numbers of a block, in the file's order
	high, low  int // binary places that were read before, that are still open
}

// mostScans is how often the blocks of a picture may be read over: a progressive
// file has about ten scans, but nothing in the format keeps one of some bytes each
// from going over millions of blocks.
const mostScans = 64

// scan reads the scan with the header s.
func (d *jpegDecoder) scan(s []byte) error {
	sc, err := d.scanHeader(s)
	if err != nil {
		return err
	}
	across, down := d.unitsX, d.unitsY
	if len(sc.components) == 1 { // then a unit is one block
		across, down = sc.components[0].across, sc.components[0].down
	}
	whole, visits := 0, 0
	for i := range d.components {
		c := &d.components[i]
		whole += c.blocks * d.unitsY * c.v
	}
	for _, c := range sc.components {
		if len(sc.components) == 1 {
			visits += across * down
		} else {
			visits += across * down * c.h * c.v
		}
	}
	if d.visits += visits; d.visits > mostScans*whole+1<<20 {
		return errors.Wrapf(ErrTooLarge, "scans go over %d blocks, the picture of %d×%d has %d", d.visits, d.width, d.height, whole)
	}
	if !d.progressive && visits/4 > len(d.data)-d.pos { // a block takes two bits at least
		return errors.Wrapf(ErrTruncated, "%d bytes for %d blocks", len(d.data)-d.pos, visits)
	}
	for _, c := range sc.components {
		c.prediction = 0
		if err := d.makeRoom(c); err != nil {
			return err
		}
	}
	d.endOfBand = 0
	d.drop()
	for unit := range across * down {
		if d.interval > 0 && unit > 0 && unit%d.interval == 0 {
			if err := d.restart(sc, unit/d.interval-1); err != nil {
				return err
			}
		}
		if !d.unit(sc, unit%across, unit/across) {
			return errors.Errorf("row %d, column %d of its blocks: no code of the table", unit/across, unit%across)
		}
		if d.beyond() {
			if d.pos >= len(d.data) {
				return errors.Wrapf(ErrTruncated, "row %d of %d rows of blocks", unit/across, down)
			}
			return errors.Errorf("row %d of %d rows of blocks: found a marker in the data", unit/across, down)
		}
	}
	d.drop()
	return nil
}

func (d *jpegDecoder) scanHeader(s []byte) (sc jpegScan, err error) {
	if !d.framed {
		return sc, errors.New("a scan before the frame")
	}
	if len(s) < 1 || len(s) < 4+2*int(s[0]) {
		return sc, ErrTruncated
	}
	n := int(s[0])
	if n < 1 || n > len(d.components) {
		return sc, errors.Errorf("scan of %d components, the frame has %d", n, len(d.components))
	}
	tail := s[1+2*n:]
	sc.from, sc.to, sc.high, sc.low = int(tail[0]), int(tail[1]), int(tail[2]>>4), int(tail[2]&15)
	if !d.progressive {
		sc.from, sc.to, sc.high, sc.low = 0, 63, 0, 0 // libjpeg does not look at them either
	} else if sc.to > 63 || sc.from > sc.to || sc.from == 0 && sc.to > 0 || sc.from > 0 && n > 1 || sc.low > 13 || sc.high > 0 && sc.high != sc.low+1 {
		return sc, errors.Errorf("scan of %d components with numbers %d to %d, places %d to %d", n, sc.from, sc.to, sc.high, sc.low)
	}
	size := 0
	for i := range n {
		c := d.component(s[1+2*i])
		if c == nil {
			return sc, errors.Errorf("scan of component %d, which the frame has not", s[1+2*i])
		}
		for _, other := range sc.components {
			if other == c {
				return sc, errors.Errorf("scan of component %d twice", s[1+2*i])
			}
		}
		dc, ac := s[2+2*i]>>4, s[2+2*i]&15
		if dc > 3 || ac > 3 {
			return sc, errors.Errorf("Huffman tables %d, %d, expected 0 to 3", dc, ac)
		}
		c.dc, c.ac = d.huffmans[dc], d.huffmans[4+ac]
		if c.dc == nil && sc.from == 0 && sc.high == 0 || c.ac == nil && sc.to > 0 {
			return sc, errors.New("scan without its Huffman tables")
		}
		if c.quantisation == nil {
			if c.quantisation = d.quantisation[c.table]; c.quantisation == nil {
				return sc, errors.Errorf("scan without quantisation table %d", c.table)
			}
		}
		size += c.h * c.v
		sc.components = append(sc.components, c)
	}
	if n > 1 && size > 10 {
		return sc, errors.Errorf("unit of %d blocks, expected at most 10", size)
	}
	return sc, nil
}

func (d *jpegDecoder) component(id byte) *jpegComponent {
	for i := range d.components {
		if d.components[i].id == id {
			return &d.components[i]
		}
	}
	return nil
}

func (d *jpegDecoder) makeRoom(c *jpegComponent) error {
	rows := 8 * d.unitsY * c.v
	if c.plane == nil {
		c.plane = make([]byte, c.stride*rows)
		if d.progressive {
			c.coefficients = make([]int16, c.stride*rows)
		}
	} else if !d.progressive {
		return errors.New("a second scan of a component")
	}
	return nil
}

// restart reads the marker that begins a new interval, the n-th.
func (d *jpegDecoder) restart(sc jpegScan, n int) error {
	if left := d.drop(); left > 0 {
		return errors.Errorf("%d bytes too many before restart %d", left, n)
	}
	for d.pos+1 < len(d.data) && d.data[d.pos] == 0xff && d.data[d.pos+1] == 0xff {
		d.pos++
	}
	if d.pos+2 > len(d.data) {
		return ErrTruncated
	}
	if d.data[d.pos] != 0xff || int(d.data[d.pos+1]) != markRST0+n%8 {
		return errors.Errorf("found %x in place of restart %d", d.data[d.pos:d.pos+2], n%8)
	}
	d.pos += 2
	d.endOfBand = 0
	for _, c := range sc.components {
		c.prediction = 0
	}
	return nil
}

// unit reads the blocks of one unit; false tells of a code that there is not.
func (d *jpegDecoder) unit(sc jpegScan, x, y int) bool {
	if len(sc.components) == 1 {
		return d.blockAt(sc, sc.components[0], x, y)
	}
	for _, c := range sc.components {
		for by := range c.v {
			for bx := range c.h {
				if !d.blockAt(sc, c, x*c.h+bx, y*c.v+by) {
					return false
				}
			}
		}
	}
	return true
}

func (d *jpegDecoder) blockAt(sc jpegScan, c *jpegComponent, x, y int) bool {
	if !d.progressive {
		var block [64]int32
		last, ok := d.sequential(c, &block)
		if ok && d.wanted(c, x, y) {
			inverseDCT(&block, last, c.plane[8*y*c.stride+8*x:], c.stride)
		}
		return ok
	}
	b := (*[64]int16)(c.coefficients[64*(y*c.blocks+x):])
	switch {
	case sc.from == 0 && sc.high == 0:
		return d.firstDC(sc, c, b)
	case sc.from == 0:
		b[0] |= int16(d.bit() << sc.low)
		return true
	case sc.high == 0:
		return d.firstAC(sc, c, b)
	}
	return d.refineAC(sc, c, b)
}

// wanted tells whether samples of a block are in the part, or beside it, where they
// are interpolated.
func (d *jpegDecoder) wanted(c *jpegComponent, x, y int) bool {
	w, h := d.hMax/c.h, d.vMax/c.v // pixels a sample
	return (8*x-1)*w < d.part.Max.X && (8*x+9)*w > d.part.Min.X && (8*y-1)*h < d.part.Max.Y && (8*y+9)*h > d.part.Min.Y
}

// sequential reads the 64 numbers of a block, multiplied by the quantisation, in
// rows; last is the largest index in the file's order that is not 0.
func (d *jpegDecoder) sequential(c *jpegComponent, out *[64]int32) (last int, ok bool) {
	d.fill()
	size := d.symbol(c.dc)
	if size < 0 || size > 11 {
		return 0, false
	}
	c.prediction += d.number(size)
	q := c.quantisation
	out[0] = int32(c.prediction) * q[0]
	for k := 1; k < 64; k++ {
		d.fill()
		if w := c.ac.whole[d.bits>>(64-aheadBits)]; w != 0 {
			k += int(w >> 4 & 15)
			if k > 63 {
				return 0, false
			}
			d.skip(int(w & 15))
			i := zigzag[k] & 63
			out[i] = w >> 8 * q[i]
			last = k
			continue
		}
		s := d.symbol(c.ac)
		if s < 0 {
			return 0, false
		}
		zeros, size := s>>4, s&15
		if size == 0 {
			if zeros != 15 { // the rest is 0
				break
			}
			k += 15
			continue
		}
		if k += zeros; k > 63 {
			return 0, false
		}
		i := zigzag[k] & 63
		out[i] = int32(d.number(size)) * q[i]
		last = k
	}
	return last, true
}

func (d *jpegDecoder) firstDC(sc jpegScan, c *jpegComponent, b *[64]int16) bool {
	d.fill()
	size := d.symbol(c.dc)
	if size < 0 || size > 11 {
		return false
	}
	c.prediction += d.number(size)
	b[0] = int16(c.prediction << sc.low)
	return true
}

func (d *jpegDecoder) firstAC(sc jpegScan, c *jpegComponent, b *[64]int16) bool {
	if d.endOfBand > 0 {
		d.endOfBand--
		return true
	}
	for k := sc.from; k <= sc.to; k++ {
		d.fill()
		s := d.symbol(c.ac)
		if s < 0 {
			return false
		}
		zeros, size := s>>4, s&15
		if size == 0 {
			if zeros != 15 {
				d.endOfBand = d.band(zeros) - 1
				return true
			}
			k += 15
			continue
		}
		if k += zeros; k > sc.to {
			return false
		}
		b[zigzag[k]] = int16(d.number(size) << sc.low)
	}
	return true
}

// band reads how many blocks end here.
func (d *jpegDecoder) band(n int) int {
	if n == 0 {
		return 1
	}
	return 1<<n + d.take(n)
}

// refineAC gives one more binary place to numbers that are not 0, and adds new ones.
func (d *jpegDecoder) refineAC(sc jpegScan, c *jpegComponent, b *[64]int16) bool {
	one := int16(1) << sc.low
	k := sc.from
	if d.endOfBand == 0 {
		for ; k <= sc.to; k++ {
			d.fill()
			s := d.symbol(c.ac)
			if s < 0 {
				return false
			}
			zeros, size, value := s>>4, s&15, int16(0)
			switch {
			case size == 1:
				if value = -one; d.take(1) == 1 {
					value = one
				}
			case size > 1:
				return false
			case zeros != 15:
				d.endOfBand = d.band(zeros)
			}
			if d.endOfBand > 0 {
				break
			}
			k = d.refineRun(sc, b, k, zeros, one)
			if k > sc.to {
				if value != 0 {
					return false
				}
				break
			}
			if value != 0 {
				b[zigzag[k]] = value
			}
		}
	}
	if d.endOfBand > 0 {
		d.endOfBand--
		d.refineRun(sc, b, k, 64, one)
	}
	return true
}

// refineRun goes over so many zeros from k on, refines what lies between, and
// returns where the next zero is.
func (d *jpegDecoder) refineRun(sc jpegScan, b *[64]int16, k, zeros int, one int16) int {
	for ; k <= sc.to; k++ {
		v := &b[zigzag[k]]
		if *v == 0 {
			if zeros == 0 {
				return k
			}
			zeros--
			continue
		}
		if d.bit() == 1 && *v&one == 0 {
			if *v > 0 {
				*v += one
			} else {
				*v -= one
			}
		}
	}
	return k
}

// transformAll makes the samples of a progressive file.
func (d *jpegDecoder) transformAll() {
	for i := range d.components {
		c := &d.components[i]
		if c.coefficients == nil {
			continue
		}
		for y := range c.down {
			for x := range c.across {
				if !d.wanted(c, x, y) {
					continue
				}
				var block [64]int32
				for k, v := range c.coefficients[64*(y*c.blocks+x):][:64] {
					block[k] = int32(v) * c.quantisation[k]
				}
				inverseDCT(&block, 63, c.plane[8*y*c.stride+8*x:], c.stride)
			}
		}
		c.coefficients = nil
	}
}
