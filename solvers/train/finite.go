package train

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// ErrDiverged is the cause of the error when a loss, a gradient or a parameter
// is no longer finite.
var ErrDiverged = errors.New("training diverged, a smaller learning rate may help")

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// checkParams returns an error that names the first parameter or buffer which is
// not finite.
func checkParams(s *graph.Store) error { return checkAll(s.Params()) }

func checkAll(params []*graph.Param) error {
	if bad := graph.FirstNotFinite(params); bad != "" {
		return errors.Wrap(ErrDiverged, bad)
	}
	return nil
}

// NotFinite says which parameter or buffer is the first with a value that is not
// finite; it is empty where there is none.
func NotFinite(s *graph.Store) string { return s.NotFinite() }

// firstBad returns the index of the first value that is not finite, else −1.
func firstBad[T float32 | float64](x []T) int {
	for i, v := range x {
		if v-v != 0 { // NaN for NaN and infinities
			return i
		}
	}
	return -1
}

// diverged says where a number that is not finite comes from: a parameter that
// the step before spoilt, else the first operation that computes one.
func diverged(s *graph.Store, prog *graph.Program, what string, value float64) error {
	// Running statistics are of this step already.
	solved := slices.DeleteFunc(slices.Clone(s.Params()), (*graph.Param).IsBuffer)
	if err := checkAll(solved); err != nil {
		return errors.Wrapf(err, "%s %g after the step before", what, value)
	}
	if guilty := prog.Diagnose(); guilty != nil {
		return errors.Wrapf(ErrDiverged, "%s %g, first in %v", what, value, guilty)
	}
	return errors.Wrapf(ErrDiverged, "%s %g", what, value)
}
