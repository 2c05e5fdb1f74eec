package image

import "encoding/binary"

// chroma gives out, row y of the picture, the samples of a plane that has one
// for across columns and down rows: each is ¾ of the nearest sample and ¼ of the
// next, in both directions.
//
// Source: the triangle filter of IJG's libjpeg.
func chroma(c *jpegComponent, across, down, y int, out []byte) {
	at := func(r int) []byte {
		r = min(max(r, 0), c.height-1)
		return c.plane[r*c.stride:][:c.width]
	}
	near := at(y / down)
	switch {
	case down == 1:
		widen(out, near, near, widening{nearShare: 1, even: 1, odd: 2, places: 2})
	case across == 1:
		far, half := at(y/2-1+2*(y%2)), int32(1+y%2)
		for x, v := range near {
			out[x] = byte((3*int32(v) + int32(far[x]) + half) >> 2)
		}
	default:
		widen(out, near, at(y/2-1+2*(y%2)), widening{nearShare: 3, farShare: 1, even: 8, odd: 7, places: 4})
	}
}

// widening says how a row becomes twice as wide: s = near·nearShare + far·farShare, then
// 3 s + (the next s) + a half, without so many binary places. Even and odd samples
// have halves of their own.
type widening struct {
	nearShare, farShare, even, odd uint64
	places                         int
}

const (
	fourLanes = 0x0001000100010001 // of 16 bits
	laneBytes = 0x00ff00ff00ff00ff
	lanePairs = 0x0000ffff0000ffff
)

// widen interpolates a row to twice as many samples. Words of four lanes of 16
// bits hold the sums of every second sample: 3·(3·255 + 255) + 4·255 + 8 fits.
func widen(out, near, far []byte, w widening) {
	last := len(near) - 1
	sum := func(i int) uint64 {
		i = min(max(i, 0), last)
		return w.nearShare*uint64(near[i]) + w.farShare*uint64(far[i])
	}
	even, odd := w.even*fourLanes, w.odd*fourLanes
	i, before := 0, sum(0)
	for ; i+9 <= len(near) && 2*i+16 <= len(out); i += 8 {
		n, f := binary.LittleEndian.Uint64(near[i:i+8]), binary.LittleEndian.Uint64(far[i:i+8])
		s0 := w.nearShare*(n&laneBytes) + w.farShare*(f&laneBytes)       // samples i, i+2, i+4, i+6
		s1 := w.nearShare*(n>>8&laneBytes) + w.farShare*(f>>8&laneBytes) // i+1, i+3, i+5, i+7
		left, right := s1<<16|before, s0>>16|sum(i+8)<<48
		before = s1 >> 48
		a := (3*s0 + left + even) >> w.places & laneBytes // of which each fourth
		b := (3*s0 + s1 + odd) >> w.places & laneBytes
		c := (3*s1 + s0 + even) >> w.places & laneBytes
		d := (3*s1 + right + odd) >> w.places & laneBytes
		ab, cd := a|b<<8, c|d<<8
		binary.LittleEndian.PutUint64(out[2*i:], spread(ab)|spread(cd)<<16)
		binary.LittleEndian.PutUint64(out[2*i+8:], spread(ab>>32)|spread(cd>>32)<<16)
	}
	for x := 2 * i; x < len(out); x++ {
		k := x / 2
		if x%2 == 0 {
			out[x] = byte((3*sum(k) + sum(k-1) + w.even) >> w.places)
		} else {
			out[x] = byte((3*sum(k) + sum(k+1) + w.odd) >> w.places)
		}
	}
}

// spread puts the two lowest lanes at every second place.
func spread(v uint64) uint64 {
	v &= 0xffffffff
	return (v | v<<16) & lanePairs
}
