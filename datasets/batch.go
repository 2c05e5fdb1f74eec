package datasets

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// First returns the first n examples of a set, fewer where it has fewer.
func First(d Dataset, n int) (Batch, error) {
	indices := make([]int, max(0, min(n, d.Len())))
	for i := range indices {
		indices[i] = i
	}
	return Pick(d, indices)
}

// Pick returns the examples of the indices.
func Pick(d Dataset, indices []int) (Batch, error) {
	size := Size(d.Shape())
	b := Batch{
		N: len(indices), X: make([]float32, len(indices)*size), Y: make([]int, len(indices)), Index: slices.Clone(indices),
		Shape: d.Shape(), Classes: d.Classes(),
	}
	for k, i := range indices {
		if i < 0 || i >= d.Len() {
			return Batch{}, errors.Wrapf(ErrRange, "pick example %d of a set of %d", i, d.Len())
		}
		label, err := d.At(i, b.X[k*size:(k+1)*size])
		if err != nil {
			return Batch{}, errors.Wrapf(err, "pick example %d", i)
		}
		b.Y[k] = label
	}
	return b, nil
}

// String says how large the batch is.
func (b Batch) String() string {
	return fmt.Sprintf("batch of %d examples of shape %v", b.N, b.Shape)
}

// mostPictures is how many pictures of a batch HTML shows.
const mostPictures = 100

// HTML is a grid of the pictures with their classes, as a notebook shows it; of
// more than 100 the first ones. Grey and coloured pictures of values 0 to 1 are
// shown as they are, those of other values from the least to the greatest. It is
// empty where the examples are no pictures.
func (b Batch) HTML() string {
	if len(b.Shape) != 3 || b.Shape[0] != 1 && b.Shape[0] != 3 || b.N == 0 || len(b.X) < b.N*Size(b.Shape) {
		return ""
	}
	low, high := float32(0), float32(1)
	size := Size(b.Shape)
	if least, greatest := slices.Min(b.X[:b.N*size]), slices.Max(b.X[:b.N*size]); least < 0 || greatest > 1 {
		low, high = least, greatest
	}
	width := b.Shape[2]
	for width < 56 {
		width += b.Shape[2]
	}
	var s strings.Builder
	s.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:8px">` + "\n")
	for i := range min(b.N, mostPictures) {
		uri := pictureURI(b.X[i*size:(i+1)*size], b.Shape, low, high)
		fmt.Fprintf(&s, `<div style="text-align:center"><img src="%s" width="%d" alt="" style="image-rendering:pixelated"/><br/>%s</div>`+"\n", uri, width, html.EscapeString(b.caption(i)))
	}
	s.WriteString("</div>\n")
	if b.N > mostPictures {
		fmt.Fprintf(&s, "<p>the first %d of %d</p>\n", mostPictures, b.N)
	}
	return s.String()
}

// caption is the class of an example.
func (b Batch) caption(i int) string {
	if i >= len(b.Y) || len(b.Classes) == 0 {
		return ""
	}
	if label := b.Y[i]; label >= 0 && label < len(b.Classes) {
		return b.Classes[label]
	}
	return fmt.Sprint(b.Y[i])
}

// pictureURI is a picture [C, H, W] as the address of an image; empty where it
// cannot be encoded.
func pictureURI(x []float32, shape []int, low, high float32) string {
	channels, height, width := shape[0], shape[1], shape[2]
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	level := func(c, i int) uint8 {
		v := x[min(c, channels-1)*height*width+i]
		return uint8(255*min(max((v-low)/max(high-low, math.SmallestNonzeroFloat32), 0), 1) + 0.5)
	}
	for i := range height * width {
		img.SetNRGBA(i%width, i/width, color.NRGBA{level(0, i), level(1, i), level(2, i), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}
