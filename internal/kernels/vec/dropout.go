package vec

import "github.com/hocsau/hocsau/internal/kernels/par"

// DropoutMask sets mask[i] to scale with probability keep, else to 0. Whether
// an element is kept is a function of seed, step, layer and i alone. keep is
// used in steps of 2⁻²⁴.
func DropoutMask[T Float](p *par.Pool, seed, step, layer uint64, keep T, scale T, mask []T) {
	k := mix64(mix64(mix64(seed)+step) + layer)
	run[T](p, &dropoutJobs, len(mask), grain,
		dropoutJob[T]{uint32(k), uint32(k >> 32), uint32(max(0, min(1, float64(keep))) * (1 << 24)), scale, mask})
}

var dropoutJobs jobs

type dropoutJob[T Float] struct {
	key0, key1 uint32
	below      uint32 // kept where the number of an element, in [0, 2²⁴), is less
	scale      T
	mask       []T
}

func (j *dropoutJob[T]) Range(_, lo, hi int) {
	for lo < hi {
		// The second key changes when the index leaves 32 bits.
		high := uint64(lo) >> 32
		end := int(min(uint64(hi), (high+1)<<32))
		key1 := j.key1 + uint32(high)*0x9e3779b9
		if fast[T]() {
			dropoutSIMD(uint32(lo), j.key0, key1, j.below, float32(j.scale), f32(j.mask[lo:end]))
		} else {
			dropoutGeneric(uint32(lo), j.key0, key1, j.below, j.scale, j.mask[lo:end])
		}
		lo = end
	}
}

func dropoutGeneric[T Float](first, key0, key1, below uint32, scale T, mask []T) {
	for i := range mask {
		v := T(0)
		if mix32(first+uint32(i), key0, key1)>>8 < below {
			v = scale
		}
		mask[i] = v
	}
}

// mix32 is the finaliser of MurmurHash3 with a key before each round.
func mix32(i, key0, key1 uint32) uint32 {
	h := i*0x9e3779b9 + key0
	h ^= h >> 16
	h *= 0x85ebca6b
	h += key1
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// mix64 is the output function of SplitMix64.
func mix64(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
