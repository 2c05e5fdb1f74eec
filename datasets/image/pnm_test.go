package image

import "testing"

func TestDecode_pnm(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		shape      [3]int
		want       []float32
	}{
		{"P2", "P2\n# a comment\n3 1\n10\n0 5 10\n", [3]int{1, 1, 3}, []float32{0, 0.5, 1}},
		{"P2 ends without a space", "P2 1 1 4 1", [3]int{1, 1, 1}, []float32{0.25}},
		{"P3", "P3 1 2 4\n0 1 2\n2 3 4", [3]int{3, 2, 1}, []float32{0, 0.5, 0.25, 0.75, 0.5, 1}},
		{"P5", "P5 2 1 255\n\x00\xff", [3]int{1, 1, 2}, []float32{0, 1}},
		{"P5 of 16 bits", "P5 2 1 1000\n\x01\xf4\x03\xe8", [3]int{1, 1, 2}, []float32{0.5, 1}},
		{"P5 whose first sample is a white space", "P5 1 1 255\n ", [3]int{1, 1, 1}, []float32{32 / 255.}},
		{"P1", "P1\n3 2\n1 0 1\n# a comment\n010", [3]int{1, 2, 3}, []float32{0, 1, 0, 1, 0, 1}},
		{"P4, a row of ten bits", "P4 10 2\n\x80\x40\x00\x00", [3]int{1, 2, 10}, []float32{0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{"Pf, the lowest row first", "Pf\n1 2\n-1.0\n\x00\x00\x80\x3e\x00\x00\x80\x3f", [3]int{1, 2, 1}, []float32{1, 0.25}},
		{"PF", "PF 1 1 1\n\x3f\x80\x00\x00\x3f\x00\x00\x00\x00\x00\x00\x00", [3]int{3, 1, 1}, []float32{1, 0.5, 0}},
		{"Pf of bytes", "Pf 1 1 -1\n\x00\x00\x7f\x43", [3]int{1, 1, 1}, []float32{1}},
		{"P6", "P6\n2 1\n255\n\x00\x33\x66\x99\xcc\xff", [3]int{3, 1, 2}, []float32{0, 0.6, 0.2, 0.8, 0.4, 1}},
	} {
		p, err := Decode([]byte(tc.data), Options{Channels: tc.shape[0]})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if [3]int(p.Shape()) != tc.shape {
			t.Errorf("%s: shape %v, want %v", tc.name, p.Shape(), tc.shape)
			continue
		}
		for i, want := range tc.want {
			if got := p.Pix[i]; max(got-want, want-got) > 1e-6 {
				t.Errorf("%s: value %d: got %v, want %v", tc.name, i, got, want)
			}
		}
	}
}
