package image

import "encoding/binary"

const tagOrientation = 0x0112

// exifOrientation returns the orientation 1..8 that a JPEG's EXIF segment states, 1 where it states none.
//
// Source: EXIF 2.32, tag 0x0112.
func exifOrientation(jpeg []byte) int {
	for d := jpeg[min(2, len(jpeg)):]; len(d) >= 4 && d[0] == 0xff; {
		marker, size := d[1], int(binary.BigEndian.Uint16(d[2:]))
		if marker == 0xda || size < 2 || len(d) < 2+size { // the scan begins, or the file ends
			return 1
		}
		body := d[4 : 2+size]
		if marker == 0xe1 && len(body) > 6 && string(body[:6]) == "Exif\x00\x00" {
			return tiffOrientation(body[6:])
		}
		d = d[2+size:]
	}
	return 1
}

// tiffOrientation looks the tag up in the first directory of a TIFF block.
func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if t[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 1
	}
	n := int(order.Uint16(t[at:]))
	entries := t[at+2:]
	for i := 0; i < n && len(entries) >= 12; i, entries = i+1, entries[12:] {
		if order.Uint16(entries) != tagOrientation {
			continue
		}
		if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}

// orient returns the picture as it is to be seen: for orientation o the stored row 0, column 0 are
// 1 top, left; 2 top, right; 3 bottom, right; 4 bottom, left; 5 left, top; 6 right, top; 7 right, bottom; 8 left, bottom.
func (p *Picture) orient(o int) *Picture {
	if o <= 1 {
		return p
	}
	h, w := p.Height, p.Width
	oh, ow := h, w
	if o >= 5 {
		oh, ow = w, h
	}
	out := &Picture{Pix: make([]float32, len(p.Pix)), Channels: p.Channels, Height: oh, Width: ow}
	for c := range p.Channels {
		src, dst := p.Pix[c*h*w:(c+1)*h*w], out.Pix[c*h*w:(c+1)*h*w]
		for y := range oh {
			for x := range ow {
				sy, sx := stored(o, y, x, h, w)
				dst[y*ow+x] = src[sy*w+sx]
			}
		}
	}
	return out
}

// stored returns where the pixel seen at (y, x) lies in the stored picture of h×w.
func stored(o, y, x, h, w int) (sy, sx int) {
	switch o {
	case 2:
		return y, w - 1 - x
	case 3:
		return h - 1 - y, w - 1 - x
	case 4:
		return h - 1 - y, x
	case 5:
		return x, y
	case 6:
		return h - 1 - x, y
	case 7:
		return h - 1 - x, w - 1 - y
	case 8:
		return x, w - 1 - y
	}
	return y, x
}
