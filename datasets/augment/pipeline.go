package augment

import (
	"math/rand/v2"
	"sync"

	"github.com/pkg/errors"
)

// Transform is one step of a Pipeline.
type Transform interface {
	// Check tells whether the step fits pictures [c, h, w] with its settings.
	Check(c, h, w int) error
	// Apply changes x in place with numbers from r. Scratch has the size of x, its content is free to use.
	Apply(x, scratch Image[float32], r *rand.Rand)
}

// Pipeline applies its steps one after another. It is safe for use by several goroutines.
type Pipeline struct {
	seed    uint64
	c, h, w int
	steps   []Transform
	drawn   bool // the first step only draws its numbers: see Cropped
	scratch sync.Pool
}

// NewPipeline makes a pipeline for pictures of shape [C, H, W].
func NewPipeline(seed uint64, shape []int, steps ...Transform) (*Pipeline, error) {
	if len(shape) != 3 || shape[0] <= 0 || shape[1] <= 0 || shape[2] <= 0 {
		return nil, errors.Errorf("augment: shape %v, expected [C, H, W]", shape)
	}
	for i, s := range steps {
		if err := s.Check(shape[0], shape[1], shape[2]); err != nil {
			return nil, errors.Wrapf(err, "augment: step %d, %T", i, s)
		}
	}
	return newPipeline(seed, shape[0], shape[1], shape[2], steps), nil
}

func newPipeline(seed uint64, c, h, w int, steps []Transform) *Pipeline {
	p := &Pipeline{seed: seed, c: c, h: h, w: w, steps: steps}
	p.scratch.New = func() any {
		m := NewImage[float32](p.c, p.h, p.w)
		return &m
	}
	return p
}

// Cropped splits off a first step RandomResizedCrop: part returns what it takes of
// example index in an epoch, as shares of the height and the width; rest applies
// the other steps, with the same numbers, to a picture that was read so. ok is
// false where the first step is another.
func (p *Pipeline) Cropped() (part func(epoch, index int) (top, left, height, width float64), rest *Pipeline, ok bool) {
	if len(p.steps) == 0 {
		return nil, nil, false
	}
	crop, ok := p.steps[0].(RandomResizedCrop)
	if !ok {
		return nil, nil, false
	}
	rest = newPipeline(p.seed, p.c, p.h, p.w, p.steps)
	rest.drawn = true
	return func(epoch, index int) (top, left, height, width float64) {
		return crop.draw(Source(p.seed, epoch, index))
	}, rest, true
}

// Apply changes x [C·H·W] in place. What happens is a function of the seed, epoch, index alone.
// A slice of another length is left as it is.
func (p *Pipeline) Apply(x []float32, epoch, index int) {
	if len(x) != p.c*p.h*p.w {
		return
	}
	scratch := p.scratch.Get().(*Image[float32])
	defer p.scratch.Put(scratch)
	r := Source(p.seed, epoch, index)
	steps := p.steps
	if p.drawn {
		if crop, ok := steps[0].(RandomResizedCrop); ok {
			crop.draw(r)
		}
		steps = steps[1:]
	}
	for _, s := range steps {
		s.Apply(Image[float32]{Pix: x, C: p.c, H: p.h, W: p.w}, *scratch, r)
	}
}

// Source returns the random numbers that belong to one example in one epoch.
func Source(seed uint64, epoch, index int) *rand.Rand {
	a := mix(seed ^ mix(uint64(epoch)+1))
	return rand.New(rand.NewPCG(a, mix(a^mix(uint64(index)+0x9e3779b97f4a7c15))))
}

// mix spreads the bits of z. Source: Steele et al. 2014, SplitMix64.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
