package image

import (
	"bytes"
	"testing"
)

// writeTGA makes a header with the pixels behind it.
func writeTGA(kind, w, h, depth, flags byte, palette, pixels []byte) []byte {
	out := make([]byte, tgaHeader)
	out[2], out[12], out[14], out[16], out[17] = kind, w, h, depth, flags
	if palette != nil {
		out[1], out[5], out[7] = 1, byte(len(palette)/3), 24
	}
	return append(append(out, palette...), pixels...)
}

// A row of red and green above one of blue and white, stored in every way.
func TestDecode_tga(t *testing.T) {
	red, green, blue, white := []byte{0, 0, 255}, []byte{0, 255, 0}, []byte{255, 0, 0}, []byte{255, 255, 255}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	want := []float32{1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1}
	mark := []byte("TRUEVISION-XFILE.\x00")
	for name, data := range map[string][]byte{
		"from above":  writeTGA(2, 2, 2, 24, 0x20, nil, join(red, green, blue, white)),
		"from below":  writeTGA(2, 2, 2, 24, 0, nil, join(blue, white, red, green)),
		"from right":  writeTGA(2, 2, 2, 24, 0x30, nil, join(green, red, white, blue)),
		"runs":        writeTGA(10, 2, 2, 24, 0x20, nil, join([]byte{0}, red, []byte{0x80}, green, []byte{1}, blue, white)),
		"palette":     writeTGA(1, 2, 2, 8, 0x20, join(red, green, blue, white), []byte{0, 1, 2, 3}),
		"15 bits":     writeTGA(2, 2, 2, 16, 0x20, nil, []byte{0, 0x7c, 0xe0, 3, 0x1f, 0, 0xff, 0x7f}),
		"with a mark": append(writeTGA(2, 2, 2, 24, 0x20, nil, join(red, green, blue, white)), mark...),
		"opacity": writeTGA(2, 2, 2, 32, 0x28, nil, // white is what shows through
			join(red, []byte{255}, green, []byte{255}, blue, []byte{255}, red, []byte{0})),
		"no opacity": writeTGA(2, 2, 2, 32, 0x20, nil, join(red, []byte{0}, green, []byte{0}, blue, []byte{0}, white, []byte{0})),
	} {
		p, err := Decode(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, v := range want {
			if p.Width != 2 || p.Height != 2 || p.Pix[i] != v {
				t.Errorf("%s: %v, want %v", name, p.Pix, want)
				break
			}
		}
	}
	if _, err := Decode(writeTGA(2, 2, 2, 24, 0x20, nil, red), Options{}); err == nil { // too short: no TGA at all
		t.Error("a file without its pixels was read")
	}
}

func FuzzDecodeTGA(f *testing.F) {
	f.Add(writeTGA(2, 1, 1, 24, 0, nil, []byte{1, 2, 3}))
	f.Add(writeTGA(10, 2, 1, 32, 8, nil, []byte{0x81, 1, 2, 3, 4}))
	f.Add(writeTGA(1, 1, 2, 8, 0, []byte{1, 2, 3}, []byte{0, 0}))
	fuzzFormat(f, "TGA")
}
