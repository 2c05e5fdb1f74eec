package golden

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// Params are the settings of a case. A getter fails the test where the key is
// absent or of another type; the form with Or returns its second argument
// where the key is absent. A null counts as absent.
type Params struct {
	t     testing.TB
	where string // the case, and the key of a nested object
	raw   map[string]json.RawMessage
}

// Has reports whether the key is present.
func (p Params) Has(key string) bool {
	text, ok := p.raw[key]
	return ok && string(text) != "null"
}

// Keys returns the keys, sorted.
func (p Params) Keys() []string { return slices.Sorted(maps.Keys(p.raw)) }

// Decode stores the value of key in v as json.Unmarshal does, for the rare
// forms that have no getter.
func (p Params) Decode(key string, v any) {
	p.t.Helper()
	if !p.Has(key) {
		p.t.Fatalf("%s: no parameter %q, found %s", p.where, key, strings.Join(p.Keys(), ", "))
	}
	if err := json.Unmarshal(p.raw[key], v); err != nil {
		p.t.Fatalf("%s: parameter %q is %s: %v", p.where, key, p.raw[key], err)
	}
}

func get[T any](p Params, key string) T {
	p.t.Helper()
	var v T
	p.Decode(key, &v)
	return v
}

func getOr[T any](p Params, key string, or T, get func(string) T) T {
	p.t.Helper()
	if !p.Has(key) {
		return or
	}
	return get(key)
}

// Int returns an integer.
func (p Params) Int(key string) int { p.t.Helper(); return get[int](p, key) }

// IntOr returns an integer, or the default.
func (p Params) IntOr(key string, or int) int { p.t.Helper(); return getOr(p, key, or, p.Int) }

// Float returns a number; the strings "inf" and "-inf" are infinities.
func (p Params) Float(key string) float64 { p.t.Helper(); return float64(get[number](p, key)) }

// FloatOr returns a number, or the default.
func (p Params) FloatOr(key string, or float64) float64 {
	p.t.Helper()
	return getOr(p, key, or, p.Float)
}

// Bool returns a truth value.
func (p Params) Bool(key string) bool { p.t.Helper(); return get[bool](p, key) }

// BoolOr returns a truth value, or the default.
func (p Params) BoolOr(key string, or bool) bool { p.t.Helper(); return getOr(p, key, or, p.Bool) }

// String returns a text.
func (p Params) String(key string) string { p.t.Helper(); return get[string](p, key) }

// StringOr returns a text, or the default.
func (p Params) StringOr(key, or string) string { p.t.Helper(); return getOr(p, key, or, p.String) }

// Ints returns a list of integers.
func (p Params) Ints(key string) []int { p.t.Helper(); return get[[]int](p, key) }

// Floats returns a list of numbers.
func (p Params) Floats(key string) []float64 {
	p.t.Helper()
	var x []float64
	for _, v := range get[[]number](p, key) {
		x = append(x, float64(v))
	}
	return x
}

// Strings returns a list of texts.
func (p Params) Strings(key string) []string { p.t.Helper(); return get[[]string](p, key) }

// StringLists returns a list of lists of texts.
func (p Params) StringLists(key string) [][]string { p.t.Helper(); return get[[][]string](p, key) }

// Pairs returns a list of pairs, such as [start, end] of padding per axis.
func (p Params) Pairs(key string) [][2]int {
	p.t.Helper()
	var pairs [][2]int
	for _, v := range get[[][]int](p, key) {
		if len(v) != 2 {
			p.t.Fatalf("%s: parameter %q is %s, expected pairs", p.where, key, p.raw[key])
		}
		pairs = append(pairs, [2]int(v))
	}
	return pairs
}

// Object returns a nested object.
func (p Params) Object(key string) Params {
	p.t.Helper()
	return Params{p.t, p.where + ": " + key, get[map[string]json.RawMessage](p, key)}
}

// Objects returns a list of nested objects.
func (p Params) Objects(key string) []Params {
	p.t.Helper()
	var list []Params
	for _, raw := range get[[]map[string]json.RawMessage](p, key) {
		list = append(list, Params{p.t, p.where + ": " + key, raw})
	}
	return list
}

// A number is a JSON number, or one of the strings "inf", "-inf", "nan".
type number float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"inf"`:
		*n = number(math.Inf(1))
	case `"-inf"`:
		*n = number(math.Inf(-1))
	case `"nan"`:
		*n = number(math.NaN())
	default:
		return json.Unmarshal(text, (*float64)(n))
	}
	return nil
}
