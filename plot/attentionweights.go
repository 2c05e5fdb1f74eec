package plot

import (
	"bytes"
	"fmt"
	"image/png"
)

// Attention is the weights α<t, t'> of the words written for the words read, which
// a notebook shows as AttentionMap draws them.
type Attention struct {
	Title   string
	Alpha   [][]float64 // a row for each word written, a column for each word read
	Read    []string
	Written []string
}

// PNG draws the weights; nothing where they cannot be drawn, String then says why.
func (a Attention) PNG() []byte {
	img, err := AttentionMap(a.Title, a.Alpha, a.Read, a.Written)
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil
	}
	return b.Bytes()
}

// String says how large the map is, or what is wrong with it.
func (a Attention) String() string {
	if _, err := AttentionMap(a.Title, a.Alpha, a.Read, a.Written); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("attention of %d words written to %d read", len(a.Written), len(a.Read))
}
