package plot

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// TerminalOpts are the settings of Terminal; the zero value suits a pipe.
type TerminalOpts struct {
	Captions []string // below each image; nil for none
	Width    int      // columns of the terminal, 0 means 80
	Color    bool     // 24-bit greys; otherwise only blocks and blanks
}

// Terminal writes the grey images of x [N, H, W], values 0 to 1 with ink as 1,
// side by side as text: a character is two pixels, one above the other. Images
// are shrunk by a whole factor until five stand in a row, or until one fits.
func Terminal(w io.Writer, x []float32, shape [3]int, opts TerminalOpts) error {
	n, height, width := shape[0], shape[1], shape[2]
	if n < 1 || height < 1 || width < 1 || height > maxPixels/width || n > math.MaxInt/(height*width) || len(x) != n*height*width {
		return errors.Errorf("terminal: %d values, expected those of shape %v", len(x), shape)
	}
	if opts.Captions != nil && len(opts.Captions) != n {
		return errors.Errorf("terminal: %d captions, expected %d", len(opts.Captions), n)
	}
	if opts.Width == 0 {
		opts.Width = 80
	}
	if opts.Width < 1 {
		return errors.Errorf("terminal: width %d, expected at least 1", opts.Width)
	}
	factor := 1
	for cellsFit(width, factor, opts.Width) < min(n, 5) && (width+factor-1)/factor > 12 || cellsFit(width, factor, opts.Width) < 1 {
		factor++
	}
	perRow := cellsFit(width, factor, opts.Width)
	b := bufio.NewWriter(w)
	for first := 0; first < n; first += perRow {
		last := min(first+perRow, n)
		small := make([]thumbnail, 0, perRow)
		for i := first; i < last; i++ {
			small = append(small, shrink(x[i*height*width:(i+1)*height*width], width, factor))
		}
		writeRow(b, small, opts.Color)
		if opts.Captions != nil {
			writeCaptions(b, opts.Captions[first:last], small[0].w)
		}
	}
	return errors.Wrap(b.Flush(), "terminal")
}

// cellsFit returns how many shrunk images stand in a line, a blank between two.
func cellsFit(width, factor, columns int) int {
	return (columns + 1) / ((width+factor-1)/factor + 1)
}

// A thumbnail is a small grey image.
type thumbnail struct {
	v    []float64
	h, w int
}

// shrink returns the means of squares of factor by factor pixels; at the right
// and the lower edge they may be cut.
func shrink(x []float32, width, factor int) thumbnail {
	height := len(x) / width
	t := thumbnail{h: (height + factor - 1) / factor, w: (width + factor - 1) / factor}
	for r := range t.h {
		for c := range t.w {
			sum, count := 0.0, 0
			for i := r * factor; i < min((r+1)*factor, height); i++ {
				for j := c * factor; j < min((c+1)*factor, width); j++ {
					sum += float64(x[i*width+j])
					count++
				}
			}
			t.v = append(t.v, sum/float64(count))
		}
	}
	return t
}

// at returns a value cut to 0 to 1; what lies below the image is 0, and so is
// NaN.
func (t thumbnail) at(row, col int) float64 {
	if row >= t.h || math.IsNaN(t.v[row*t.w+col]) {
		return 0
	}
	return min(max(t.v[row*t.w+col], 0), 1)
}

func writeRow(b *bufio.Writer, images []thumbnail, color bool) {
	for row := 0; row < images[0].h; row += 2 {
		var line strings.Builder
		for k, t := range images {
			if k > 0 {
				line.WriteByte(' ')
			}
			for col := range t.w {
				upper, lower := t.at(row, col), t.at(row+1, col)
				if color {
					grey := func(v float64) int { return int(255*v + 0.5) }
					u, l := grey(upper), grey(lower)
					fmt.Fprintf(&line, "\x1b[38;2;%d;%d;%dm\x1b[48;2;%d;%d;%dm▀", u, u, u, l, l, l)
					continue
				}
				line.WriteString(block(upper, lower))
			}
			if color {
				line.WriteString("\x1b[0m")
			}
		}
		text := line.String()
		if !color {
			text = strings.TrimRight(text, " ")
		}
		fmt.Fprintln(b, text)
	}
}

// block returns the character whose halves are filled where there is ink. The
// threshold is below one half: thin strokes survive the shrinking.
func block(upper, lower float64) string {
	const threshold = 0.35
	switch {
	case upper >= threshold && lower >= threshold:
		return "█"
	case upper >= threshold:
		return "▀"
	case lower >= threshold:
		return "▄"
	}
	return " "
}

// writeCaptions centres each caption below its image of that many columns.
func writeCaptions(b *bufio.Writer, captions []string, width int) {
	var line strings.Builder
	for k, s := range captions {
		if k > 0 {
			line.WriteByte(' ')
		}
		for utf8.RuneCountInString(s) > width {
			_, n := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-n]
		}
		spare := width - utf8.RuneCountInString(s)
		line.WriteString(strings.Repeat(" ", spare/2) + s + strings.Repeat(" ", spare-spare/2))
	}
	fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
}
