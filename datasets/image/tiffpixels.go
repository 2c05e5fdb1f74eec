package image

import (
	"math"

	"github.com/pkg/errors"
)

// decodeTIFF decodes the first picture of a file.
//
// Source: TIFF 6.0.
func decodeTIFF(data []byte, o Options) (*Picture, error) {
	f, err := openTIFF(data)
	if err != nil {
		return nil, err
	}
	if f.number(tiffCompression, 1) == tiffOldJPEG {
		return f.oldJPEG(o)
	}
	l, err := f.layout()
	if err != nil {
		return nil, err
	}
	kind, err := f.colours(&l)
	if err != nil {
		return nil, err
	}
	if limit := max(16*o.MaxPixels, 1<<24); l.rowBytes() > limit/l.chunkH {
		return nil, errors.Wrapf(ErrTooLarge, "strips or tiles of %d×%d pixels, limit %d bytes", l.chunkW, l.chunkH, limit)
	}
	pix, err := f.samples(&l, kind)
	if err != nil {
		return nil, err
	}
	return f.join(&l, kind, pix, o)
}

// tiffColours says which samples make the colours of a pixel.
type tiffColours struct {
	count   int  // of colours: 1, 3, or 4 of ink
	alpha   int  // the sample of opacity, −1 for none
	painted bool // the colours are multiplied by it already
}

func (f *tiffFile) colours(l *tiffLayout) (k tiffColours, err error) {
	k.alpha = -1
	switch l.photometric {
	case -1:
		if l.samples < 3 {
			return k, errors.New("found no photometric interpretation: is black or white 0?")
		}
		l.photometric, k.count = tiffRGB, 3
	case tiffWhiteIsZero, tiffBlackIsZero, tiffPalette:
		k.count = 1
	case tiffRGB, tiffYCbCr:
		k.count = 3
	case tiffCMYK:
		k.count = 4
		if f.number(332, 1) != 1 {
			return k, errors.New("inks other than cyan, magenta, yellow, black are not read")
		}
	case tiffMask:
		return k, errors.New("a mask is no picture")
	case tiffCIELab, 9, 10:
		return k, errors.New("colours by CIE L*a*b* are not read")
	case 32803, 34892:
		return k, errors.New("raw data of a camera's sensor are not read")
	case 32844, 32845:
		return k, errors.New("colours by LogLuv are not read")
	default:
		return k, errors.Errorf("photometric interpretation %d is not known", l.photometric)
	}
	if l.samples < k.count {
		return k, errors.Errorf("%d samples a pixel, expected %d", l.samples, k.count)
	}
	extra := f.numbers(tiffExtraSamples)
	switch {
	case l.samples == k.count || l.photometric == tiffPalette:
	case len(extra) == 0 && l.samples == k.count+1 && k.count < 4: // as most writers mean it
		k.alpha = k.count
	default:
		for i, e := range extra {
			if (e == 1 || e == 2) && k.alpha < 0 && k.count+i < l.samples {
				k.alpha, k.painted = k.count+i, e == 1
			}
		}
	}
	return k, nil
}

// samples unpacks the colours and the opacity, each as a plane of raw numbers [C, H, W].
func (f *tiffFile) samples(l *tiffLayout, k tiffColours) ([]float32, error) {
	n := l.width * l.height
	if l.compression == tiffPlain { // before memory is taken
		if need := ceil(l.width*l.bits, 8) * l.height / (l.subX * l.subY); len(f.data) < need && !f.shared(l) {
			return nil, errors.Wrapf(ErrTruncated, "%d bytes for %d", len(f.data), need)
		}
	}
	wanted := k.count
	if k.alpha >= 0 {
		wanted++
	}
	pix := make([]float32, wanted*n)
	place := make([]int, l.samples) // the plane of each sample, −1 for none
	for s := range place {
		switch {
		case s < k.count:
			place[s] = s
		case s == k.alpha:
			place[s] = k.count
		default:
			place[s] = -1
		}
	}
	row := make([]float32, l.chunkW*l.together())
	for i := range l.across * l.down * l.planes {
		first := 0 // of the samples of this chunk
		at := i
		if l.planes > 1 {
			first, at = i/(l.across*l.down), i%(l.across*l.down)
			if place[first] < 0 {
				continue
			}
		}
		x0, y0 := at%l.across*l.chunkW, at/l.across*l.chunkH
		rows := min(l.chunkH, l.height-y0)
		data, err := f.unpack(l, i, rows)
		if err != nil {
			return nil, errors.Wrapf(err, "strip or tile %d of %d", i, l.across*l.down*l.planes)
		}
		width := min(l.chunkW, l.width-x0)
		for y := range rows {
			f.row(l, data, y, row)
			for s := range l.together() {
				p := place[first+s]
				if p < 0 {
					continue
				}
				out := pix[p*n+(y0+y)*l.width+x0:][:width]
				for x := range out {
					out[x] = row[x*l.together()+s]
				}
			}
		}
	}
	return pix, nil
}

// shared tells whether strips lie over each other, as some files of one colour have it.
func (f *tiffFile) shared(l *tiffLayout) bool {
	return len(l.offsets) > 1 && l.offsets[0] == l.offsets[1]
}

// row gives out the raw numbers of row y of a chunk.
func (f *tiffFile) row(l *tiffLayout, data []byte, y int, out []float32) {
	if l.subX*l.subY > 1 {
		l.subsampled(data, y, out)
		return
	}
	in := data[y*l.rowBytes():]
	switch {
	case l.bits == 8:
		for i := range out {
			out[i] = float32(in[i])
		}
	case l.bits == 16:
		for i := range out {
			out[i] = float32(f.order.Uint16(in[2*i:]))
		}
	case l.bits == 32 && l.floats:
		for i := range out {
			out[i] = math.Float32frombits(f.order.Uint32(in[4*i:]))
		}
	case l.bits == 64:
		for i := range out {
			out[i] = float32(math.Float64frombits(f.order.Uint64(in[8*i:])))
		}
	case l.bits == 32:
		for i := range out {
			out[i] = float32(f.order.Uint32(in[4*i:]))
		}
	default: // packed, the highest bit first
		bit := 0
		for i := range out {
			v := 0
			for range l.bits {
				v = v<<1 | int(in[bit/8]>>(7-bit%8)&1)
				bit++
			}
			out[i] = float32(v)
		}
	}
}

// subsampled reads units of subX×subY luma samples, a Cb, a Cr.
//
// Source: TIFF 6.0 §21.
func (l *tiffLayout) subsampled(data []byte, y int, out []float32) {
	size := l.subX*l.subY + 2
	units := data[y/l.subY*l.rowBytes():]
	for x := range l.chunkW {
		u := units[x/l.subX*size:][:size]
		out[3*x] = float32(u[y%l.subY*l.subX+x%l.subX])
		out[3*x+1], out[3*x+2] = float32(u[size-2]), float32(u[size-1])
	}
}

// join makes a picture of the planes, in their place.
func (f *tiffFile) join(l *tiffLayout, k tiffColours, pix []float32, o Options) (*Picture, error) {
	n := l.width * l.height
	colours, alpha := pix[:k.count*n], pix[k.count*n:]
	if l.photometric == tiffPalette {
		return f.fromPalette(l, colours)
	}
	if l.floats {
		if err := unitFloats(colours); err != nil {
			return nil, err
		}
		if err := unitFloats(alpha); err != nil {
			return nil, errors.Wrap(err, "opacity")
		}
	} else {
		most := float32(uint64(1)<<l.bits - 1)
		for i := range pix {
			pix[i] /= most
		}
	}
	switch {
	case l.photometric == tiffWhiteIsZero:
		for i, v := range colours {
			colours[i] = 1 - v
		}
	case l.photometric == tiffYCbCr && l.compression != tiffJPEG:
		fromYCbCrUnits(colours[:n], colours[n:2*n], colours[2*n:])
	case k.count == 4:
		black := colours[3*n:]
		colours = colours[:3*n]
		for i, v := range colours {
			colours[i] = (1 - v) * (1 - black[i%n])
		}
	}
	p := &Picture{Pix: colours, Channels: len(colours) / n, Height: l.height, Width: l.width}
	if k.alpha >= 0 {
		p = p.RGB() // the background may have a colour
		p.blendPlane(alpha, k.painted, o)
	}
	return p, nil
}

// blendPlane paints p over the background with the opacity of each pixel, from 0
// to 1; painted colours are multiplied by it already.
func (p *Picture) blendPlane(alpha []float32, painted bool, o Options) {
	r, g, b, _ := o.Background.RGBA()
	back := [3]float32{float32(r) / 0xffff, float32(g) / 0xffff, float32(b) / 0xffff}
	n := p.Height * p.Width
	for i, a := range alpha {
		if a >= 1 {
			continue
		}
		a = max(a, 0)
		for c := range p.Channels {
			v := &p.Pix[c*n+i]
			if !painted {
				*v *= a
			}
			*v = min(*v+(1-a)*back[c], 1)
		}
	}
}

// fromYCbCrUnits converts planes of Y, Cb, Cr from 0 to 1 to red, green, blue.
func fromYCbCrUnits(luma, cb, cr []float32) {
	const middle = 128. / 255
	for i := range luma {
		l, b, r := luma[i], cb[i]-middle, cr[i]-middle
		luma[i] = min(max(l+1.402*r, 0), 1)
		cb[i] = min(max(l-0.344136*b-0.714136*r, 0), 1)
		cr[i] = min(max(l+1.772*b, 0), 1)
	}
}

// fromPalette looks colours up. A table whose numbers are all below 256 is one of bytes.
func (f *tiffFile) fromPalette(l *tiffLayout, indices []float32) (*Picture, error) {
	table := f.numbers(tiffColorMap)
	size := len(table) / 3
	if l.bits > 16 || size == 0 {
		return nil, errors.Errorf("palette of %d colours for %d bits", size, l.bits)
	}
	most := float32(255)
	for _, v := range table {
		if v > 255 {
			most = 65535
		}
	}
	n := l.width * l.height
	p := &Picture{Pix: make([]float32, 3*n), Channels: 3, Height: l.height, Width: l.width}
	for i, v := range indices {
		at := int(v)
		if at >= size {
			return nil, errors.Errorf("pixel %d has colour %d of %d", i, at, size)
		}
		for c := range 3 {
			p.Pix[c*n+i] = float32(min(table[c*size+at], 65535)) / most
		}
	}
	return p, nil
}

// oldJPEG decodes the whole JPEG file that TIFF 6.0 §22 puts into a TIFF.
func (f *tiffFile) oldJPEG(o Options) (*Picture, error) {
	from, n := uint64(f.number(tiffJPEGOffset, 0)), uint64(f.number(tiffJPEGBytes, len(f.data)))
	size := uint64(len(f.data))
	if from == 0 || from >= size {
		return nil, errors.New("compression by JPEG of TIFF 6.0 (6) without a whole JPEG is not read")
	}
	in := f.data[from:min(size, from+n)]
	w, h, err := jpegSize(in)
	if err != nil {
		return nil, errors.Wrap(err, "JPEG")
	}
	if w != f.number(tiffWidth, 0) || h != f.number(tiffHeight, 0) {
		return nil, errors.Errorf("JPEG of %d×%d in a file of %d×%d", w, h, f.number(tiffWidth, 0), f.number(tiffHeight, 0))
	}
	p, err := decodeJPEG(in, o)
	return p, errors.Wrap(err, "JPEG")
}
