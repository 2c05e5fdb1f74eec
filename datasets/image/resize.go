package image

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// Resize returns p as height×width, smoothed where it shrinks: bilinear, the
// triangle as wide as the step. It does what Pillow does with bytes, so that
// networks see the pictures that they were trained on: first the columns, then
// the rows, each result a byte again.
func (p *Picture) Resize(height, width int, fit Fit) (*Picture, error) {
	if p.Height == height && p.Width == width {
		return p, nil
	}
	l, err := p.levels().fitted(height, width, fit)
	if err != nil {
		return nil, err
	}
	return l.picture(), nil
}

// fitted returns l as height×width.
func (l *levels) fitted(height, width int, fit Fit) (*levels, error) {
	if l.height == height && l.width == width {
		return l, nil
	}
	if height < 1 || width < 1 || height > maxSide || width > maxSide {
		return nil, errors.Errorf("resize to %d×%d, expected 1 to %d", height, width, maxSide)
	}
	if fit == CenterCrop {
		l = l.centerCrop(height, width)
	}
	return l.resize(height, width), nil
}

// centerCrop takes from the middle of l the largest part with the proportions height:width.
func (l *levels) centerCrop(height, width int) *levels {
	left, top, w, h := CropArea(l.width, l.height, width, height)
	return l.crop(top, left, h, w)
}

// maxSide is more than any network takes.
const maxSide = 1 << 15

// resizeBits are the binary places of a weight.
const resizeBits = 22

func (l *levels) resize(height, width int) *levels {
	if l.width != width {
		out := newLevels(l.channels, l.height, width)
		resizeColumns(out.pix, l.pix, l.channels*l.height, newTriangles(l.width, width))
		l = out
	}
	if l.height != height {
		out := newLevels(l.channels, height, width)
		t := newTriangles(l.height, height)
		for c := range l.channels {
			resizeRows(out.pix[c*height*width:][:height*width], l.pix[c*l.height*width:][:l.height*width], width, t)
		}
		l = out
	}
	return l
}

// triangles are the weights of all outputs along an axis, with 22 binary places.
type triangles struct {
	n, m    int      // inputs, outputs
	first   []int    // the first input of each output
	end     []int    // the end of its weights
	weights []uint64 // of all outputs
}

// newTriangles weighs the inputs of each of m outputs, of n: a triangle of half
// width max(1, n/m) about (i + ½)·n/m.
func newTriangles(n, m int) *triangles {
	t := &triangles{n: n, m: m, first: make([]int, m), end: make([]int, m)}
	step := float64(n) / float64(m)
	reach := max(step, 1)
	var shares []float64
	for i := range m {
		centre := (float64(i) + 0.5) * step
		first, last := max(0, int(centre-reach+0.5)), min(n, int(centre+reach+0.5))
		shares = shares[:0]
		total := 0.0
		for k := first; k < last; k++ {
			s := max(0, 1-math.Abs((float64(k)-centre+0.5)/reach))
			shares = append(shares, s)
			total += s
		}
		for _, s := range shares {
			t.weights = append(t.weights, uint64(0.5+s/total*(1<<resizeBits)))
		}
		t.first[i], t.end[i] = first, len(t.weights)
	}
	return t
}

// weightsOf returns the first input of output i and its weights.
func (t *triangles) weightsOf(i int) (first int, weights []uint64) {
	from := 0
	if i > 0 {
		from = t.end[i-1]
	}
	return t.first[i], t.weights[from:t.end[i]]
}

// Eight bytes in a word are summed two by two: a word with every fourth byte, times
// a weight of 22 places, has two products in it that do not touch, and neither do
// their sums, for the weights of an output add up to 2²² but for rounding.
const (
	lanes     = 0x000000ff000000ff
	laneHalfs = 1<<(resizeBits-1) | 1<<(resizeBits+31)
)

// laneSums rounds four sums of two lanes to eight bytes.
func laneSums(s0, s1, s2, s3 uint64) uint64 {
	return s0>>resizeBits&lanes | s1>>resizeBits&lanes<<8 | s2>>resizeBits&lanes<<16 | s3>>resizeBits&lanes<<24
}

// mostWeights is how many weights an output may have so that rounding them does
// not carry a sum over: 255·mostWeights/2 < 2²¹.
const mostWeights = 1 << 14

// resizeRows resizes the first axis of in [n, width] to out [m, width].
func resizeRows(out, in []byte, width int, t *triangles) {
	for i := range t.m {
		first, weights := t.weightsOf(i)
		to := out[i*width:][:width]
		x := 0
		for ; x+8 <= width && len(weights) < mostWeights; x += 8 {
			s0, s1, s2, s3 := uint64(laneHalfs), uint64(laneHalfs), uint64(laneHalfs), uint64(laneHalfs)
			at := first*width + x
			for _, w := range weights {
				v := binary.LittleEndian.Uint64(in[at : at+8])
				s0 += v & lanes * w
				s1 += v >> 8 & lanes * w
				s2 += v >> 16 & lanes * w
				s3 += v >> 24 & lanes * w
				at += width
			}
			binary.LittleEndian.PutUint64(to[x:], laneSums(s0, s1, s2, s3))
		}
		for ; x < width; x++ {
			to[x] = weigh(in[first*width+x:], width, weights)
		}
	}
}

// weigh sums inputs that are so far apart.
func weigh(in []byte, apart int, weights []uint64) byte {
	s := uint64(1) << (resizeBits - 1)
	for j, w := range weights {
		s += w * uint64(in[j*apart])
	}
	return byte(min(s>>resizeBits, 255))
}

// resizeColumns resizes the last axis of in [rows, n] to out [rows, m], eight rows at once.
func resizeColumns(out, in []byte, rows int, t *triangles) {
	turned, sums := make([]uint64, (t.n+7)&^7), make([]uint64, (t.m+7)&^7)
	for y := 0; y < rows; y += 8 {
		count := min(8, rows-y)
		pack(turned, in[y*t.n:], t.n, count)
		from := 0
		for i, first := range t.first {
			weights := t.weights[from:t.end[i]]
			from = t.end[i]
			if len(weights) >= mostWeights {
				var v uint64
				for k := range count {
					v |= uint64(weigh(in[(y+k)*t.n+first:], 1, weights)) << (8 * k)
				}
				sums[i] = v
				continue
			}
			s0, s1, s2, s3 := uint64(laneHalfs), uint64(laneHalfs), uint64(laneHalfs), uint64(laneHalfs)
			values := turned[first:][:len(weights)]
			for j, w := range weights {
				v := values[j]
				s0 += v & lanes * w
				s1 += v >> 8 & lanes * w
				s2 += v >> 16 & lanes * w
				s3 += v >> 24 & lanes * w
			}
			sums[i] = laneSums(s0, s1, s2, s3)
		}
		unpack(out[y*t.m:], sums, t.m, count)
	}
}

// pack turns count rows of in into words of a column each.
func pack(out []uint64, in []byte, width, count int) {
	var rows [8][]byte
	for k := range rows {
		rows[k] = in[min(k, count-1)*width:][:width] // rows beyond the last are not used
	}
	x := 0
	for ; x+8 <= width; x += 8 {
		var m [8]uint64
		for k := range m {
			m[k] = binary.LittleEndian.Uint64(rows[k][x : x+8])
		}
		transpose(&m)
		copy(out[x:x+8], m[:])
	}
	for ; x < width; x++ {
		var v uint64
		for k := range rows {
			v |= uint64(rows[k][x]) << (8 * k)
		}
		out[x] = v
	}
}

// unpack is the inverse of pack.
func unpack(out []byte, in []uint64, width, count int) {
	x := 0
	for ; x+8 <= width; x += 8 {
		m := [8]uint64(in[x : x+8])
		transpose(&m)
		for k := range count {
			binary.LittleEndian.PutUint64(out[k*width+x:], m[k])
		}
	}
	for ; x < width; x++ {
		for k := range count {
			out[k*width+x] = byte(in[x] >> (8 * k))
		}
	}
}

// transpose exchanges rows and columns of 8×8 bytes: halves, then quarters, then eighths.
func transpose(m *[8]uint64) {
	for i := range 4 {
		d := (m[i]>>32 ^ m[i+4]) & 0x00000000ffffffff
		m[i] ^= d << 32
		m[i+4] ^= d
	}
	for _, i := range [4]int{0, 1, 4, 5} {
		d := (m[i]>>16 ^ m[i+2]) & 0x0000ffff0000ffff
		m[i] ^= d << 16
		m[i+2] ^= d
	}
	for i := 0; i < 8; i += 2 {
		d := (m[i]>>8 ^ m[i+1]) & 0x00ff00ff00ff00ff
		m[i] ^= d << 8
		m[i+1] ^= d
	}
}
