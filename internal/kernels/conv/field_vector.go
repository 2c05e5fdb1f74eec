//go:build amd64 || arm64

package conv

import "github.com/hocsau/hocsau/internal/kernels/gemm/lanes"

// field is a layout of the operand that the tiles walk over: planes with zero
// padding, split by phase where the walk has a stride, so that neighbours in
// the result read neighbours in memory:
//
//	[plane][phase of depth, height, width][depth][height][width][lanes]
//
// With one lane the eight numbers of a vector are neighbours in a row; with
// eight they are the same place of eight samples.
type field struct {
	lanes  int
	in     [3]int // the size of the data
	area   int    // numbers from plane to plane of the data
	deep   int    // from depth to depth
	lead   [3]int // padding before the data
	stride [3]int
	size   [3]int     // of one phase
	slots  [3][]int32 // from phase to its place, −1 where no tap reads it
	phases [3]int     // places
}

// use enters the phases that the taps t·dilation read.
func (f *field) use(axis, kernel, dilation int) {
	s := f.stride[axis]
	slots := f.slots[axis][:0]
	for range s {
		slots = append(slots, -1)
	}
	n := int32(0)
	for t := range min(kernel, s) { // the phases repeat
		if p := t * dilation % s; slots[p] < 0 {
			slots[p] = n
			n++
		}
	}
	f.slots[axis], f.phases[axis] = slots, int(n)
}

// plane returns the numbers of a plane.
func (f *field) plane() int {
	return f.phases[0] * f.phases[1] * f.phases[2] * f.size[0] * f.size[1] * f.size[2] * f.lanes
}

// at returns the offset in a plane of a position of a phase's place.
func (f *field) at(place, pos [3]int) int {
	p := (place[0]*f.phases[1]+place[1])*f.phases[2] + place[2]
	q := ((p*f.size[0]+pos[0])*f.size[1]+pos[1])*f.size[2] + pos[2]
	return q * f.lanes
}

// slack is the numbers behind a buffer that a vector may read.
const slack = 8

// fill copies a plane of one sample, or of eight whose starts in x are rows.
// The field begins shift padded rows (of axis 1) below the top of the data.
// What is padding on the other axes must be zero before. tmp holds a row of
// eight samples.
func (f *field) fill(dst, x []float32, rows *[8]int, shift int, tmp []float32) {
	if f.dense() && shift+f.size[1] <= f.in[1] {
		at := *rows
		for r := range at {
			at[r] += shift * f.in[2]
		}
		n := f.size[0] * f.size[1] * f.size[2]
		if f.lanes == 1 {
			copy(dst[:n], x[at[0]:])
		} else {
			lanes.Interleave(dst, 8, x, &at, n)
		}
		return
	}
	if f.lanes == 1 && f.stride == [3]int{1, 1, 1} {
		f.fillUnit(dst, x[rows[0]:], shift)
		return
	}
	for fz, slotZ := range f.slots[0] {
		for qz := 0; qz < f.size[0] && slotZ >= 0; qz++ {
			z := qz*f.stride[0] + fz - f.lead[0]
			if z < 0 || z >= f.in[0] {
				continue
			}
			for fy, slotY := range f.slots[1] {
				for qy := 0; qy < f.size[1] && slotY >= 0; qy++ {
					y := qy*f.stride[1] + fy - f.lead[1] + shift
					place, pos := [3]int{int(slotZ), int(slotY)}, [3]int{qz, qy}
					f.fillRow(dst, x, rows, z, y, place, pos, tmp)
				}
			}
		}
	}
}

// fillUnit is fill for one sample without a stride.
func (f *field) fillUnit(dst, x []float32, shift int) {
	width, room := f.in[2], f.size[2]-f.lead[2]
	width = min(width, room)
	top := max(0, f.lead[1]-shift) // rows of padding in the field
	first := max(0, shift-f.lead[1])
	n := max(0, min(f.size[1]-top, f.in[1]-first))
	for z := range f.size[0] {
		plane := dst[z*f.size[1]*f.size[2]:][:f.size[1]*f.size[2]]
		from := z - f.lead[0]
		if from < 0 || from >= f.in[0] {
			continue
		}
		clear(plane[:top*f.size[2]])
		clear(plane[(top+n)*f.size[2]:])
		src := x[from*f.deep+first*f.in[2]:]
		to := plane[top*f.size[2]+f.lead[2]:]
		// A strip ends in zeros: they must lie in the plane, where there are
		// zeros or rows that come later.
		if spill := (width+7)&^7 - f.size[2] + f.lead[2]; width <= 16 && n > 0 && top+n < f.size[1] && spill <= f.size[2] {
			lanes.Strip(to, f.size[2], src, f.in[2], width, n)
			continue
		}
		for y := range n {
			copy(to[y*f.size[2]:][:width], src[y*f.in[2]:])
		}
	}
}

// dense reports whether a plane is a contiguous part of the data.
func (f *field) dense() bool {
	return f.size[2] == f.in[2] && f.size[0] == 1 && f.in[0] == 1 && f.lead == [3]int{} && f.stride == [3]int{1, 1, 1}
}

// span returns the part of a row that phase p holds: its first position, the
// data's index there and the number of places.
func (f *field) span(p int) (pos, i, n int) {
	s, lead := f.stride[2], f.lead[2]
	if lead > p {
		pos = (lead - p + s - 1) / s
	}
	i = pos*s + p - lead
	n = min(f.size[2]-pos, (f.in[2]-i+s-1)/s)
	return pos, i, max(n, 0)
}

// fillRow copies row y of depth z to its place, or zeros where there is none.
func (f *field) fillRow(dst, x []float32, rows *[8]int, z, y int, place, pos [3]int, tmp []float32) {
	s := f.stride[2]
	inside := y >= 0 && y < f.in[1]
	at := *rows
	if inside {
		for r := range at {
			at[r] += z*f.deep + y*f.in[2]
		}
		if f.lanes > 1 && s > 1 {
			lanes.Interleave(tmp, 8, x, &at, f.in[2])
		}
	}
	for p, slot := range f.slots[2] {
		if slot < 0 {
			continue
		}
		start, i, n := f.span(p)
		if n == 0 {
			continue
		}
		place[2], pos[2] = int(slot), start
		out := dst[f.at(place, pos):]
		switch {
		case !inside:
			clear(out[:n*f.lanes])
		case f.lanes > 1 && s > 1:
			lanes.Strip(out, 8, tmp[8*i:], 8*s, 8, n)
		case f.lanes > 1:
			from := at
			for r := range from {
				from[r] += i
			}
			lanes.Interleave(out, 8, x, &from, n)
		case s == 1:
			copy(out[:n], x[at[0]+i:])
		default:
			takeEvery(out[:n], x[at[0]+i:], s)
		}
	}
}

// takeEvery copies every step-th number of src.
func takeEvery(dst, src []float32, step int) {
	at := 0
	for i := range dst {
		dst[i] = src[at]
		at += step
	}
}
