package darknet

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/regular"
)

// maxWeights is the most bytes that a .weights file may have.
const maxWeights = 1 << 30

// epsilon is what darknet adds to a variance.
const epsilon = 1e-5

// LoadWeights gives the network's parameters, which have been built in the
// store, the values of the .weights file at path: a header, then for each
// convolution biases β, with batch norm γ, μ, σ² too, and the filters. Batch norm
// is folded in,
//
//	w ← w·γ/√(σ² + ε), b = β − μ·γ/√(σ² + ε)
//
// A file of other than the number of values that the network has is refused.
func (c *Config) LoadWeights(path string, store *graph.Store) error {
	values, err := readValues(path)
	if err != nil {
		return err
	}
	return errors.Wrapf(c.setWeights(values, store), "read weights %s", path)
}

func (c *Config) setWeights(values []float32, store *graph.Store) error {
	need := 0
	for i, l := range c.Layers {
		if l.Kind != "convolutional" {
			continue
		}
		w, b := store.Param(fmt.Sprintf("%d.weight", i)), store.Param(fmt.Sprintf("%d.bias", i))
		if w == nil || b == nil {
			return errors.Errorf("layer %d has no parameters, expected a built network", i)
		}
		s, err := l.conv()
		if err != nil {
			return err
		}
		per := 1 // numbers a filter beside its weights
		if s.norm {
			per = 4
		}
		n := s.filters
		need += per*n + w.Len()
		if len(values) < per*n+w.Len() {
			return errors.Errorf("the file ends in layer %d, [%s] of line %d, expected %d numbers up to there", i, l.Kind, l.Line, need)
		}
		bias, filters := widened(values[:n]), widened(values[per*n:per*n+w.Len()])
		if s.norm {
			fold(bias, values[n:2*n], values[2*n:3*n], values[3*n:4*n], filters)
		}
		values = values[per*n+w.Len():]
		if err := b.SetValues(bias); err != nil {
			return err
		}
		if err := w.SetValues(filters); err != nil {
			return err
		}
	}
	if len(values) > 0 {
		return errors.Errorf("%d numbers are left over, expected %d for this network", len(values), need)
	}
	return nil
}

func fold(beta []float64, gamma, mean, variance []float32, filters []float64) {
	size := len(filters) / len(beta)
	for k := range beta {
		scale := float64(gamma[k]) / math.Sqrt(float64(variance[k])+epsilon)
		beta[k] -= float64(mean[k]) * scale
		for i := range size {
			filters[k*size+i] *= scale
		}
	}
}

func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// readValues returns the numbers of the file at path.
func readValues(path string) ([]float32, error) {
	f, err := regular.Open(path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, errors.Wrapf(err, "read weights %s", path)
	}
	defer func() { _ = f.Close() }() // only read
	values, err := decodeValues(f)
	return values, errors.Wrapf(err, "read weights %s", path)
}

// decodeValues returns the numbers behind the header: version major, minor,
// revision, then how many pictures were seen, of 8 bytes from version 0.2 on.
func decodeValues(r io.Reader) ([]float32, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxWeights+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxWeights {
		return nil, errors.Errorf("more than %d bytes", maxWeights)
	}
	if len(data) < 16 {
		return nil, errors.Errorf("%d bytes, expected a header of at least 16", len(data))
	}
	major, minor := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
	header := 16
	if major > 1000 || minor > 1000 {
		return nil, errors.Errorf("version %d.%d, expected a darknet file", major, minor)
	}
	if major*10+minor >= 2 {
		header = 20
	}
	if len(data) < header || (len(data)-header)%4 != 0 {
		return nil, errors.Errorf("%d bytes, expected a header of %d with numbers of 4 behind it", len(data), header)
	}
	values := make([]float32, (len(data)-header)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[header+4*i:]))
		if v := values[i]; v-v != 0 {
			return nil, errors.Errorf("number %d is %v, expected finite ones", i, v)
		}
	}
	return values, nil
}
