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
// libjpeg's accurate integer form, into rows of out.
//
// Source: Loeffler, Ligtenberg, Moschytz 1989, doi:10.1109/ICASSP.1989.266596.
func inverseDCT(block *[64]int, out []byte, stride int) {
	for x := range 8 {
		transform8(block[x:], 8, 11)
	}
	for y := range 8 {
		row := block[8*y : 8*y+8]
		transform8(row, 1, 18)
		to := out[y*stride : y*stride+8]
		for x, v := range row {
			to[x] = byte(min(max(v+128, 0), 255))
		}
	}
}

// transform8 is the transform of eight numbers, step apart, in place, without its
// factor √8; results lose so many binary places, rounded.
func transform8(v []int, step, places int) {
	at := func(i int) *int { return &v[i*step] }
	z1 := (*at(2) + *at(6)) * dct0541
	even2, even3 := z1-*at(6)*dct1847, z1+*at(2)*dct0765
	even0, even1 := (*at(0)+*at(4))<<13, (*at(0)-*at(4))<<13
	a0, a3, a1, a2 := even0+even3, even0-even3, even1+even2, even1-even2

	o0, o1, o2, o3 := *at(7), *at(5), *at(3), *at(1)
	z5 := (o0 + o2 + o1 + o3) * dct1175
	y1, y2 := -(o0+o3)*dct0899, -(o1+o2)*dct2562
	y3, y4 := z5-(o0+o2)*dct1961, z5-(o1+o3)*dct0390
	o0, o1, o2, o3 = o0*dct0298+y1+y3, o1*dct2053+y2+y4, o2*dct3072+y2+y3, o3*dct1501+y1+y4

	half := 1 << (places - 1)
	*at(0), *at(7) = (a0+o3+half)>>places, (a0-o3+half)>>places
	*at(1), *at(6) = (a1+o2+half)>>places, (a1-o2+half)>>places
	*at(2), *at(5) = (a2+o1+half)>>places, (a2-o1+half)>>places
	*at(3), *at(4) = (a3+o0+half)>>places, (a3-o0+half)>>places
}
