package nn

import "github.com/pkg/errors"

// Padding is a rule for the zeros around an input.
type Padding int

const (
	// Explicit is as the layer's Pad says.
	Explicit Padding = iota
	// Valid is no padding.
	Valid
	// Same gives an output of size ⌈I/S⌉.
	Same
	// Full lets each filter position touch the input: P_end = F − 1.
	Full
)

func (p Padding) String() string {
	return [...]string{"explicit", "valid", "same", "full"}[p]
}

// OutputSize returns O = ⌊(I − F + P_start + P_end)/S⌋ + 1: the size of a
// feature map along an axis. A last incomplete window is dropped.
//
// Source: cheatsheet §1.4.
func OutputSize(input, filter, stride, padStart, padEnd int) (int, error) {
	switch {
	case input < 1 || filter < 1 || stride < 1 || padStart < 0 || padEnd < 0:
		return 0, errors.Errorf("output size of input %d, filter %d, stride %d, padding %d and %d: expected positive sizes", input, filter, stride, padStart, padEnd)
	case filter > input+padStart+padEnd:
		return 0, errors.Errorf("a filter of size %d on an input of %d padded by %d and %d: expected at most %d", filter, input, padStart, padEnd, input+padStart+padEnd)
	}
	return (input-filter+padStart+padEnd)/stride + 1, nil
}

// SamePad returns the padding of mode Same for dilation D:
//
//	P_start = ⌊(S⌈I/S⌉ − I + F − S)/2⌋, P_end = ⌈(S⌈I/S⌉ − I + F − S)/2⌉
//
// with D·(F − 1) + 1 for F, and 0 where that is negative.
//
// Source: cheatsheet §1.3.
func SamePad(input, filter, stride, dilation int) (start, end int) {
	reach := dilation*(filter-1) + 1
	t := max(0, stride*((input+stride-1)/stride)-input+reach-stride)
	return t / 2, (t + 1) / 2
}

// FullPad returns the padding of mode Full that begins with start zeros, from
// 0 to F − 1.
//
// Source: cheatsheet §1.3.
func FullPad(filter, start int) (padStart, padEnd int, err error) {
	if start < 0 || start > filter-1 {
		return 0, 0, errors.Errorf("full padding that begins with %d zeros, expected 0 to %d for filter %d", start, filter-1, filter)
	}
	return start, filter - 1, nil
}

// ReceptiveField returns R_k, the number of input elements along an axis that
// an element of layer k depends on, for layers of the given filter sizes and
// strides:
//
//	R_k = 1 + Σ_{j=1..k} (F_j − 1) Π_{i=0..j−1} S_i, S_0 = 1.
//
// Element k−1 of the result is R_k.
//
// Source: cheatsheet §1.4.
func ReceptiveField(filters, strides []int) ([]int, error) {
	if len(filters) != len(strides) {
		return nil, errors.Errorf("receptive field of %d filters and %d strides, expected as many", len(filters), len(strides))
	}
	fields := make([]int, len(filters))
	r, jump := 1, 1
	for k := range filters {
		if filters[k] < 1 || strides[k] < 1 {
			return nil, errors.Errorf("receptive field: layer %d has filter %d and stride %d, expected positive ones", k+1, filters[k], strides[k])
		}
		r += (filters[k] - 1) * jump
		jump *= strides[k]
		fields[k] = r
	}
	return fields, nil
}

// ConvParameters returns (F·F·C + 1)·K: the number of weights and biases of K
// filters of size F × F over C channels. A pooling layer has none.
//
// Source: cheatsheet §1.4.
func ConvParameters(filter, channels, filters int) int { return (filter*filter*channels + 1) * filters }

// LinearParameters returns (N_in + 1)·N_out: the number of weights and biases
// of a fully connected layer.
//
// Source: cheatsheet §1.4.
func LinearParameters(in, out int) int { return (in + 1) * out }
