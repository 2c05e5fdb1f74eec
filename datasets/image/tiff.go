package image

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

// The tags of a TIFF directory that say how its picture is stored.
const (
	tiffWidth         = 256
	tiffHeight        = 257
	tiffBits          = 258
	tiffCompression   = 259
	tiffPhotometric   = 262
	tiffFillOrder     = 266
	tiffStripOffsets  = 273
	tiffSamples       = 277
	tiffRowsPerStrip  = 278
	tiffStripBytes    = 279
	tiffPlanar        = 284
	tiffT4Options     = 292
	tiffPredictor     = 317
	tiffColorMap      = 320
	tiffTileWidth     = 322
	tiffTileHeight    = 323
	tiffTileOffsets   = 324
	tiffTileBytes     = 325
	tiffExtraSamples  = 338
	tiffSampleFormat  = 339
	tiffJPEGTables    = 347
	tiffJPEGOffset    = 513
	tiffJPEGBytes     = 514
	tiffYCbCrSampling = 530
)

// tiffEntry is one field of a directory, its values still as bytes.
type tiffEntry struct {
	kind  uint16
	count uint64
	body  []byte
}

// tiffFile is the first directory of a file.
type tiffFile struct {
	data    []byte
	order   binary.ByteOrder
	entries map[uint16]tiffEntry
}

// tiffKindBytes is the size of a value of each type.
func tiffKindBytes(kind uint16) uint64 {
	switch kind {
	case 1, 2, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 11, 13:
		return 4
	case 5, 10, 12, 16, 17, 18:
		return 8
	}
	return 0
}

// openTIFF reads the first directory of a TIFF or BigTIFF file. A field that lies
// outside of the file counts as missing.
//
// Source: TIFF 6.0 §2; BigTIFF (libtiff).
func openTIFF(data []byte) (*tiffFile, error) {
	f := &tiffFile{data: data, order: binary.LittleEndian, entries: map[uint16]tiffEntry{}}
	if len(data) < 16 {
		return nil, errors.Wrapf(ErrTruncated, "%d bytes, expected at least 16", len(data))
	}
	if data[0] == 'M' {
		f.order = binary.BigEndian
	}
	big := f.order.Uint16(data[2:]) == 43
	at, countBytes, width, inside := uint64(f.order.Uint32(data[4:])), uint64(2), uint64(12), uint64(4)
	if big {
		at, countBytes, width, inside = f.order.Uint64(data[8:]), 8, 20, 8
	}
	size := uint64(len(data))
	if at > size || size-at < countBytes {
		return nil, errors.Wrapf(ErrTruncated, "directory at byte %d of %d", at, size)
	}
	n := uint64(f.order.Uint16(data[at:]))
	if big {
		n = f.order.Uint64(data[at:])
	}
	at += countBytes
	if n > (size-at)/width {
		return nil, errors.Wrapf(ErrTruncated, "directory of %d fields at byte %d of %d", n, at, size)
	}
	for i := range n {
		b := data[at+i*width:][:width]
		e := tiffEntry{kind: f.order.Uint16(b[2:]), count: uint64(f.order.Uint32(b[4:]))}
		value := b[8:]
		if big {
			e.count, value = f.order.Uint64(b[4:]), b[12:]
		}
		bytes := tiffKindBytes(e.kind)
		if bytes == 0 || e.count > size/bytes {
			continue
		}
		if e.count*bytes > inside {
			from := uint64(f.order.Uint32(value))
			if big {
				from = f.order.Uint64(value)
			}
			if from > size || size-from < e.count*bytes {
				continue
			}
			value = data[from:]
		}
		e.body = value[:e.count*bytes]
		if tag := f.order.Uint16(b); f.entries[tag].body == nil { // the first counts
			f.entries[tag] = e
		}
	}
	return f, nil
}

// numbers returns the values of a field of whole numbers; nil where it is missing.
func (f *tiffFile) numbers(tag uint16) []uint64 {
	e, ok := f.entries[tag]
	if !ok {
		return nil
	}
	out := make([]uint64, 0, e.count)
	for i := range e.count {
		switch e.kind {
		case 1, 7:
			out = append(out, uint64(e.body[i]))
		case 3:
			out = append(out, uint64(f.order.Uint16(e.body[2*i:])))
		case 4, 13:
			out = append(out, uint64(f.order.Uint32(e.body[4*i:])))
		case 16, 18:
			out = append(out, f.order.Uint64(e.body[8*i:]))
		default:
			return nil
		}
	}
	return out
}

// number returns the first value of a field, or what it means that there is none.
func (f *tiffFile) number(tag uint16, missing int) int {
	v := f.numbers(tag)
	if len(v) == 0 {
		return missing
	}
	return int(min(v[0], 1<<31-1))
}

func tiffSize(data []byte) (width, height int, err error) {
	f, err := openTIFF(data)
	if err != nil {
		return 0, 0, err
	}
	return f.number(tiffWidth, 0), f.number(tiffHeight, 0), nil
}

func tiffOrientation(data []byte) int {
	f, err := openTIFF(data)
	if err != nil {
		return 1
	}
	if o := f.number(tagOrientation, 1); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// tiffLayout says how the samples lie in the file.
type tiffLayout struct {
	width, height int
	bits          int // a sample
	samples       int // a pixel
	planes        int // 1 where the samples of a pixel stand together, else as many as samples
	floats        bool
	compression   int
	photometric   int
	predictor     int
	reversed      bool // the bits of each byte
	tiled         bool
	chunkW        int // of a strip or tile
	chunkH        int
	offsets       []uint64
	sizes         []uint64
	across, down  int // chunks
	subX, subY    int // luma samples a chroma sample, of YCbCr that is not JPEG
}

// The photometric interpretations.
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffMask        = 4
	tiffCMYK        = 5
	tiffYCbCr       = 6
	tiffCIELab      = 8
)

func (f *tiffFile) layout() (l tiffLayout, err error) {
	l = tiffLayout{
		width: f.number(tiffWidth, 0), height: f.number(tiffHeight, 0),
		samples: f.number(tiffSamples, 1), planes: 1, subX: 1, subY: 1,
		compression: f.number(tiffCompression, 1),
		photometric: f.number(tiffPhotometric, -1),
		predictor:   f.number(tiffPredictor, 1),
		reversed:    f.number(tiffFillOrder, 1) == 2,
	}
	if l.samples < 1 || l.samples > 32 {
		return l, errors.Errorf("%d samples a pixel, expected 1 to 32", l.samples)
	}
	bits := f.numbers(tiffBits)
	if len(bits) == 0 {
		bits = []uint64{1}
	}
	l.bits = int(bits[0])
	for _, b := range bits[:min(len(bits), l.samples)] {
		if b != bits[0] {
			return l, errors.Errorf("samples of %v bits, expected the same for all", bits)
		}
	}
	if l.bits < 1 || l.bits > 16 && l.bits != 32 && l.bits != 64 {
		return l, errors.Errorf("samples of %d bits, expected 1 to 16, 32 or 64", l.bits)
	}
	switch k := f.number(tiffSampleFormat, 1); {
	case k == 3 && (l.bits == 32 || l.bits == 64):
		l.floats = true
	case k == 1 || k == 4:
	case k == 2:
		return l, errors.New("samples that are signed numbers are not read")
	default:
		return l, errors.Errorf("samples of format %d with %d bits are not read", k, l.bits)
	}
	if l.bits == 64 && !l.floats {
		return l, errors.New("whole numbers of 64 bits are not read")
	}
	if f.number(tiffPlanar, 1) == 2 {
		l.planes = l.samples
	}
	if s := f.numbers(tiffYCbCrSampling); l.photometric == tiffYCbCr && l.compression != tiffJPEG && l.compression != tiffOldJPEG {
		l.subX, l.subY = 2, 2
		if len(s) >= 2 {
			l.subX, l.subY = int(min(s[0], 16)), int(min(s[1], 16))
		}
		if l.subX < 1 || l.subY < 1 || l.samples != 3 || l.bits != 8 || l.planes > 1 && l.subX*l.subY > 1 {
			return l, errors.Errorf("YCbCr of %d samples of %d bits in %d planes, a colour for %d×%d, is not read", l.samples, l.bits, l.planes, l.subX, l.subY)
		}
	}
	return l, f.chunks(&l)
}

// chunks finds the strips or tiles.
func (f *tiffFile) chunks(l *tiffLayout) error {
	l.chunkW, l.chunkH = l.width, f.number(tiffRowsPerStrip, l.height)
	l.offsets, l.sizes = f.numbers(tiffStripOffsets), f.numbers(tiffStripBytes)
	if _, ok := f.entries[tiffTileWidth]; ok {
		l.tiled = true
		l.chunkW, l.chunkH = f.number(tiffTileWidth, 0), f.number(tiffTileHeight, 0)
		if _, ok := f.entries[tiffTileOffsets]; ok {
			l.offsets, l.sizes = f.numbers(tiffTileOffsets), f.numbers(tiffTileBytes)
		}
	} else {
		l.chunkH = min(l.chunkH, l.height)
	}
	if l.chunkW < 1 || l.chunkH < 1 || l.chunkW > 1<<20 || l.chunkH > 1<<20 {
		return errors.Errorf("strips or tiles of %d×%d", l.chunkW, l.chunkH)
	}
	l.across, l.down = ceil(l.width, l.chunkW), ceil(l.height, l.chunkH)
	n := l.across * l.down * l.planes
	if len(l.offsets) < n {
		return errors.Wrapf(ErrTruncated, "%d strips or tiles, expected %d", len(l.offsets), n)
	}
	if len(l.sizes) == 0 && l.compression == tiffPlain {
		l.sizes = make([]uint64, n)
		for i := range l.sizes {
			l.sizes[i] = uint64(l.rowBytes() * l.chunkH)
		}
	}
	if len(l.sizes) < n {
		return errors.Wrapf(ErrTruncated, "sizes of %d strips or tiles, expected %d", len(l.sizes), n)
	}
	return nil
}

// together is the number of samples that stand together.
func (l *tiffLayout) together() int { return l.samples / l.planes }

// rowBytes is the size of a row of a chunk, unpacked.
func (l *tiffLayout) rowBytes() int {
	if l.subX*l.subY > 1 { // a row of units, for subY rows
		return ceil(l.chunkW, l.subX) * (l.subX*l.subY + 2)
	}
	return (l.chunkW*l.together()*l.bits + 7) / 8
}
