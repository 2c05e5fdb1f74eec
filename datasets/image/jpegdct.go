package image

// The rotations of the inverse cosine transform with 13 binary places.
const (
	dct0298 = 2446
	dct0390 = 3196
	dct0541 = 4433
	dct0765 = 6270
	dct0899 = 7373
	dct1175 = 9633
	dct1501 = 12299
	dct1847 = 15137
	dct1961 = 16069
	dct2053 = 16819
	dct2562 = 20995
	dct3072 = 25172
)

// inverseDCT computes the samples of a block of coefficients, rounded twice as in
// libjpeg's accurate integer form, into rows of out. All coefficients after the
// last, in the file's order, are 0.
//
// Source: Loeffler, Ligtenberg, Moschytz 1989, doi:10.1109/ICASSP.1989.266596.
func inverseDCT(b *[64]int32, last int, out []byte, stride int) {
	if last == 0 { // all samples are the same
		v := sample((b[0]+4)>>3 + 128)
		for y := range 8 {
			row := out[y*stride:][:8]
			for x := range row {
				row[x] = v
			}
		}
		return
	}
	if last < 10 { // of the upper left quarter
		inverseQuarter(b, out, stride)
		return
	}
	for x := range 8 {
		if b[8+x]|b[16+x]|b[24+x]|b[32+x]|b[40+x]|b[48+x]|b[56+x] == 0 {
			v := b[x] << 2
			b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = v, v, v, v, v, v, v, v
			continue
		}
		b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = transform8(
			b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x], 11)
	}
	for y := range 8 {
		row := b[8*y : 8*y+8 : 8*y+8]
		to := out[y*stride:][:8:8]
		v0, v1, v2, v3, v4, v5, v6, v7 := transform8(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], 18)
		to[0], to[1], to[2], to[3] = sample(v0+128), sample(v1+128), sample(v2+128), sample(v3+128)
		to[4], to[5], to[6], to[7] = sample(v4+128), sample(v5+128), sample(v6+128), sample(v7+128)
	}
}

// sample cuts v to a byte.
func sample(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31))
	}
	return byte(v)
}

// transform8 is the transform of eight numbers without its factor √8; results lose
// so many binary places, rounded.
func transform8(s0, s1, s2, s3, s4, s5, s6, s7 int32, places int) (r0, r1, r2, r3, r4, r5, r6, r7 int32) {
	z1 := (s2 + s6) * dct0541
	even2, even3 := z1-s6*dct1847, z1+s2*dct0765
	even0, even1 := (s0+s4)<<13, (s0-s4)<<13
	half := int32(1) << (places - 1)
	a0, a3, a1, a2 := even0+even3+half, even0-even3+half, even1+even2+half, even1-even2+half

	z5 := (s7 + s3 + s5 + s1) * dct1175
	y1, y2 := -(s7+s1)*dct0899, -(s5+s3)*dct2562
	y3, y4 := z5-(s7+s3)*dct1961, z5-(s5+s1)*dct0390
	o0, o1, o2, o3 := s7*dct0298+y1+y3, s5*dct2053+y2+y4, s3*dct3072+y2+y3, s1*dct1501+y1+y4

	return (a0 + o3) >> places, (a1 + o2) >> places, (a2 + o1) >> places, (a3 + o0) >> places,
		(a3 - o0) >> places, (a2 - o1) >> places, (a1 - o2) >> places, (a0 - o3) >> places
}

// inverseQuarter is inverseDCT where the last four rows and columns are 0.
func inverseQuarter(b *[64]int32, out []byte, stride int) {
	for x := range 4 {
		if b[8+x]|b[16+x]|b[24+x] == 0 {
			v := b[x] << 2
			b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = v, v, v, v, v, v, v, v
			continue
		}
		b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = transform4(b[x], b[8+x], b[16+x], b[24+x], 11)
	}
	for y := range 8 {
		row := b[8*y : 8*y+4 : 8*y+4]
		to := out[y*stride:][:8:8]
		v0, v1, v2, v3, v4, v5, v6, v7 := transform4(row[0], row[1], row[2], row[3], 18)
		to[0], to[1], to[2], to[3] = sample(v0+128), sample(v1+128), sample(v2+128), sample(v3+128)
		to[4], to[5], to[6], to[7] = sample(v4+128), sample(v5+128), sample(v6+128), sample(v7+128)
	}
}

// transform4 is transform8 of four numbers and four zeros.
func transform4(s0, s1, s2, s3 int32, places int) (r0, r1, r2, r3, r4, r5, r6, r7 int32) {
	even2 := s2 * dct0541
	even3, even0 := even2+s2*dct0765, s0<<13+int32(1)<<(places-1)
	a0, a3, a1, a2 := even0+even3, even0-even3, even0+even2, even0-even2

	z5 := (s3 + s1) * dct1175
	y1, y2, y3, y4 := -s1*dct0899, -s3*dct2562, z5-s3*dct1961, z5-s1*dct0390
	o0, o1, o2, o3 := y1+y3, y2+y4, s3*dct3072+y2+y3, s1*dct1501+y1+y4

	return (a0 + o3) >> places, (a1 + o2) >> places, (a2 + o1) >> places, (a3 + o0) >> places,
		(a3 - o0) >> places, (a2 - o1) >> places, (a1 - o2) >> places, (a0 - o3) >> places
}
