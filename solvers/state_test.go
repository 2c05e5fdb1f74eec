package solvers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/solvers"
)

// Saved at any step and loaded into a new optimiser, training ends with the
// same bits as without a stop.
func TestState_goesOn(t *testing.T) {
	forms := everyForm()
	names := make([]string, 0, len(forms))
	for name := range forms {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		form := forms[rapid.SampledFrom(names).Draw(rt, "form")]
		float32s := rapid.Bool().Draw(rt, "float32")
		steps := rapid.IntRange(1, 8).Draw(rt, "steps")
		stop := rapid.IntRange(0, steps).Draw(rt, "stop")
		seed := rapid.Uint64().Draw(rt, "seed")
		run := func(stop int) []float64 {
			r := rand.New(rand.NewPCG(seed, 1))
			opt := form()
			a, b := newValue("a", float32s, numbers(r, 6), 2, 3), newValue("b", float32s, numbers(r, 1))
			for k := range steps {
				if k == stop {
					saved := opt.State()
					opt = form()
					if err := opt.SetState(saved); err != nil {
						t.Fatal(err)
					}
				}
				set(a.grad, numbers(r, 6))
				set(b.grad, numbers(r, 1))
				if err := opt.Step([]gorgonia.ValueGrad{a, b}); err != nil {
					t.Fatal(err)
				}
			}
			return append(get(a.w), get(b.w)...)
		}
		if got, want := run(stop), run(-1); !slices.Equal(bits(got), bits(want)) {
			rt.Errorf("stopped at %d of %d: %v, undisturbed %v", stop, steps, got, want)
		}
	})
}

func TestState_entries(t *testing.T) {
	opt := solvers.NewAdam(0.1)
	if len(opt.State()) != 0 {
		t.Errorf("a new optimiser has state %v", opt.State())
	}
	v := newValue("fc.weight", true, []float64{1, 2, 3, 4, 5, 6}, 2, 3)
	set(v.grad, []float64{1, 1, 1, 1, 1, 1})
	for range 2 {
		if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
			t.Fatal(err)
		}
	}
	state := opt.State()
	var got []string
	for _, e := range state {
		got = append(got, fmt.Sprintf("%s%v f32×%d f64×%d", e.Name, e.Shape, len(e.F32), len(e.F64)))
	}
	want := []string{"fc.weight/steps[] f32×0 f64×1", "fc.weight/mean[2 3] f32×6 f64×0", "fc.weight/mean_square[2 3] f32×6 f64×0"}
	if !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	if state[0].F64[0] != 2 || state[1].F32[0] != float32(0.1)*0.9+0.1 {
		t.Errorf("steps %v, mean %v", state[0].F64, state[1].F32)
	}
	state[1].F32[0] = 7
	if opt.State()[1].F32[0] == 7 {
		t.Error("the entries are not a copy")
	}
}

func TestSetState_wrongUse(t *testing.T) {
	entry := func(name string, x ...float64) solvers.StateEntry {
		return solvers.StateEntry{Name: name, Shape: []int{len(x)}, F64: x}
	}
	steps := func(n float64) solvers.StateEntry {
		return solvers.StateEntry{Name: "w/steps", F64: []float64{n}}
	}
	mean, square := entry("w/mean", 1, 2), entry("w/mean_square", 3, 4)
	for _, test := range []struct {
		name    string
		entries []solvers.StateEntry
		want    string
	}{
		{"no array", []solvers.StateEntry{entry("w", 1)}, "adam state: w: expected a name of the form parameter/array"},
		{"of another optimiser", []solvers.StateEntry{entry("w/velocity", 1)}, "w/velocity: no such array, expected steps, mean, mean_square"},
		{"missing array", []solvers.StateEntry{steps(1), mean}, `w: no entry "mean_square"`},
		{"missing steps", []solvers.StateEntry{mean, square}, `w: no entry "steps"`},
		{"part of a step", []solvers.StateEntry{steps(1.5), mean, square}, "1.5, expected a whole number"},
		{"no step", []solvers.StateEntry{steps(0)}, "0, expected a whole number of at least 1"},
		{"steps of float32", []solvers.StateEntry{{Name: "w/steps", F32: []float32{1}}}, "expected a scalar of float64"},
		{"shape", []solvers.StateEntry{{Name: "w/mean", Shape: []int{3}, F64: []float64{1}}}, "1 elements for shape [3]"},
		{"hostile shape", []solvers.StateEntry{{Name: "w/mean", Shape: []int{1 << 40, 1 << 40}, F64: []float64{1}}}, "expected positive sizes"},
		{"both types", []solvers.StateEntry{{Name: "w/mean", Shape: []int{1}, F64: []float64{1}, F32: []float32{1}}}, "expected either float32 or float64"},
		{"twice", []solvers.StateEntry{mean, mean}, "the entry comes twice"},
		{"two shapes", []solvers.StateEntry{mean, entry("w/mean_square", 1)}, "float64 [1], but another array is float64 (2)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			opt := solvers.NewAdam(0.1)
			if err := opt.Step([]gorgonia.ValueGrad{newValue("kept", false, []float64{1})}); err != nil {
				t.Fatal(err)
			}
			before := fmt.Sprint(opt.State())
			err := opt.SetState(test.entries)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if got := fmt.Sprint(opt.State()); got != before {
				t.Errorf("the state became %s, was %s", got, before)
			}
		})
	}
}

// State of another shape is found by the step that would use it.
func TestSetState_otherModel(t *testing.T) {
	small, large := newValue("w", false, []float64{1}), newValue("w", false, []float64{1, 2})
	first, second := solvers.NewMomentum(0.1), solvers.NewMomentum(0.1)
	if err := first.Step([]gorgonia.ValueGrad{small}); err != nil {
		t.Fatal(err)
	}
	if err := second.SetState(first.State()); err != nil {
		t.Fatal(err)
	}
	const want = "momentum step: value 0: w: float64 (2), but the state is of float64 (1)"
	if err := second.Step([]gorgonia.ValueGrad{large}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Settings that need an array which the state lacks are refused.
func TestSetState_otherSettings(t *testing.T) {
	opt := solvers.NewRMSprop(0.1)
	v := newValue("w", false, []float64{1})
	if err := opt.Step([]gorgonia.ValueGrad{v}); err != nil {
		t.Fatal(err)
	}
	opt.Centered = true
	const want = `w: the state of 1 steps has no "mean", which the present settings need`
	if err := opt.Step([]gorgonia.ValueGrad{v}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}
