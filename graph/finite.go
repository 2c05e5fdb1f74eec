package graph

import "fmt"

// NotFinite says which parameter or buffer is the first with a value that is not
// finite; it is empty where there is none.
func (s *Store) NotFinite() string { return FirstNotFinite(s.Params()) }

// FirstNotFinite says which of the parameters is the first with a value that is
// not finite; it is empty where there is none.
func FirstNotFinite(params []*Param) string {
	for _, p := range params {
		i := firstNotFinite(p.Float32s())
		if i < 0 {
			i = firstNotFinite(p.Float64s())
		}
		if i >= 0 {
			return fmt.Sprintf("parameter %s: element %d is %g", p.Name(), i, p.Values()[i])
		}
	}
	return ""
}

// firstNotFinite returns the index of the first value that is not finite, else −1.
func firstNotFinite[T float32 | float64](x []T) int {
	for i, v := range x {
		if v-v != 0 { // NaN for NaN and infinities
			return i
		}
	}
	return -1
}
