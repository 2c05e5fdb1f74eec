package image

import (
	"encoding/binary"
	"math/bits"

	"github.com/pkg/errors"
)

// The ways in which a BMP may hold its pixels.
const (
	bmpRGB       = 0
	bmpRLE8      = 1
	bmpRLE4      = 2
	bmpFields    = 3
	bmpJPEG      = 4 // RLE of 24 bits in OS/2's header
	bmpPNG       = 5
	bmpAlpha     = 6 // fields with one for opacity
	bmpOS2Header = 64
)

// bmpFile is what stands before the pixels.
type bmpFile struct {
	width, height int
	topDown       bool
	depth         int // bits a pixel
	compression   int
	masks         [4]uint32 // red, green, blue, opacity
	palette       [][3]byte // red, green, blue
	pixels        []byte
}

func bmpSize(data []byte) (width, height int, err error) {
	f, err := parseBMP(data)
	return f.width, f.height, err
}

// parseBMP reads the headers of Windows and of OS/2, the masks, the palette.
//
// Source: BITMAPFILEHEADER to BITMAPV5HEADER of Windows GDI; OS22XBITMAPHEADER.
func parseBMP(data []byte) (f bmpFile, err error) {
	if len(data) < 26 {
		return f, errors.Wrapf(ErrTruncated, "%d bytes, expected at least 26", len(data))
	}
	le := binary.LittleEndian
	offset, size := int64(le.Uint32(data[10:])), int64(le.Uint32(data[14:]))
	if size != 12 && (size < 16 || size > 1<<12) {
		return f, errors.Errorf("header of %d bytes, expected 12, 16 to 64, 108 or 124", size)
	}
	if int64(len(data)) < 14+size {
		return f, errors.Wrapf(ErrTruncated, "header of %d bytes", size)
	}
	header := make([]byte, 124) // what a shorter one lacks is 0
	copy(header, data[14:14+size])
	entry, colours := int64(4), int64(0)
	if size == 12 {
		entry = 3
		f.width, f.height = int(le.Uint16(header[4:])), int(le.Uint16(header[6:]))
		f.depth = int(le.Uint16(header[10:]))
	} else {
		f.width, f.height = int(int32(le.Uint32(header[4:]))), int(int32(le.Uint32(header[8:])))
		f.depth, f.compression = int(le.Uint16(header[14:])), int(le.Uint32(header[16:]))
		colours = int64(le.Uint32(header[32:]))
	}
	if f.height < 0 {
		f.height, f.topDown = -f.height, true
	}
	if err := f.checkKind(size); err != nil {
		return f, err
	}
	at := 14 + size
	if f.compression == bmpFields || f.compression == bmpAlpha {
		masks := header[40:56]
		if size < 52 {
			n := int64(12)
			if f.compression == bmpAlpha {
				n = 16
			}
			if int64(len(data)) < at+n {
				return f, errors.Wrap(ErrTruncated, "masks of the colours")
			}
			masks = append(append([]byte{}, data[at:at+n]...), 0, 0, 0, 0)
			at += n
		}
		for i := range f.masks {
			f.masks[i] = le.Uint32(masks[4*i:])
		}
	}
	f.setMasks()
	if f.depth <= 8 {
		if colours == 0 || colours > 1<<16 {
			colours = 1 << f.depth
		}
		last := at + colours*entry
		if offset == 14+size { // as if there were no palette
			offset = last
		}
		if offset > at {
			last = min(last, offset)
		}
		last = min(last, int64(len(data)))
		for i := at; i+entry <= last && len(f.palette) < 256; i += entry {
			f.palette = append(f.palette, [3]byte{data[i+2], data[i+1], data[i]})
		}
		at += colours * entry
	}
	if offset == 0 {
		offset = at
	}
	f.pixels = data[min(offset, int64(len(data))):]
	return f, nil
}

func (f *bmpFile) checkKind(header int64) error {
	switch f.depth {
	case 1, 2, 4, 8, 16, 24, 32:
	default:
		return errors.Errorf("%d bits a pixel, expected 1, 2, 4, 8, 16, 24 or 32", f.depth)
	}
	fits := false
	switch f.compression {
	case bmpRGB:
		fits = true
	case bmpRLE8:
		fits = f.depth == 8
	case bmpRLE4:
		fits = f.depth == 4
	case bmpFields, bmpAlpha:
		if header == bmpOS2Header && f.depth == 1 {
			return errors.New("compression by Huffman codes (OS/2) is not read")
		}
		fits = f.depth >= 16
	case bmpJPEG:
		if header == bmpOS2Header {
			return errors.New("run lengths of 24 bits (OS/2) are not read")
		}
		return errors.New("a JPEG inside of a BMP is not read")
	case bmpPNG:
		return errors.New("a PNG inside of a BMP is not read")
	}
	if !fits {
		return errors.Errorf("compression %d of %d bits a pixel", f.compression, f.depth)
	}
	return nil
}

// setMasks gives pixels without masks their places.
func (f *bmpFile) setMasks() {
	if f.masks[0]|f.masks[1]|f.masks[2] != 0 {
		return
	}
	switch f.depth {
	case 16:
		f.masks = [4]uint32{0x7c00, 0x3e0, 0x1f}
	case 24, 32:
		f.masks = [4]uint32{0xff0000, 0xff00, 0xff}
	}
}

func decodeBMP(data []byte, o Options) (*Picture, error) {
	f, err := parseBMP(data)
	if err != nil {
		return nil, err
	}
	if f.depth > 8 {
		return f.colours(o)
	}
	var indices []byte // row by row from the top
	if f.compression == bmpRGB {
		indices, err = f.unpack()
	} else {
		indices, err = f.runs()
	}
	if err != nil {
		return nil, err
	}
	n := f.width * f.height
	p := &Picture{Pix: make([]float32, 3*n), Channels: 3, Height: f.height, Width: f.width}
	var table [256][3]float32 // what lies beyond the palette is black
	for i, c := range f.palette {
		table[i] = [3]float32{float32(c[0]) / 255, float32(c[1]) / 255, float32(c[2]) / 255}
	}
	for i, v := range indices {
		c := &table[v]
		p.Pix[i], p.Pix[n+i], p.Pix[2*n+i] = c[0], c[1], c[2]
	}
	return p, nil
}

// row returns the stored bytes of row y, counted from the top; a row fills whole words.
func (f *bmpFile) row(y int) ([]byte, error) {
	stride, need := (f.width*f.depth+31)/32*4, (f.width*f.depth+7)/8
	at := y
	if !f.topDown {
		at = f.height - 1 - y
	}
	if at*stride+need > len(f.pixels) {
		return nil, errors.Wrapf(ErrTruncated, "row %d of %d", y, f.height)
	}
	return f.pixels[at*stride : at*stride+need], nil
}

func (f *bmpFile) unpack() ([]byte, error) {
	if _, err := f.row(f.lastStored()); err != nil { // before memory is taken
		return nil, err
	}
	out := make([]byte, f.width*f.height)
	for y := range f.height {
		row, err := f.row(y)
		if err != nil {
			return nil, err
		}
		for x := range f.width {
			bit := x * f.depth
			out[y*f.width+x] = row[bit/8] >> (8 - f.depth - bit%8) & (1<<f.depth - 1)
		}
	}
	return out, nil
}

// lastStored is the row that ends the file.
func (f *bmpFile) lastStored() int {
	if f.topDown {
		return f.height - 1
	}
	return 0
}

// runs unpacks run lengths; pixels that are skipped have the index 0. A run
// beyond its row is cut.
func (f *bmpFile) runs() ([]byte, error) {
	out := make([]byte, f.width*f.height)
	x, y := 0, 0 // y in the order of the file
	put := func(v byte) {
		if x < f.width && y < f.height {
			row := y
			if !f.topDown {
				row = f.height - 1 - y
			}
			out[row*f.width+x] = v
		}
		x++
	}
	half := func(b byte, k int) byte { // pixel k of the bytes that b is one of
		switch {
		case f.compression == bmpRLE8:
			return b
		case k%2 == 0:
			return b >> 4
		}
		return b & 15
	}
	for in := f.pixels; len(in) >= 2; {
		n, v := int(in[0]), in[1]
		in = in[2:]
		switch {
		case n > 0:
			for k := range n {
				put(half(v, k))
			}
		case v == 0:
			x, y = 0, y+1
		case v == 1:
			return out, nil
		case v == 2:
			if len(in) < 2 {
				return nil, errors.Wrapf(ErrTruncated, "row %d of %d", y, f.height)
			}
			x, y = x+int(in[0]), y+int(in[1])
			in = in[2:]
		default:
			size := int(v)
			if f.compression == bmpRLE4 {
				size = (size + 1) / 2
			}
			if len(in) < size {
				return nil, errors.Wrapf(ErrTruncated, "row %d of %d", y, f.height)
			}
			if x+int(v) > f.width {
				return nil, errors.Errorf("row %d: %d pixels from column %d on, the picture has %d", y, v, x, f.width)
			}
			for k := range int(v) {
				if f.compression == bmpRLE4 {
					put(half(in[k/2], k))
				} else {
					put(in[k])
				}
			}
			in = in[min(size+size%2, len(in)):]
		}
		if y >= f.height {
			return out, nil
		}
	}
	if y == f.height-1 && x >= f.width { // the end is not marked
		return out, nil
	}
	return nil, errors.Wrapf(ErrTruncated, "row %d of %d", y, f.height)
}

// colours reads pixels that are split by masks.
func (f *bmpFile) colours(o Options) (*Picture, error) {
	if _, err := f.row(f.lastStored()); err != nil { // before memory is taken
		return nil, err
	}
	n := f.width * f.height
	p := &Picture{Pix: make([]float32, 3*n), Channels: 3, Height: f.height, Width: f.width}
	var shift [4]int
	var most [4]float32
	for i, m := range f.masks {
		shift[i] = bits.TrailingZeros32(m) & 31
		most[i] = float32(max(m>>shift[i], 1))
	}
	var alpha []byte
	if f.masks[3] != 0 {
		alpha = make([]byte, n)
	}
	for y := range f.height {
		row, err := f.row(y)
		if err != nil {
			return nil, err
		}
		for x := range f.width {
			var v uint32
			switch f.depth {
			case 16:
				v = uint32(row[2*x]) | uint32(row[2*x+1])<<8
			case 24:
				v = uint32(row[3*x]) | uint32(row[3*x+1])<<8 | uint32(row[3*x+2])<<16
			default:
				v = binary.LittleEndian.Uint32(row[4*x:])
			}
			i := y*f.width + x
			for c := range 3 {
				p.Pix[c*n+i] = float32(v&f.masks[c]>>shift[c]) / most[c]
			}
			if alpha != nil {
				alpha[i] = toByte(float32(v&f.masks[3]>>shift[3]) / most[3])
			}
		}
	}
	if alpha != nil {
		p.blend(alpha, f.width, o.Background)
	}
	return p, nil
}
