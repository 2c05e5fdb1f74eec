package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// Inspection is what Inspect finds in a set. Indices are those of examples.
type Inspection struct {
	Examples  int
	Labels    []int // examples of each class
	NotFinite []int // with a NaN or an infinity
	Constant  []int // whose values are all the same
	Twins     []int // equal to an earlier example of the set
	Quarrels  []int // those of Twins whose label is another
	Lowest    float32
	Highest   float32

	seen map[[sha256.Size]byte]first
}

// first is where an example with certain values was first met.
type first struct{ index, label int }

// Inspect reads a set from end to end and looks for what spoils training:
// numbers that are not finite, examples without content, examples that occur
// twice, the same example under two labels.
func Inspect(d Dataset) (*Inspection, error) {
	r := &Inspection{
		Labels: make([]int, len(d.Classes())), seen: map[[sha256.Size]byte]first{},
		Lowest: float32(math.Inf(1)), Highest: float32(math.Inf(-1)),
	}
	x := make([]float32, Size(d.Shape()))
	raw := make([]byte, 4*len(x))
	for i := range d.Len() {
		label, err := d.At(i, x)
		if err != nil {
			return nil, errors.Wrapf(err, "inspect example %d", i)
		}
		r.look(i, label, x, raw)
	}
	return r, nil
}

// look notes example i with values x; raw is room for their bytes.
func (r *Inspection) look(i, label int, x []float32, raw []byte) {
	r.Examples++
	if label >= 0 && label < len(r.Labels) {
		r.Labels[label]++
	}
	low, high, finite := x[0], x[0], true
	for k, v := range x {
		low, high = min(low, v), max(high, v)
		finite = finite && v-v == 0
		binary.LittleEndian.PutUint32(raw[4*k:], math.Float32bits(v))
	}
	if !finite {
		r.NotFinite = append(r.NotFinite, i)
		return
	}
	if r.Lowest, r.Highest = min(r.Lowest, low), max(r.Highest, high); low == high && len(x) > 1 {
		r.Constant = append(r.Constant, i)
	}
	key := sha256.Sum256(raw)
	before, twin := r.seen[key]
	if !twin {
		r.seen[key] = first{i, label}
		return
	}
	r.Twins = append(r.Twins, i)
	if before.label != label {
		r.Quarrels = append(r.Quarrels, i)
	}
}

// Shared returns how many different examples two sets have in common. A test
// part that shares examples with the training part measures memory.
func (r *Inspection) Shared(o *Inspection) int {
	n := 0
	for key := range r.seen {
		if _, ok := o.seen[key]; ok {
			n++
		}
	}
	return n
}
