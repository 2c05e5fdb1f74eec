package image

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
)

const tagOrientation = 0x0112

// orientationOf returns the orientation 1..8 that a file's EXIF block states, else its XMP block, else 1.
//
// Source: EXIF 2.32, tag 0x0112; XMP, tiff:Orientation.
func orientationOf(exif, xmp []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	if o := exifOrientation(exif); o > 0 {
		return o
	}
	for _, mark := range []string{`tiff:Orientation="`, `tiff:Orientation='`, "tiff:Orientation>"} {
		if i := bytes.Index(xmp, []byte(mark)); i >= 0 && i+len(mark) < len(xmp) {
			if c := xmp[i+len(mark)]; c >= '1' && c <= '8' {
				return int(c - '0')
			}
		}
	}
	return 1
}

// exifOrientation looks the tag up in the first directory of a block, which has the form of TIFF; 0 for none.
func exifOrientation(t []byte) int {
	if len(t) < 8 || string(t[:2]) != "II" && string(t[:2]) != "MM" {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if t[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 0
	}
	n := int(order.Uint16(t[at:]))
	entries := t[at+2:]
	for i := 0; i < n && len(entries) >= 12; i, entries = i+1, entries[12:] {
		if order.Uint16(entries) != tagOrientation {
			continue
		}
		v := int(order.Uint16(entries[8:]))
		if order.Uint16(entries[2:]) == 4 { // LONG, as some write it
			v = int(min(order.Uint32(entries[8:]), 9))
		}
		if v >= 1 && v <= 8 {
			return v
		}
		return 0
	}
	return 0
}

// jpegOrientation looks through the APP1 segments.
func jpegOrientation(data []byte) int {
	var exif, xmp []byte
	const isXMP = "http://ns.adobe.com/xap/1.0/\x00"
	for d := data[min(2, len(data)):]; len(d) >= 4; {
		if d[0] != 0xff || d[1] == 0xff { // filling
			d = d[1:]
			continue
		}
		marker, size := d[1], int(binary.BigEndian.Uint16(d[2:]))
		if marker == markSOS || size < 2 || len(d) < 2+size { // the scan begins, or the file ends
			break
		}
		body := d[4 : 2+size]
		switch {
		case marker != markAPP+1:
		case exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			exif = body
		case xmp == nil && bytes.HasPrefix(body, []byte(isXMP)):
			xmp = body
		}
		d = d[2+size:]
	}
	return orientationOf(exif, xmp)
}

// pngOrientation looks for eXIf, for the text in which ImageMagick keeps EXIF, for XMP.
//
// Source: PNG, third edition, §11.3.2.5.
func pngOrientation(data []byte) int {
	var exif, xmp []byte
	for d := data[8:]; len(d) >= 12; {
		n := int64(binary.BigEndian.Uint32(d))
		if n > int64(len(d)-12) {
			break
		}
		body := d[8 : 8+n]
		switch name := string(d[4:8]); name {
		case "eXIf":
			exif = body
		case "tEXt", "zTXt", "iTXt":
			key, text := pngText(name, body)
			switch {
			case exif == nil && (key == "Raw profile type exif" || key == "Raw profile type APP1"):
				exif = rawProfile(text)
			case key == "XML:com.adobe.xmp":
				xmp = text
			}
		}
		d = d[12+n:]
	}
	return orientationOf(exif, xmp)
}

// pngText splits a chunk of text into its key and its content, at most 1 MiB of it.
func pngText(name string, body []byte) (key string, text []byte) {
	k, text, ok := bytes.Cut(body, []byte{0})
	if !ok {
		return "", nil
	}
	packed := name == "zTXt"
	switch name {
	case "zTXt":
		text = text[min(1, len(text)):]
	case "iTXt": // flag, method, language, translated key
		if len(text) < 2 {
			return "", nil
		}
		packed = text[0] == 1
		_, rest, _ := bytes.Cut(text[2:], []byte{0})
		_, text, _ = bytes.Cut(rest, []byte{0})
	}
	if packed {
		z, err := zlib.NewReader(bytes.NewReader(text))
		if err != nil {
			return "", nil
		}
		text, _ = io.ReadAll(io.LimitReader(z, 1<<20)) // what was unpacked counts
	}
	return string(k), text
}

// rawProfile reads a newline, a name, a length, then hexadecimal digits in lines.
func rawProfile(text []byte) []byte {
	lines := strings.SplitN(strings.TrimLeft(string(text), "\n"), "\n", 3)
	if len(lines) < 3 {
		return nil
	}
	out, _ := hex.DecodeString(strings.Join(strings.Fields(lines[2]), "")) // what was read counts
	return out
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
	turn(out.Pix, p.Pix, o, p.Channels, h, w)
	return out
}

// turn fills out with the picture in [C, h, w] as it is to be seen.
func turn[T byte | float32](out, in []T, o, channels, h, w int) {
	oh, ow := h, w
	if o >= 5 {
		oh, ow = w, h
	}
	for c := range channels {
		src, dst := in[c*h*w:(c+1)*h*w], out[c*h*w:(c+1)*h*w]
		for y := range oh {
			sy, sx := stored(o, y, 0, h, w) // one row is a walk along a line
			by, bx := stored(o, y, 1, h, w)
			at, step := sy*w+sx, (by-sy)*w+bx-sx
			for x := range ow {
				dst[y*ow+x] = src[at]
				at += step
			}
		}
	}
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
