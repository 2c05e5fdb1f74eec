package checkpoint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// ErrOtherModel is the cause of the error for a file that does not fit the
// store.
var ErrOtherModel = errors.New("the file belongs to another model")

// Save writes all parameters and buffers of the store, in order of creation,
// with the metadata, to a safetensors file, which it replaces atomically.
func Save(path string, store *graph.Store, metadata map[string]string) error {
	return safetensors.WriteFile(path, Tensors(store), metadata)
}

// Tensors returns the parameters and buffers of the store as they are now.
func Tensors(store *graph.Store) []safetensors.Tensor {
	var list []safetensors.Tensor
	for _, p := range store.Params() {
		if f := p.Float32s(); f != nil {
			list = append(list, safetensors.FromFloat32s(p.Name(), p.Shape(), f))
		} else {
			list = append(list, safetensors.FromFloat64s(p.Name(), p.Shape(), p.Float64s()))
		}
	}
	return list
}

// Opts are the settings of Load; the zero value is the strict form.
type Opts struct {
	// Lenient loads what fits and leaves the rest as it is.
	Lenient bool
	// Rename gives the store's name for a name in the file; "" leaves the
	// tensor out. nil means the same name.
	Rename func(name string) string
	// Keep has prefixes, names or their leading parts up to a dot: what is at or
	// below one of them stays as it is, whatever the file has. So a new head is
	// put on a trained network.
	Keep []string
}

// Differences says what in a file does not fit a store.
type Differences struct {
	Missing    []string // in the store, not in the file
	Unexpected []string // in the file, not in the store
	Misshaped  []string // such as "fc.weight: file [2 3], model [3 2]"
	// Prefix was taken off all names of the file; it is no difference.
	Prefix string
}

// None reports whether file and store fit.
func (d Differences) None() bool {
	return len(d.Missing)+len(d.Unexpected)+len(d.Misshaped) == 0
}

// mostNamed is the most names of a kind in a message.
const mostNamed = 10

func (d Differences) String() string {
	var parts []string
	for _, l := range []struct {
		what  string
		names []string
	}{{"missing", d.Missing}, {"unexpected", d.Unexpected}, {"of another shape", d.Misshaped}} {
		if n := len(l.names); n > mostNamed {
			parts = append(parts, fmt.Sprintf("%s: %s and %d more", l.what, strings.Join(l.names[:mostNamed], ", "), n-mostNamed))
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", l.what, strings.Join(l.names, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

// Load gives the store's parameters and buffers the values of a file that [Open]
// reads, converted to the store's number type. Strictly, every name and shape
// must agree; a [Prefix] that all names of the file have is taken off where the
// store's names follow. After an error nothing is changed. PyTorch's counters named
// num_batches_tracked are passed over where the store has none.
func Load(path string, store *graph.Store, o Opts) (Differences, error) {
	f, err := Open(path)
	if err != nil {
		return Differences{}, errors.Wrap(err, "load weights")
	}
	defer f.Close()
	d, err := load(f, store, o)
	return d, errors.Wrapf(err, "load weights %s", path)
}

func load(f File, store *graph.Store, o Opts) (Differences, error) {
	prefix := Prefix(f.Names(), func(name string) bool { return store.Param(o.renamed(name)) != nil })
	f = Without(f, prefix)
	fits, d, err := match(f, store, o)
	d.Prefix = prefix
	if err != nil {
		return d, err
	}
	if !d.None() && !o.Lenient {
		return d, errors.Wrap(ErrOtherModel, d.String())
	}
	values := make([][]float64, len(fits))
	for i, m := range fits {
		t, err := f.Tensor(m.name)
		if err != nil {
			return d, err
		}
		if values[i], err = t.Float64s(); err != nil {
			return d, err
		}
		if err := representable(values[i], store.DType()); err != nil {
			return d, errors.Wrapf(err, "tensor %s", m.name)
		}
	}
	for i, m := range fits {
		if err := m.param.SetValues(values[i]); err != nil {
			return d, err
		}
	}
	return d, nil
}

// representable returns an error for a number that rounding to the type would
// make infinite.
func representable(values []float64, dtype graph.DType) error {
	if dtype != graph.Float32 {
		return nil
	}
	for i, v := range values {
		if math.IsInf(float64(float32(v)), 0) && !math.IsInf(v, 0) {
			return errors.Errorf("value %d is %g, expected a number within float32", i, v)
		}
	}
	return nil
}

// pair is a tensor of the file and the parameter that it is for.
type pair struct {
	name  string
	param *graph.Param
}

func match(f File, store *graph.Store, o Opts) (fits []pair, d Differences, err error) {
	given := map[string]string{} // by the store's name
	for _, name := range f.Names() {
		to := o.renamed(name)
		if o.Rename != nil && to == "" {
			continue
		}
		if o.keeps(to) {
			continue
		}
		p := store.Param(to)
		if p == nil {
			if !counter(to) {
				d.Unexpected = append(d.Unexpected, name)
			}
			continue
		}
		if other, twice := given[to]; twice {
			return nil, d, errors.Errorf("tensors %s and %s are both renamed to %s", other, name, to)
		}
		given[to] = name
		_, shape, _ := f.Info(name)
		if !slices.Equal(shape, p.Shape()) {
			d.Misshaped = append(d.Misshaped, fmt.Sprintf("%s: file %v, model %v", to, shape, p.Shape()))
			continue
		}
		fits = append(fits, pair{name, p})
	}
	for _, p := range store.Params() {
		if _, ok := given[p.Name()]; !ok && !o.keeps(p.Name()) {
			d.Missing = append(d.Missing, p.Name())
		}
	}
	return fits, d, nil
}

// renamed returns the store's name for a name in the file.
func (o Opts) renamed(name string) string {
	if o.Rename == nil {
		return name
	}
	return o.Rename(name)
}

// keeps reports whether the store's name lies at or below one of Keep.
func (o Opts) keeps(name string) bool {
	return slices.ContainsFunc(o.Keep, func(p string) bool {
		return name == p || strings.HasPrefix(name, strings.TrimSuffix(p, ".")+".")
	})
}

// counter reports whether name is that of PyTorch's count of batches, which
// only a momentum of None uses.
func counter(name string) bool {
	return name == "num_batches_tracked" || strings.HasSuffix(name, ".num_batches_tracked")
}
