package image

import "encoding/binary"

// bitReader reads the bits of a scan, whose bytes 0xff are followed by 0. At a
// marker, or the end of the file, it goes on with zeros and counts them.
type bitReader struct {
	data  []byte
	pos   int    // of the first byte that is not in bits
	bits  uint64 // read ahead, the next one highest
	count int    // how many of them are valid
	zeros int    // how many of those were not in the file
}

// fill reads ahead until there are at least 48 bits.
func (r *bitReader) fill() {
	if r.count >= 48 {
		return
	}
	if r.pos+8 <= len(r.data) {
		v := binary.BigEndian.Uint64(r.data[r.pos:])
		if (^v-0x0101010101010101)&v&0x8080808080808080 == 0 { // no byte is 0xff
			r.bits |= v >> r.count
			r.pos += (63 - r.count) >> 3
			r.count |= 56
			return
		}
	}
	for r.count <= 56 {
		b := byte(0)
		switch {
		case r.pos >= len(r.data), r.data[r.pos] == 0xff && (r.pos+1 >= len(r.data) || r.data[r.pos+1] != 0):
			r.zeros += 8
		case r.data[r.pos] == 0xff:
			b = 0xff
			r.pos += 2
		default:
			b = r.data[r.pos]
			r.pos++
		}
		r.bits |= uint64(b) << (56 - r.count)
		r.count += 8
	}
}

// drop forgets what was read ahead and returns how many whole bytes that were.
func (r *bitReader) drop() int {
	n := (r.count - r.zeros) / 8
	r.bits, r.count, r.zeros = 0, 0, 0
	return n
}

// beyond tells that more was read than there is.
func (r *bitReader) beyond() bool { return r.count < r.zeros }

func (r *bitReader) skip(n int) {
	r.bits <<= n
	r.count -= n
}

// take reads n bits, 1 to 16, after fill.
func (r *bitReader) take(n int) int {
	v := int(r.bits >> (64 - n))
	r.skip(n)
	return v
}

// bit reads one bit.
func (r *bitReader) bit() int {
	if r.count == 0 {
		r.fill()
	}
	return r.take(1)
}

// number reads n bits, after fill: a value whose first bit is 0 is negative.
func (r *bitReader) number(n int) int {
	if n == 0 {
		return 0
	}
	return extend(r.take(n), n)
}

func extend(v, n int) int {
	if v < 1<<(n-1) {
		v += 1 - 1<<n
	}
	return v
}

// aheadBits are the bits that a table of short codes looks at.
const aheadBits = 10

// huffman is a code of at most 16 bits.
type huffman struct {
	values []byte
	first  [17]int // the first code of each length
	begin  [17]int // and its value's place
	count  [17]int
	// short has, for the next bits, the length of the code that they begin with, in
	// the upper byte, and its value; 0 for a longer one.
	short [1 << aheadBits]uint16
	// whole has the same for codes of AC whose number lies within those bits too: the
	// number above bit 8, the zeros before it in bits 4 to 7, the length of all below.
	whole [1 << aheadBits]int32
}

// newHuffman makes a code of the numbers of codes of each length and of their
// values; it returns how many values there are, and nil for what is no code.
func newHuffman(counts, values []byte) (*huffman, int) {
	h := &huffman{}
	code, at := 0, 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		h.first[length], h.begin[length], h.count[length] = code, at, n
		at += n
		if code += n; code > 1<<length {
			return nil, 0
		}
		code <<= 1
	}
	if at > len(values) || at > 256 {
		return nil, 0
	}
	h.values = values[:at]
	for length := 1; length <= aheadBits; length++ {
		for i := range h.count[length] {
			from := (h.first[length] + i) << (aheadBits - length)
			v := h.values[h.begin[length]+i]
			for k := range 1 << (aheadBits - length) {
				h.short[from+k] = uint16(length)<<8 | uint16(v)
				h.whole[from+k] = wholeCode(from+k, length, v)
			}
		}
	}
	return h, at
}

// wholeCode looks whether the number behind a code lies within the bits.
func wholeCode(bits, length int, v byte) int32 {
	size := int(v & 15)
	if size == 0 || length+size > aheadBits {
		return 0
	}
	number := extend(bits>>(aheadBits-length-size)&(1<<size-1), size)
	return int32(number)<<8 | int32(v>>4)<<4 | int32(length+size)
}

// symbol reads one code, after fill; -1 is none of the code.
func (r *bitReader) symbol(h *huffman) int {
	if s := h.short[r.bits>>(64-aheadBits)]; s != 0 {
		r.skip(int(s >> 8))
		return int(s & 255)
	}
	for length := aheadBits + 1; length <= 16; length++ {
		i := int(r.bits>>(64-length)) - h.first[length]
		if i >= 0 && i < h.count[length] {
			r.skip(length)
			return int(h.values[h.begin[length]+i])
		}
	}
	return -1
}
