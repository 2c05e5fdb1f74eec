package image

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// The compressions of TIFF.
const (
	tiffPlain      = 1
	tiffHuffman    = 2
	tiffGroup3     = 3
	tiffGroup4     = 4
	tiffLZW        = 5
	tiffOldJPEG    = 6
	tiffJPEG       = 7
	tiffDeflate    = 8
	tiffPackBits   = 32773
	tiffOldDeflate = 32946
	tiffZstd       = 50000
)

// tiffRefusals names the compressions that are not read.
func tiffRefusals(compression int) string {
	switch compression {
	case tiffHuffman:
		return "CCITT modified Huffman"
	case 9, 10:
		return "JBIG"
	case 32766:
		return "NeXT's run lengths"
	case 32809:
		return "ThunderScan"
	case 32908, 32909:
		return "Pixar's"
	case 33003, 33005, 34712:
		return "JPEG 2000"
	case 34676, 34677:
		return "SGI's LogLuv"
	case 34925:
		return "LZMA"
	case 34887:
		return "LERC"
	case 34892:
		return "lossy JPEG of DNG"
	case 50001:
		return "WebP"
	case 50002, 52546:
		return "JPEG XL"
	}
	return ""
}

// unpack returns the bytes of chunk i, whole rows of them; rows are those that lie in the picture.
func (f *tiffFile) unpack(l *tiffLayout, i, rows int) ([]byte, error) {
	from, n, size := l.offsets[i], l.sizes[i], uint64(len(f.data))
	if from > size {
		return nil, errors.Wrapf(ErrTruncated, "begins at byte %d of %d", from, size)
	}
	in := f.data[from:min(size, from+min(n, size))]
	if l.tiled {
		rows = l.chunkH
	}
	if l.compression == tiffJPEG {
		return f.unpackJPEG(l, in, rows)
	}
	if l.reversed {
		in = reverseBits(in)
	}
	want := l.rowBytes() * ceil(rows, l.subY)
	if l.compression == tiffPlain {
		if len(in) < want {
			return nil, errors.Wrapf(ErrTruncated, "%d bytes, expected %d", len(in), want)
		}
		return bytes.Clone(in[:want]), nil
	}
	var r io.Reader
	switch l.compression {
	case tiffLZW:
		z := lzw.NewReader(bytes.NewReader(in), lzw.MSB, 8)
		defer z.Close() // of memory
		r = z
	case tiffDeflate, tiffOldDeflate:
		z, err := zlib.NewReader(bytes.NewReader(in))
		if err != nil {
			return nil, endOf(err)
		}
		defer z.Close()
		r = z
	case tiffZstd:
		z, err := zstd.NewReader(bytes.NewReader(in), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			return nil, endOf(err)
		}
		defer z.Close()
		r = z
	case tiffPackBits:
		out, err := unpackBits(in, want)
		return out, err
	case tiffGroup3, tiffGroup4:
		return f.unpackFax(l, in, rows)
	default:
		if name := tiffRefusals(l.compression); name != "" {
			return nil, errors.Errorf("compression by %s (%d) is not read", name, l.compression)
		}
		return nil, errors.Errorf("compression %d is not known", l.compression)
	}
	out := make([]byte, want)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, endOf(err)
	}
	return out, f.undoPredictor(l, out)
}

func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Wrapf(ErrTruncated, "%v", err)
	}
	return err
}

func reverseBits(in []byte) []byte {
	out := make([]byte, len(in))
	for i, b := range in {
		out[i] = bits.Reverse8(b)
	}
	return out
}

// unpackBits unpacks Apple's run lengths.
//
// Source: TIFF 6.0 §9.
func unpackBits(in []byte, want int) ([]byte, error) {
	out := make([]byte, 0, min(want, 128*len(in)))
	for len(out) < want {
		if len(in) < 2 {
			return nil, errors.Wrapf(ErrTruncated, "%d bytes, expected %d", len(out), want)
		}
		switch n := int(int8(in[0])); {
		case n >= 0:
			if len(in) < 2+n {
				return nil, errors.Wrapf(ErrTruncated, "%d bytes, expected %d", len(out), want)
			}
			out = append(out, in[1:2+n]...)
			in = in[2+n:]
		case n == -128:
			in = in[1:]
		default:
			for range 1 - n {
				out = append(out, in[1])
			}
			in = in[2:]
		}
	}
	return out[:want], nil
}

// unpackFax unpacks the codes of fax machines, in which 0 is white.
//
// Source: ITU-T T.4, T.6.
func (f *tiffFile) unpackFax(l *tiffLayout, in []byte, rows int) ([]byte, error) {
	kind := ccitt.Group4
	if l.compression == tiffGroup3 {
		if kind = ccitt.Group3; f.number(tiffT4Options, 0)&1 != 0 {
			return nil, errors.New("compression by CCITT group 3 in two dimensions is not read")
		}
	}
	if l.bits != 1 || l.samples != 1 {
		return nil, errors.Errorf("CCITT codes of %d samples of %d bits", l.samples, l.bits)
	}
	r := ccitt.NewReader(bytes.NewReader(in), ccitt.MSB, kind, l.chunkW, rows, &ccitt.Options{Invert: true})
	out := make([]byte, l.rowBytes()*rows)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, endOf(err)
	}
	return out, nil
}

// unpackJPEG decodes a chunk, whose tables may stand in the directory, to samples
// that stand together. Y, Cb, Cr come as red, green, blue.
//
// Source: TIFF Technical Note 2.
func (f *tiffFile) unpackJPEG(l *tiffLayout, in []byte, rows int) ([]byte, error) {
	if l.bits != 8 {
		return nil, errors.Errorf("JPEG of %d bits a sample is not read, only of 8", l.bits)
	}
	d := &jpegDecoder{}
	if t := f.entries[tiffJPEGTables].body; len(t) > 4 {
		if err := d.readTables(t); err != nil {
			return nil, errors.Wrap(err, "JPEG tables")
		}
	}
	d.bitReader = bitReader{data: in}
	if err := d.readFrame(); err != nil {
		return nil, errors.Wrap(err, "JPEG")
	}
	if n := l.together(); d.width != l.chunkW || d.height < rows || d.height > l.chunkH+64 || len(d.components) != n {
		return nil, errors.Errorf("JPEG of %d×%d with %d components, expected %d×%d with %d", d.width, d.height, len(d.components), l.chunkW, rows, n)
	}
	d.part = image.Rect(0, 0, d.width, d.height)
	if err := d.readScans(); err != nil {
		return nil, errors.Wrap(err, "JPEG")
	}
	d.transformAll()
	return d.samples(l.photometric == tiffYCbCr && l.planes == 1, rows), nil
}

// undoPredictor adds up differences.
//
// Source: TIFF 6.0 §14; TIFF Technical Note 3.
func (f *tiffFile) undoPredictor(l *tiffLayout, data []byte) error {
	n, width := l.together(), l.rowBytes()
	switch {
	case l.predictor == 1:
		return nil
	case l.predictor == 2 && l.bits == 8:
		for row := range rowsOf(data, width) {
			for i := n; i < len(row); i++ {
				row[i] += row[i-n]
			}
		}
	case l.predictor == 2 && l.bits == 16:
		for row := range rowsOf(data, width) {
			for i := 2 * n; i+2 <= len(row); i += 2 {
				f.order.PutUint16(row[i:], f.order.Uint16(row[i:])+f.order.Uint16(row[i-2*n:]))
			}
		}
	case l.predictor == 2 && l.bits == 32:
		for row := range rowsOf(data, width) {
			for i := 4 * n; i+4 <= len(row); i += 4 {
				f.order.PutUint32(row[i:], f.order.Uint32(row[i:])+f.order.Uint32(row[i-4*n:]))
			}
		}
	case l.predictor == 3 && l.floats:
		bytes := l.bits / 8
		for row := range rowsOf(data, width) {
			for i := n; i < len(row); i++ {
				row[i] += row[i-n]
			}
			f.joinFloats(row, bytes)
		}
	default:
		return errors.Errorf("predictor %d of samples of %d bits is not read", l.predictor, l.bits)
	}
	return nil
}

// joinFloats puts the bytes of floats together, which stand highest ones first.
func (f *tiffFile) joinFloats(row []byte, bytes int) {
	n := len(row) / bytes
	apart := append([]byte{}, row...)
	for i := range n {
		for k := range bytes {
			to := bytes - 1 - k // little-endian
			if f.order == binary.BigEndian {
				to = k
			}
			row[i*bytes+to] = apart[k*n+i]
		}
	}
}

// rowsOf goes over the rows of data.
func rowsOf(data []byte, width int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(data) >= width; data = data[width:] {
			if !yield(data[:width]) {
				return
			}
		}
	}
}
