package golden

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Check compares got with the expected tensor of that name, element by
// element: |got − want| ≤ atol + rtol·|want|, NaN and infinities exactly. The
// shape nil is that of a scalar.
func (c *Case) Check(name string, got []float64, shape []int) {
	c.t.Helper()
	want, tol := c.expected(name)
	if want.F64 == nil {
		c.t.Fatalf("%s: %s holds integers: use CheckInts", c.ID, name)
	}
	if err := compare(got, shape, want, tol); err != nil {
		c.t.Errorf("%s: %s: %v", c.ID, name, err)
	}
}

// Check32 is Check for values that were computed in float32.
func (c *Case) Check32(name string, got []float32, shape []int) {
	c.t.Helper()
	wide := make([]float64, len(got))
	for i, v := range got {
		wide[i] = float64(v)
	}
	c.Check(name, wide, shape)
}

// CheckInts compares got with the expected integers of that name.
func (c *Case) CheckInts(name string, got []int, shape []int) {
	c.t.Helper()
	want, _ := c.expected(name)
	if want.I64 == nil {
		c.t.Fatalf("%s: %s holds floats: use Check", c.ID, name)
	}
	if err := compareInts(got, shape, want); err != nil {
		c.t.Errorf("%s: %s: %v", c.ID, name, err)
	}
}

// expected returns what name must be and records that it was checked.
func (c *Case) expected(name string) (Tensor, Tol) {
	c.t.Helper()
	want := c.tensor(name)
	tol, ok := c.Tolerances[name]
	if !ok {
		c.t.Fatalf("%s: %s has no tolerance: it is given, not expected", c.ID, name)
	}
	c.checked[name] = true
	return want, tol
}

// finish fails the test where an expected tensor was never compared.
func (c *Case) finish() {
	c.t.Helper()
	var missed []string
	for name := range c.Tolerances {
		if !c.checked[name] {
			missed = append(missed, name)
		}
	}
	slices.Sort(missed)
	if len(missed) > 0 {
		c.t.Errorf("%s: never checked: %s", c.ID, strings.Join(missed, ", "))
	}
}

func compare(got []float64, shape []int, want Tensor, tol Tol) error {
	if err := sameShape(len(got), shape, want.Shape, len(want.F64)); err != nil {
		return err
	}
	first, wrong := -1, 0
	for i, w := range want.F64 {
		if !near(got[i], w, tol) {
			wrong++
			if first < 0 {
				first = i
			}
		}
	}
	if wrong == 0 {
		return nil
	}
	g, w := got[first], want.F64[first]
	return errors.Errorf("%d of %d wrong, first at %v: got %.17g, want %.17g, off by %.3g, tolerance %.3g",
		wrong, len(got), index(first, want.Shape), g, w, math.Abs(g-w), tol.Abs+tol.Rel*math.Abs(w))
}

// near is false for any NaN but a wanted one.
func near(got, want float64, tol Tol) bool {
	switch {
	case math.IsNaN(want):
		return math.IsNaN(got)
	case math.IsInf(want, 0) || math.IsInf(got, 0):
		return got == want
	}
	return math.Abs(got-want) <= tol.Abs+tol.Rel*math.Abs(want)
}

func compareInts(got []int, shape []int, want Tensor) error {
	if err := sameShape(len(got), shape, want.Shape, len(want.I64)); err != nil {
		return err
	}
	for i, w := range want.I64 {
		if got[i] != w {
			return errors.Errorf("at %v: got %d, want %d", index(i, want.Shape), got[i], w)
		}
	}
	return nil
}

func sameShape(n int, shape, want []int, wantLen int) error {
	if !slices.Equal(shape, want) {
		return errors.Errorf("shape %v, want %v", shape, want)
	}
	if n != wantLen {
		return errors.Errorf("%d values, want %d for shape %v", n, wantLen, want)
	}
	return nil
}

// index returns the coordinates of the flat position i.
func index(i int, shape []int) []int {
	at := make([]int, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = i % shape[axis]
		i /= shape[axis]
	}
	return at
}
