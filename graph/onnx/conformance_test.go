package onnx_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/npy"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// conformanceCase is a case.json of ONNX's backend tests, written as files.
type conformanceCase struct {
	Ops             []string
	Opset           int
	RTol, ATol      float64
	Inputs, Outputs []string
}

// TestConformance runs ONNX's own backend tests, which the folder
// HOCSAU_ONNX_CASES holds: KIND/NAME/{model.onnx, case.json,
// test_data_set_K/{input,output}_J.npy}. A case passes or is refused by the
// name of an operator; a wrong answer fails.
func TestConformance(t *testing.T) {
	dir := os.Getenv("HOCSAU_ONNX_CASES")
	if dir == "" {
		t.Skip("HOCSAU_ONNX_CASES names no folder of cases")
	}
	list, err := filepath.Glob(filepath.Join(dir, "*", "*", "case.json"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	only := os.Getenv("HOCSAU_ONNX_ONLY")
	passed, refused := 0, map[string]int{}
	for _, path := range list {
		folder := filepath.Dir(path)
		if only != "" && !strings.Contains(folder, only) {
			continue
		}
		err := conform(folder)
		switch {
		case err == nil:
			passed++
		case errors.Is(err, onnx.ErrUnsupported):
			refused[operator(err)]++
			if only != "" {
				t.Logf("%s: %v", filepath.Base(folder), err)
			}
		default:
			t.Errorf("%s: %v", filepath.Base(folder), err)
		}
	}
	var names []string
	total := 0
	for name, n := range refused {
		names = append(names, fmt.Sprintf("%s %d", name, n))
		total += n
	}
	sort.Strings(names)
	t.Logf("%d of %d cases pass, %d are refused: %s", passed, len(list), total, strings.Join(names, ", "))
	const least = 1300
	if only == "" && len(list) > least && passed < least {
		t.Errorf("%d cases pass, expected at least %d", passed, least)
	}
}

// operator finds the operator that an error names.
func operator(err error) string {
	_, rest, ok := strings.Cut(err.Error(), "operator ")
	if !ok {
		return "others"
	}
	name, _, _ := strings.Cut(rest, " ")
	return strings.TrimRight(name, ":,")
}

func conform(folder string) error {
	var c conformanceCase
	text, err := os.ReadFile(filepath.Join(folder, "case.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	m, err := onnx.Open(filepath.Join(folder, "model.onnx"))
	if err != nil {
		return err
	}
	sets, err := filepath.Glob(filepath.Join(folder, "test_data_set_*"))
	if err != nil {
		return err
	}
	for _, set := range sets {
		inputs := map[string]*onnx.Array{}
		for i, name := range c.Inputs {
			path := filepath.Join(set, fmt.Sprintf("input_%d.npy", i))
			if _, err := os.Stat(path); err != nil {
				continue
			}
			if inputs[name], err = readArray(path); err != nil {
				return err
			}
		}
		s := m.Session()
		for range 2 { // the second time with the program of the first
			got, err := s.Run(inputs)
			if err != nil {
				return err
			}
			for i, name := range c.Outputs {
				path := filepath.Join(set, fmt.Sprintf("output_%d.npy", i))
				if _, err := os.Stat(path); err != nil {
					continue
				}
				want, err := readArray(path)
				if err != nil {
					return err
				}
				if err := same(got[name], want, c.RTol, c.ATol); err != nil {
					return errors.Wrapf(err, "output %s", name)
				}
			}
		}
	}
	return nil
}

var npyTypes = map[string]onnxfile.DType{
	"f2": onnxfile.Float16, "f4": onnxfile.Float32, "f8": onnxfile.Float64, "i1": onnxfile.Int8, "i2": onnxfile.Int16,
	"i4": onnxfile.Int32, "i8": onnxfile.Int64, "u1": onnxfile.Uint8, "u2": onnxfile.Uint16, "u4": onnxfile.Uint32,
	"u8": onnxfile.Uint64, "b1": onnxfile.Bool,
}

func readArray(path string) (*onnx.Array, error) {
	a, err := npy.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &onnx.Array{Type: npyTypes[a.Type[1:]], Shape: slices.Clone(append([]int{}, a.Shape...)), F: a.F64, I: a.I64}, nil
}

// same compares an output as NumPy's assert_allclose does.
func same(got, want *onnx.Array, rtol, atol float64) error {
	switch {
	case got == nil:
		return errors.New("no output")
	case got.Type != want.Type:
		return errors.Errorf("type %s, want %s", got.Type, want.Type)
	case !slices.Equal(got.Shape, want.Shape):
		return errors.Errorf("shape %v, want %v", got.Shape, want.Shape)
	}
	for i, w := range want.I {
		g := got.I[i]
		if d := math.Abs(float64(g) - float64(w)); d > atol+rtol*math.Abs(float64(w)) {
			return errors.Errorf("element %d: %d, want %d", i, g, w)
		}
	}
	for i, w := range want.F {
		g := got.F[i]
		if math.IsNaN(w) && math.IsNaN(g) || g == w {
			continue
		}
		if d := math.Abs(g - w); !(d <= atol+rtol*math.Abs(w)) {
			return errors.Errorf("element %d: %v, want %v", i, g, w)
		}
	}
	return nil
}
