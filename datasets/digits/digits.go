package digits

import (
	"math/bits"
	"math/rand/v2"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
)

// Sizes of the set.
const (
	Size  = 28     // pixels a side
	Train = 10_000 // examples of the train part
	Test  = 2_000  // examples of the test part
)

// Set is a part of the drawn digits, a datasets.Dataset of shape [1, 28, 28]
// with the classes "0" to "9". An example is drawn when it is asked for.
type Set struct {
	fonts *fonts
	n     int
	seed  uint64 // of this part
	pens  sync.Pool
}

// Open returns the train part and the test part of the set of that seed.
func Open(seed uint64) (train, test *Set) {
	f := newFonts()
	part := func(n int, number uint64) *Set {
		return &Set{fonts: f, n: n, seed: mix(mix(seed) + number)}
	}
	return part(Train, 1), part(Test, 2)
}

// Len returns the number of examples.
func (s *Set) Len() int { return s.n }

// Shape returns [1 28 28].
func (s *Set) Shape() []int { return []int{1, Size, Size} }

// Classes returns the names of the ten digits.
func (s *Set) Classes() []string {
	return []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
}

// At draws example i into x [1, 28, 28], values 0 (black) to 1 (white), and
// returns the digit.
func (s *Set) At(i int, x []float32) (int, error) {
	if i < 0 || i >= s.n {
		return 0, errors.Wrapf(datasets.ErrRange, "digit %d of a set of %d", i, s.n)
	}
	if len(x) != Size*Size {
		return 0, errors.Wrapf(datasets.ErrShape, "a digit has %d pixels, the buffer holds %d", Size*Size, len(x))
	}
	label := s.label(i)
	p, ok := s.pens.Get().(*pen)
	if !ok {
		p = newPen()
	}
	defer s.pens.Put(p)
	p.random.Seed(mix(s.seed^0x6472_6177), mix(uint64(i)+s.seed)) // "draw"
	font, shape := p.number(fontCount), label
	switch {
	case label == 0 && p.number(4) > 0:
		shape = openZero
	case label == 1 && p.number(3) == 0:
		shape = bareOne
	}
	g, err := s.fonts.glyph(font, shape)
	if err != nil {
		return 0, errors.Wrapf(err, "draw digit %d", i)
	}
	p.draw(g, x)
	return label, nil
}

// label returns the digit of example i: each run of ten examples holds every
// digit once, in an order of its own, so that any cut of the set is balanced.
func (s *Set) label(i int) int {
	var order [10]int
	random := rand.NewPCG(mix(s.seed), mix(uint64(i/10)))
	for k := range order {
		j := number(random, k+1)
		order[k] = order[j]
		order[j] = k
	}
	return order[i%10]
}

// number returns a random number from 0 to n-1.
func number(random *rand.PCG, n int) int {
	high, _ := bits.Mul64(random.Uint64(), uint64(n))
	return int(high)
}

// mix is the finaliser of SplitMix64, as in package datasets.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
