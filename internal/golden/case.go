package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
)

// A Case is one set of inputs, settings and expected values.
type Case struct {
	ID      string // family/name
	Family  string
	Op      string // the operation, which selects the code to run
	Variant string // which of several forms: "cheatsheet", "standard", …
	DType   string // the precision to compute in: "float64" or "float32"
	Params  Params
	Note    string // a part of the definition
	Source  string
	Files   []string // further files, as paths that can be opened

	Tolerances map[string]Tol // exactly the tensors to check
	Gradcheck  string

	t       testing.TB
	dir     string
	tensors map[string]Tensor
	checked map[string]bool
}

// A Tol is a tolerance: |got − want| ≤ Abs + Rel·|want|.
type Tol struct {
	Rel float64 `json:"rtol"`
	Abs float64 `json:"atol"`
}

// A Tensor is an array in row-major order. DType "F64" and "F32" fill F64, the
// values widened; "I64" fills I64.
type Tensor struct {
	DType string
	Shape []int
	F64   []float64
	I64   []int
}

// F32 returns the values as float32: exact for a tensor that is stored as F32.
func (x Tensor) F32() []float32 {
	y := make([]float32, len(x.F64))
	for i, v := range x.F64 {
		y[i] = float32(v)
	}
	return y
}

// Float32 reports whether the case is to be computed in float32.
func (c *Case) Float32() bool { return c.DType == "float32" }

// Has reports whether the case holds a tensor of that name.
func (c *Case) Has(name string) bool {
	_, ok := c.tensors[name]
	return ok
}

// Tensor returns the tensor of that name, such as "input.x", "param.weight",
// "cotangent.y"; the test fails where the case has none. The caller may change
// what it gets.
func (c *Case) Tensor(name string) Tensor {
	c.t.Helper()
	x := c.tensor(name)
	return Tensor{x.DType, slices.Clone(x.Shape), slices.Clone(x.F64), slices.Clone(x.I64)}
}

func (c *Case) tensor(name string) Tensor {
	c.t.Helper()
	x, ok := c.tensors[name]
	if !ok {
		c.t.Fatalf("%s: no tensor %q, found %s", c.ID, name, strings.Join(c.Names(""), ", "))
	}
	return x
}

// Names returns the names of the tensors that start with prefix, sorted:
// Names("param.") are the weights, Names("grad.") the wanted gradients.
func (c *Case) Names(prefix string) []string {
	var names []string
	for name := range c.tensors {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Load returns another case of the suite, for the data that several share:
// Load("training/lenet5_data").
func (c *Case) Load(id string) *Case {
	c.t.Helper()
	other, err := load(c.t, c.dir, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return other
}

// caseJSON is a case as it is stored.
type caseJSON struct {
	Format      string
	ID          string
	Family      string
	Op          string
	Variant     string
	DType       string
	Params      map[string]json.RawMessage
	TensorsFile string `json:"tensors_file"`
	Tensors     map[string]struct {
		DType string
		Shape []int
	}
	Tolerances map[string]Tol
	Files      []string
	Gradcheck  string
	Source     string
	Note       string
}

// load reads the case id, "family/name", of the suite in dir.
func load(t testing.TB, dir, id string) (*Case, error) {
	c, err := read(dir, id)
	if err != nil {
		return nil, errors.Wrapf(err, "read reference case %s", id)
	}
	c.t = t
	c.Params.t = t
	return c, nil
}

func read(dir, id string) (*Case, error) {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(id)+".json"))
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var j caseJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, errors.WithStack(err)
	}
	if j.Format != "golden/1" {
		return nil, errors.Errorf("format %q, expected golden/1", j.Format)
	}
	if j.ID != id || !strings.HasPrefix(id, j.Family+"/") {
		return nil, errors.Errorf("id %q in family %q, expected the names of file and folder", j.ID, j.Family)
	}
	folder := filepath.Join(dir, j.Family)
	c := &Case{
		ID: j.ID, Family: j.Family, Op: j.Op, Variant: j.Variant, DType: j.DType,
		Params: Params{where: j.ID, raw: j.Params},
		Note:   j.Note, Source: j.Source,
		Tolerances: j.Tolerances, Gradcheck: j.Gradcheck,
		dir: dir, tensors: map[string]Tensor{}, checked: map[string]bool{},
	}
	for _, name := range j.Files {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err != nil {
			return nil, errors.WithStack(err)
		}
		c.Files = append(c.Files, path)
	}
	if err := c.readTensors(filepath.Join(folder, j.TensorsFile), j); err != nil {
		return nil, errors.Wrap(err, j.TensorsFile)
	}
	return c, nil
}

// readTensors reads the tensors that the JSON declares and nothing else.
func (c *Case) readTensors(path string, j caseJSON) error {
	for name := range j.Tolerances {
		if _, ok := j.Tensors[name]; !ok {
			return errors.Errorf("tolerance of %q, which is no tensor of the case", name)
		}
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if len(f.Names()) != len(j.Tensors) {
		return errors.Errorf("found %d tensors, expected %d", len(f.Names()), len(j.Tensors))
	}
	for name, want := range j.Tensors {
		x, err := f.Tensor(name)
		if err != nil {
			return err
		}
		if string(x.DType) != want.DType || !slices.Equal(x.Shape, want.Shape) {
			return errors.Errorf("tensor %q: found %s %v, expected %s %v", name, x.DType, x.Shape, want.DType, want.Shape)
		}
		y := Tensor{DType: want.DType, Shape: x.Shape}
		if x.DType.Float() {
			if y.F64, err = x.Float64s(); err != nil {
				return err
			}
		} else {
			n, err := x.Ints()
			if err != nil {
				return err
			}
			y.I64 = make([]int, len(n))
			for i, v := range n {
				y.I64[i] = int(v)
			}
		}
		c.tensors[name] = y
	}
	return nil
}
