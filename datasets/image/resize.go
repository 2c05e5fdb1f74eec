package image

import (
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
)

// Resize returns p as height×width, smoothed where it shrinks: bilinear, the
// triangle as wide as the step. It does what Pillow does with bytes, so that
// networks see the pictures that they were trained on: first the columns, then
// the rows, each result a byte again.
func (p *Picture) Resize(height, width int, fit Fit) (*Picture, error) {
	if p.Height == height && p.Width == width {
		return p, nil
	}
	if height < 1 || width < 1 || height > maxSide || width > maxSide {
		return nil, errors.Errorf("resize to %d×%d, expected 1 to %d", height, width, maxSide)
	}
	if fit == CenterCrop {
		m, err := centerCrop(augment.Image[float32]{Pix: p.Pix, C: p.Channels, H: p.Height, W: p.Width}, height, width)
		if err != nil {
			return nil, err
		}
		p = &Picture{Pix: m.Pix, Channels: m.C, Height: m.H, Width: m.W}
	}
	in := make([]int32, len(p.Pix))
	for i, v := range p.Pix {
		in[i] = int32(math.Floor(255*float64(v) + 0.5))
	}
	columns := resizeRows(in, p.Channels*p.Height, p.Width, 1, width)
	rows := resizeRows(columns, p.Channels, p.Height, width, height)
	out := &Picture{Pix: make([]float32, len(rows)), Channels: p.Channels, Height: height, Width: width}
	for i, v := range rows {
		out.Pix[i] = float32(v) / 255
	}
	return out, nil
}

// maxSide is more than any network takes.
const maxSide = 1 << 15

// resizeBits are the binary places of a weight.
const resizeBits = 22

// resizeRows resizes the middle axis of in [outer, n, inner] to m. Weights have 22
// binary places; sums are rounded.
func resizeRows(in []int32, outer, n, inner, m int) []int32 {
	if n == m {
		return in
	}
	out := make([]int32, outer*m*inner)
	sums := make([]int64, inner)
	for i := range m {
		first, weights := triangle(i, n, m)
		for o := range outer {
			for k := range sums {
				sums[k] = 1 << (resizeBits - 1)
			}
			for j, w := range weights {
				for k, v := range in[(o*n+first+j)*inner:][:inner] {
					sums[k] += w * int64(v)
				}
			}
			for k, s := range sums {
				out[(o*m+i)*inner+k] = int32(min(max(s>>resizeBits, 0), 255))
			}
		}
	}
	return out
}

// triangle returns the first input that output i of m reads, of n, and the weights
// from there on: a triangle of half width max(1, n/m) about (i + ½)·n/m.
func triangle(i, n, m int) (first int, weights []int64) {
	step := float64(n) / float64(m)
	reach := max(step, 1)
	centre := (float64(i) + 0.5) * step
	first = max(0, int(centre-reach+0.5))
	last := min(n, int(centre+reach+0.5))
	shares, total := make([]float64, last-first), 0.0
	for k := range shares {
		shares[k] = max(0, 1-math.Abs((float64(first+k)-centre+0.5)/reach))
		total += shares[k]
	}
	weights = make([]int64, len(shares))
	for k, s := range shares {
		weights[k] = int64(0.5 + s/total*(1<<resizeBits))
	}
	return first, weights
}
