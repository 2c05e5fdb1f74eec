package graph

import "github.com/pkg/errors"

// space is the geometry of a sliding window over one to three axes, in the
// kernels' form of three of which the first may be of size 1.
type space struct {
	in, kernel, stride, dilation, padStart, padEnd [3]int
	rank                                           int
}

func newSpace(rank int, in, kernel, stride, dilation []int, pad [][2]int) (space, error) {
	p := space{rank: rank}
	for i := range 3 {
		p.in[i], p.kernel[i], p.stride[i], p.dilation[i] = 1, 1, 1, 1
	}
	for _, l := range []struct {
		name string
		n    int
	}{{"stride", len(stride)}, {"dilation", len(dilation)}, {"pad", len(pad)}} {
		if l.n > 1 && l.n != rank {
			return p, errors.Errorf("%s for %d axes, expected one value, or %d", l.name, l.n, rank)
		}
	}
	for i := range rank {
		a := 3 - rank + i
		p.in[a], p.kernel[a] = in[i], kernel[i]
		p.stride[a] = each(stride, i, 1)
		p.dilation[a] = each(dilation, i, 1)
		pads := each(pad, i, [2]int{})
		p.padStart[a], p.padEnd[a] = pads[0], pads[1]
		switch {
		case p.stride[a] < 1:
			return p, errors.Errorf("stride %d, expected at least 1", p.stride[a])
		case p.dilation[a] < 1:
			return p, errors.Errorf("dilation %d, expected at least 1", p.dilation[a])
		case pads[0] < 0 || pads[1] < 0:
			return p, errors.Errorf("padding %v, expected none negative", pads)
		}
	}
	return p, nil
}

// each returns element i of a list that has one value for all or one for each.
func each[T any](list []T, i int, none T) T {
	switch len(list) {
	case 0:
		return none
	case 1:
		return list[0]
	}
	return list[i]
}

// out returns the sizes of a convolution's output.
func (p space) out() ([3]int, error) {
	var o [3]int
	for i := range 3 {
		reach := p.dilation[i]*(p.kernel[i]-1) + 1
		padded := p.in[i] + p.padStart[i] + p.padEnd[i]
		if reach > padded {
			return o, errors.Errorf("a kernel of size %d reaches over %d, the padded input has %d", p.kernel[i], reach, padded)
		}
		o[i] = (padded-reach)/p.stride[i] + 1
	}
	return o, nil
}

// transposed returns the sizes of a transposed convolution's output.
func (p space) transposed(outputPad []int) ([3]int, error) {
	var o [3]int
	if len(outputPad) > 1 && len(outputPad) != p.rank {
		return o, errors.Errorf("output pad for %d axes, expected one value, or %d", len(outputPad), p.rank)
	}
	for i := range 3 {
		extra := 0
		if i >= 3-p.rank {
			extra = each(outputPad, i-(3-p.rank), 0)
		}
		if extra < 0 || extra > 0 && extra >= max(p.stride[i], p.dilation[i]) {
			return o, errors.Errorf("output pad %d, expected less than stride %d or dilation %d", extra, p.stride[i], p.dilation[i])
		}
		o[i] = (p.in[i]-1)*p.stride[i] - p.padStart[i] - p.padEnd[i] + p.dilation[i]*(p.kernel[i]-1) + extra + 1
		if o[i] < 1 {
			return o, errors.Errorf("output size %d, expected at least 1", o[i])
		}
	}
	return o, nil
}
