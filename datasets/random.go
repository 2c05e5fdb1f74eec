package datasets

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

// stream returns the source of random numbers for (seed, purpose, k). Sources
// of different arguments are independent, so the same seed may serve for
// splitting, shuffling and more.
func stream(seed uint64, purpose string, k uint64) *rand.PCG {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose)) // a hash never fails to write
	return rand.NewPCG(mix(seed^h.Sum64()), mix(mix(k)^seed))
}

// mix is the finaliser of SplitMix64: each bit of z reaches all bits of the
// result.
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014, fig. 13 (the multipliers are Stafford's Mix13).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// shuffle fills order with a random permutation of 0 to len(order)-1. It is
// written out here, so that the order is the same under any version of Go.
func shuffle(order []int, src *rand.PCG) {
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0; i-- {
		// The high word of a 64-bit product is uniform on 0..i to one part in 2⁶⁴/i.
		j, _ := bits.Mul64(src.Uint64(), uint64(i)+1)
		order[i], order[j] = order[j], order[i]
	}
}

// Permutation returns the order in which a Loader of this seed visits n
// examples in an epoch.
func Permutation(n int, seed uint64, epoch int) []int {
	order := make([]int, n)
	shuffle(order, stream(seed, "shuffle", uint64(epoch)))
	return order
}
